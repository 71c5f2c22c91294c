"""The calendars of a manifest as templates of hosts see them."""

from __future__ import annotations

from math import gcd

from markupsafe import Markup

from flowc.bundle.encoding import encode
from flowc.bundle.hours_table import HoursEntry
from flowc.diagnostics.records import NamedTuple
from flowc.emit.author_text import AuthorText

#: The digits of packed tables, which mean the same in every language's texts.
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"


class Packed(NamedTuple):
    """The changes of a calendar in little space, for a host with a limit.

    Time is counted in steps of `step` seconds from `first`. Each change has `width` digits of `text`, which are the
    number (steps * number of words + word).
    """

    first: int
    step: int
    width: int
    text: Markup


class ServedCalendar(NamedTuple):
    """A calendar as templates see it: its words, and its changes as in the manifest, of which `table` is the JSON."""

    id: str
    words: tuple[AuthorText, ...]
    changes: tuple[tuple[int, int], ...]
    table: Markup
    packed: Packed


def calendar(entry: HoursEntry) -> ServedCalendar:
    """Return a calendar of the manifest for templates."""
    words = tuple(map(AuthorText, entry.words))
    return ServedCalendar(entry.id, words, entry.changes, Markup(encode(entry.changes)), _packed(entry))


def _packed(entry: HoursEntry) -> Packed:
    first = entry.changes[0][0]
    step = gcd(*(at - first for at, _ in entry.changes)) or 1
    numbers = [(at - first) // step * len(entry.words) + word for at, word in entry.changes]
    width = len(_digits(max(numbers)))
    text = "".join(_digits(number).rjust(width, DIGITS[0]) for number in numbers)
    return Packed(first, step, width, Markup(text))


def _digits(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits
