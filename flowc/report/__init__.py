"""Diagnostics as a person or a program reads them. Nothing here knows more than diagnostics and what codes mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowc.diagnostics import Diagnostic
from flowc.report.junit import as_junit
from flowc.report.machine import as_json
from flowc.report.sarif import as_sarif
from flowc.report.services import as_github, as_gitlab
from flowc.report.text import as_coloured_text, as_text

__all__ = ["FORMATS", "Report", "as_coloured_text"]

Report = Callable[[Sequence[Diagnostic]], str]

#: The formats by name.
FORMATS: dict[str, Report] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "github": as_github,
    "gitlab": as_gitlab,
    "junit": as_junit,
}
