"""Diagnostics as a person or a program reads them. Nothing here knows more than diagnostics and what codes mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from flowc.diagnostics.findings import Diagnostic
from flowc.report.text import as_coloured_text, as_text

__all__ = ["FORMATS", "Report", "as_coloured_text"]

Report = Callable[[Sequence[Diagnostic]], str]


def _late(module: str, name: str) -> Report:
    """A format whose module is imported when it is asked for: most runs print text."""

    def report(diagnostics: Sequence[Diagnostic]) -> str:
        text: str = getattr(import_module(f"flowc.report.{module}"), name)(diagnostics)
        return text

    return report


#: The formats by name.
FORMATS: dict[str, Report] = {
    "text": as_text,
    "json": _late("json_format", "as_json"),
    "sarif": _late("sarif", "as_sarif"),
    "github": _late("ci_services", "as_github"),
    "gitlab": _late("ci_services", "as_gitlab"),
    "junit": _late("junit", "as_junit"),
}
