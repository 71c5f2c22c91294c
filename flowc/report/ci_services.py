"""Diagnostics for CI services: workflow commands of GitHub, and the code quality report of GitLab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowc.diagnostics.characters import visible
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.report.fingerprint import fingerprints
from flowc.report.json_format import as_json_text

_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})
_GITLAB: Mapping[Severity, str] = {Severity.ERROR: "major", Severity.WARNING: "minor"}


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a workflow command for each, which annotates a line of a pull request."""
    return "".join(map(_command, diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    where: dict[str, object] = {"file": diagnostic.path}
    if span is not None:
        where |= {"line": span.line, "endLine": span.end_line}
        if span.line == span.end_line:  # columns are not supported for several lines
            where |= {"col": span.column, "endColumn": span.end_column}
    where["title"] = f"{diagnostic.code} {diagnostic.name}"
    properties = ",".join(f"{name}={visible(str(value)).translate(_PROPERTY)}" for name, value in where.items())
    text = f"{visible(diagnostic.message)}\n{visible(diagnostic.help)}".rstrip()
    return f"::{diagnostic.severity} {properties}::{text.translate(_DATA)}\n"


def as_gitlab(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a list of issues in the subset of the Code Climate format that GitLab reads."""
    issues = [
        {
            "description": f"{diagnostic.message}. {diagnostic.help}".rstrip(),
            "check_name": diagnostic.code,
            "fingerprint": fingerprint,
            "severity": _GITLAB[diagnostic.severity],
            "location": {
                "path": diagnostic.path,
                "lines": {"begin": diagnostic.span.line if diagnostic.span else 1},
            },
        }
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
    ]
    return as_json_text(issues)
