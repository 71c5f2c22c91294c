"""Telephone numbers that a numbering plan contains."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.numbering import (
    NumberType,
    completed,
    is_beginning,
    is_international,
    is_national,
    is_possible,
    number_type,
)
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, WrittenNumber, doubtful_numbers

STAGE = Stage.CONTENT

_FAKED = "Callers who fake their number may still use it."


def check(context: LintContext) -> Iterator[Finding]:
    """Report a number that is in no known range (FC343)."""
    for number in context.cached(doubtful_numbers):
        if number.use is Use.COMPARED:
            yield from _compared(number)
        elif _is_unlikely(number.text):
            help_ = "Check it digit by digit: the length is right, but its country does not assign such numbers."
            yield _in_no_range(number, help_)
    for cases in context.compared.values():
        for callee, _ in cases:
            begins = callee.address.removesuffix("*")
            if callee.kind == "prefix" and not is_beginning(begins):
                message = f"no phone number begins with {begins}"
                yield Finding("FC343", callee.mentioned, message, "Check the country code.")


def _is_unlikely(text: str) -> bool:
    return is_international(text) and is_possible(text) and number_type(text) is NumberType.UNLIKELY


def _compared(number: WrittenNumber) -> Iterator[Finding]:
    """A caller can make a number up, so even a wrong length (FC310 elsewhere) is only unlikely."""
    text = completed(number.text)
    if _is_unlikely(text):
        yield _in_no_range(number, f"Check it digit by digit. {_FAKED}")
    elif is_international(text) and not is_possible(text) and not is_national(text):
        help_ = f"Check the country code and the number of digits. {_FAKED}"
        message = f"{shown(number.text)} is not a possible phone number: its length does not match its country"
        yield Finding("FC343", number.at, message, help_)


def _in_no_range(number: WrittenNumber, help_: str) -> Finding:
    return Finding("FC343", number.at, f"{shown(number.text)} is not in a known range of numbers", help_)
