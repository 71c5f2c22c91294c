"""Numbers that can be dialled, and better are not: of no known range, dear, or for emergencies; and short codes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.numbering import (
    Kind,
    Written,
    is_emergency,
    is_international,
    is_short,
    kind,
    possible,
    written_numbers,
)
from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.wording import shown


def check(subject: Subject) -> Iterator[Finding]:
    """FC343 a number of no known range, FC344 a premium-rate one, FC345 an emergency number, FC346 a short code."""
    for number in written_numbers(subject):
        yield from _kind(number)


def _kind(number: Written) -> Iterator[Finding]:
    text, at, dialled = number
    if is_emergency(text):
        message = f"{shown(text)} is an emergency number, which carriers do not connect from a flow"
        yield Finding("FC345", at, message, "Let callers dial it themselves: say so, and hang up.")
    elif is_short(text) and not dialled:
        help_ = "Write a number with its country code, unless the carrier has given you this code."
        yield Finding("FC346", at, f"{shown(text)} is a short code, known in one country alone", help_)
    elif is_international(text) and possible(text):
        match kind(text):
            case Kind.PREMIUM:
                help_ = "Make sure that you want to pay for it, and that the carrier lets you."
                yield Finding("FC344", at, f"{shown(text)} is a premium-rate number", help_)
            case Kind.UNLIKELY:
                help_ = "Check it digit by digit: the length is right, but its country gives out no such numbers."
                yield Finding("FC343", at, f"{shown(text)} is in no range of numbers that is known", help_)
