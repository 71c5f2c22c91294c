"""Numbers that can be dialled, and better are not: of no known range, dear, or for emergencies; and short codes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.numbering import (
    NumberType,
    Use,
    WrittenNumber,
    completed,
    is_emergency,
    is_international,
    is_national,
    is_short,
    kind,
    possible,
    written_numbers,
)
from flowc.lint.subject import Subject

_EXTENSION = (
    ' If it is an extension, call the main number and send the extension: {{to: "+12025550123", send_digits: ww{}}}.'
)
_FAKED = "Callers who fake their number may use it all the same."


def check(subject: Subject) -> Iterator[Finding]:
    """FC343 a number of no known range, FC344 a premium-rate one, FC345 an emergency number, FC346 a short code."""
    for number in written_numbers(subject):
        yield from _compared(number) if number.use is Use.COMPARED else _kind(number)


def _kind(number: WrittenNumber) -> Iterator[Finding]:
    text, at, use = number
    if is_emergency(text):
        message = f"{shown(text)} is an emergency number, which carriers do not connect from a flow"
        internal = use is Use.DIALLED and not text.startswith("+")
        help_ = "Let callers dial it themselves: say so, and hang up." + (_EXTENSION.format(text) if internal else "")
        yield Finding("FC345", at, message, help_)
    elif is_short(text) and use is Use.MESSAGED:
        help_ = "Write a number with its country code, unless the carrier has given you this code."
        yield Finding("FC346", at, f"{shown(text)} is a short code, known in one country alone", help_)
    elif is_national(text):
        help_ = "Make sure that the carrier connects it, or write the full number that it stands for."
        yield Finding("FC346", at, f"{shown(text)} is a short number, which other countries may not reach", help_)
    elif is_international(text) and possible(text):
        match kind(text):
            case NumberType.PREMIUM:
                help_ = "Make sure that you want to pay for it, and that the carrier lets you."
                yield Finding("FC344", at, f"{shown(text)} is a premium-rate number", help_)
            case NumberType.UNLIKELY:
                help_ = "Check it digit by digit: the length is right, but its country gives out no such numbers."
                yield Finding("FC343", at, f"{shown(text)} is in no range of numbers that is known", help_)


def _compared(number: WrittenNumber) -> Iterator[Finding]:
    """A number that calls may have been made up, so this is only doubtful."""
    text = completed(number.text)
    if not is_international(text) or is_national(text):
        return
    if not possible(text):
        help_ = f"Check the country code and the number of digits. {_FAKED}"
        message = f"{shown(number.text)} can be no phone number: its length does not fit its country"
        yield Finding("FC343", number.at, message, help_)
    elif kind(text) is NumberType.UNLIKELY:
        help_ = f"Check it digit by digit. {_FAKED}"
        yield Finding("FC343", number.at, f"{shown(number.text)} is in no range of numbers that is known", help_)
