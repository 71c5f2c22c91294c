"""Premium-rate numbers."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.numbering import NumberType, is_international, is_possible, number_type
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, doubtful_numbers

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a premium-rate number, unless it is only compared (FC344)."""
    for text, at, use, _ in context.cached(doubtful_numbers):
        dialled = use is not Use.COMPARED and is_international(text) and is_possible(text)
        if dialled and number_type(text) is NumberType.PREMIUM:
            help_ = "Check that you want to pay for it, and that your carrier permits it."
            yield Finding("FC344", at, f"{shown(text)} is a premium-rate number", help_)
