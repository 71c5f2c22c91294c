"""The calendars of a manifest: at which instant which word begins, without any time zone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple


class HoursEntry(NamedTuple):
    """A calendar: its words, and its changes: the seconds since 1970 from which a word counts, and the word's number.

    Changes are sorted. Before the first, its word counts already. `id` is the name with a digest of the table, `tzdata`
    the version of the zone data that made it.
    """

    id: str
    name: str
    tzdata: str
    words: tuple[str, ...]
    changes: tuple[tuple[int, int], ...]

    def word(self, at: float) -> str:
        """Return the word at an instant, in seconds since 1970."""
        index = bisect_right(self.changes, (at, len(self.words))) - 1
        return self.words[self.changes[max(index, 0)][1]]


def hours_entry(name: str, tzdata: str, words: tuple[str, ...], changes: tuple[tuple[int, int], ...]) -> HoursEntry:
    """Return the entry of a calendar with this table."""
    digest = sha256_hex(f"{words} {changes}")[:12]
    return HoursEntry(f"{name}-{digest}", name, tzdata, words, changes)


def read_hours_entry(entry: Mapping[str, Any]) -> HoursEntry:
    """Read an entry from JSON. Raise ValueError or TypeError if it is not one."""
    changes = tuple([(int(at), int(number)) for at, number in entry["changes"]])
    words = tuple(map(str, entry["words"]))
    if not changes or not all(0 <= number < len(words) for _, number in changes) or list(changes) != sorted(changes):
        raise ValueError("this is not the table of a calendar")
    return HoursEntry(**{**entry, "words": words, "changes": changes})
