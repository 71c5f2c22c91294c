"""Short codes and short numbers, which only one country knows."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.numbering import is_emergency, is_national, is_short
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, doubtful_numbers

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a short code that is not marked as one, or a short number, unless it is only compared (FC346)."""
    for text, at, use, short in context.cached(doubtful_numbers):
        if short or use is Use.COMPARED or is_emergency(text):
            continue
        if is_short(text) and use is Use.MESSAGED:
            help_ = f"Write a number with its country code, or short:{text} if your carrier serves this code."
            yield Finding("FC346", at, f"{shown(text)} is a short code, which is valid in one country only", help_)
        elif is_national(text):
            help_ = "Check that your carrier connects it, or write the full number that it represents."
            yield Finding(
                "FC346", at, f"{shown(text)} is a short number, which may be unreachable from other countries", help_
            )
