"""Formats of diagnostics, for people and programs. This package knows only diagnostics and the table of codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from flowc.diagnostics.findings import Diagnostic
from flowc.report.text import as_coloured_text, as_text

__all__ = ["FORMATS", "Report", "as_coloured_text"]

Report = Callable[[Sequence[Diagnostic]], str]


def _lazy(module: str, name: str) -> Report:
    """Return a format whose module is imported on first use, because most runs print text."""

    def report(diagnostics: Sequence[Diagnostic]) -> str:
        text: str = getattr(import_module(f"flowc.report.{module}"), name)(diagnostics)
        return text

    return report


#: The formats by name.
FORMATS: dict[str, Report] = {
    "text": as_text,
    "json": _lazy("json_format", "as_json"),
    "sarif": _lazy("sarif", "as_sarif"),
    "github": _lazy("ci_services", "as_github"),
    "gitlab": _lazy("ci_services", "as_gitlab"),
    "junit": _lazy("junit", "as_junit"),
}
