"""Writes the table of a calendar by decimal digits, for servers that compare texts: the seconds since 1970 are a text.

All instants have ten digits: years before 2001 and after 2286 are not covered.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter

from markupsafe import Markup

from flowc.diagnostics.records import NamedTuple

#: The changes of a calendar: instants in order, and the number of the word that counts from each.
Changes = Sequence[tuple[int, int]]

_DIGITS = 10


class Prefix(NamedTuple):
    """The first digits of instants, and the number of the word that counts unless a longer prefix fits too."""

    digits: str
    word: int

    @property
    def length(self) -> int:
        """The number of digits."""
        return len(self.digits)


class _Instants(NamedTuple):
    """The instants that begin with the same digits: by the next digit, or none if one word counts for all.

    `words` are those of which a prefix may have any without costing further prefixes: those that suit most parts.
    """

    words: frozenset[int]
    parts: tuple[_Instants, ...] = ()


def prefixes(changes: Changes) -> list[Prefix]:
    """Return the fewest prefixes of which the longest that fits has the word of an instant, longer ones first.

    The last one is empty, so one always fits.
    """
    found = _few(_tree(changes), "", None)
    return sorted(found, key=lambda prefix: (-prefix.length, prefix.digits))


def expression(changes: Changes, word: int) -> Markup | None:
    """Return a regular expression for how the instants of a word begin; None if the word never counts."""
    text = _expression(_tree(changes), word)
    return None if text is None else Markup(text)


def _tree(changes: Changes) -> _Instants:
    """Return all instants; those of fewer digits get the first word."""
    return _part(changes, changes[0][1], 0, 10**_DIGITS)


def _part(changes: Changes, word: int, start: int, size: int) -> _Instants:
    """Return the instants of this size with the changes among them, before which the word counts."""
    while changes and changes[0][0] <= start:
        changes, word = changes[1:], changes[0][1]
    if all(other == word for _, other in changes):
        return _constant(word)
    parts, first, step = [], 0, size // 10
    for at in range(start, start + size, step):
        last = bisect_left(changes, (at + step,), first)
        parts.append(_part(changes[first:last], word, at, step))
        word, first = changes[last - 1][1] if last else word, last
    counts = Counter(word for part in parts for word in part.words)
    most = max(counts.values())
    return _Instants(frozenset(word for word, count in counts.items() if count == most), tuple(parts))


@cache
def _constant(word: int) -> _Instants:
    return _Instants(frozenset([word]))


def _few(part: _Instants, digits: str, inherited: int | None) -> Iterator[Prefix]:
    """Yield the prefixes below these digits, where a shorter prefix gives the inherited word."""
    if inherited not in part.words:
        inherited = min(part.words)
        yield Prefix(digits, inherited)
    for digit, further in enumerate(part.parts):
        yield from _few(further, f"{digits}{digit}", inherited)


def _expression(part: _Instants, word: int) -> str | None:
    """Return an expression for what follows; None if the word never counts."""
    if not part.parts:
        return "" if word in part.words else None
    rests = [(_expression(further, word), digit) for digit, further in enumerate(part.parts)]
    texts = [
        f"{_digits([digit for _, digit in same])}{rest}"
        for rest, same in groupby(rests, key=itemgetter(0))
        if rest is not None
    ]
    if not texts:
        return None
    return texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"


def _digits(digits: Sequence[int]) -> str:
    return str(digits[0]) if len(digits) == 1 else f"[{digits[0]}-{digits[-1]}]"
