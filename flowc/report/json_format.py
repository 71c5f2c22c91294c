"""JSON as the reports print it, and diagnostics in this form."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.source import Span

#: The beginning of a command that some CI services execute anywhere in a line. In JSON, a # is always part of a string.
_COMMAND = re.compile(r"#(?=#\w*\[)")


def as_json_text(data: object) -> str:
    """Encode data in ASCII, so that it is JSON in every encoding; no line of it is a command to a CI service."""
    return _COMMAND.sub(r"\\u0023", json.dumps(data, indent=2)) + "\n"


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a list of {path, line, column, end_line, end_column, code, name, severity, message, help, related}.

    Lines and columns are 1-based and the end is exclusive; they are null for a file as a whole.
    """
    return as_json_text([_entry(diagnostic) for diagnostic in diagnostics])


def _entry(diagnostic: Diagnostic) -> dict[str, object]:
    return {
        "path": diagnostic.path,
        **_span(diagnostic.span),
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "related": [
            {"path": other.path, **_span(other.span), "message": other.message} for other in diagnostic.related
        ],
    }


def _span(span: Span | None) -> dict[str, int | None]:
    return dict(zip(Span._fields, span or (None,) * len(Span._fields), strict=True))
