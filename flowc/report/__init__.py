"""Diagnostics as a person or a program reads them. Nothing here knows more than diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowc.diagnostics import Diagnostic
from flowc.report.machine import as_json
from flowc.report.text import as_text

Report = Callable[[Sequence[Diagnostic]], str]

#: The formats by name.
FORMATS: dict[str, Report] = {"text": as_text, "json": as_json}
