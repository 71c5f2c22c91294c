"""Diagnostics as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from flowc import __version__
from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.explain import explained
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.source import Span
from flowc.report.fingerprint import fingerprints
from flowc.report.json_format import as_json_text

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a log of one run with the texts of its rules; columns count characters."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    results = [
        _result(diagnostic, codes.index(diagnostic.code), fingerprint)
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
    ]
    driver = {"name": "flowc", "version": __version__, "rules": [_rule(CODES[code]) for code in codes]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return as_json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(row: Code) -> dict[str, object]:
    text = explained(row.code)
    on = row.severity is not Severity.OFF
    return {
        "id": row.code,
        "name": row.name.title().replace("-", ""),
        "shortDescription": {"text": text.meaning},
        "help": {"text": text.whole, "markdown": text.whole},
        "defaultConfiguration": {"enabled": on, "level": str(row.severity if on else Severity.WARNING)},
    }


def _result(diagnostic: Diagnostic, rule: int, fingerprint: str) -> dict[str, object]:
    text = f"{diagnostic.message}\n{diagnostic.help}".rstrip()
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": str(diagnostic.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(diagnostic.path, diagnostic.span)}],
        "partialFingerprints": {"flowc/v1": fingerprint},
    }
    related = [
        {"id": number, "physicalLocation": _location(other.path, other.span), "message": {"text": other.message}}
        for number, other in enumerate(diagnostic.related)
    ]
    return {**result, "relatedLocations": related} if related else result


def _location(path: str, span: Span | None) -> dict[str, object]:
    artifact: dict[str, object] = {"artifactLocation": {"uri": quote(path)}}
    if span is None:
        return artifact
    names = ("startLine", "startColumn", "endLine", "endColumn")
    return {**artifact, "region": dict(zip(names, span, strict=True))}
