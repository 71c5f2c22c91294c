"""Short codes and short numbers, which only one country knows."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.numbering import is_emergency, is_national, is_short
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, written_numbers

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a short code or a short number, unless it is only compared (FC346)."""
    for text, at, use in context.cached(written_numbers):
        if use is Use.COMPARED or is_emergency(text):
            continue
        if is_short(text) and use is Use.MESSAGED:
            help_ = "Write a number with its country code, unless the carrier has given you this code."
            yield Finding("FC346", at, f"{shown(text)} is a short code, known in one country alone", help_)
        elif is_national(text):
            help_ = "Make sure that the carrier connects it, or write the full number that it stands for."
            yield Finding("FC346", at, f"{shown(text)} is a short number, which other countries may not reach", help_)
