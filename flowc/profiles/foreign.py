"""Words of other systems: what each is called here, or what to do in its place. The table is foreign.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from flowc.diagnostics.wording import alike
from flowc.profiles.targets import read_table

#: The table; foreign.schema.json describes it. It is read when an unknown word is met.
TABLE = Path(__file__).parent / "tables" / "foreign.yaml"
#: A key that was written to its value without the space between them.
_NO_SPACE = re.compile(r"([\"']?)([^\s:]+)\1:(\S.*)", re.DOTALL)
_LONGEST_SHOWN = 30
#: A value that needs no quotes when a message shows how it is written.
_PLAIN = re.compile(r"[\w./@+-][\w./:@+-]{0,59}(?<!:)")


class ForeignWord(NamedTuple):
    """What words mean here: the first of `here` that the place knows, or else the sentence `do`.

    `example` shows the former. `at` names the only keys below which the advice holds (none: it holds everywhere).
    """

    here: tuple[str, ...]
    do: str
    example: str
    at: tuple[str, ...]


class Foreign(NamedTuple):
    """A word of another system: the word that says the same here (empty: there is none), and what to do about it."""

    here: str
    advice: str


def foreign(place: str, word: str, known: Collection[str], at: Collection[str] = ()) -> Foreign | None:
    """What a word of another system means below the keys `at`; None if the table does not have it.

    `place` is a section of the table, `known` holds the words that the language knows there.
    """
    for row in _rows(place).get(alike(word), ()):
        here = next((here for here in row.here if here in known), "")
        if here:
            return Foreign(here, called(here, row.example))
        if row.do and (not row.at or set(row.at) & set(at)):
            return Foreign("", row.do)
    return None


def called(here: str, example: str = "") -> str:
    """`Here it is called say, such as say: Hello.`"""
    return f"Here it is called {here}, such as {example}." if example else f"Here it is called {here}."


def as_written(here: str, value: object) -> str:
    """`Here it is called then: write then: sales.`; for a value that needs quotes, or is a mapping, as `called`."""
    if isinstance(value, str | int) and not isinstance(value, bool) and _PLAIN.fullmatch(str(value)):
        return f"Here it is called {here}: write {here}: {value}."
    return called(here)


def without_space(text: str, is_known: Callable[[str], object]) -> str:
    """What to write for a known key that no space separates from its value; empty if this is none."""
    parts = _NO_SPACE.fullmatch(text)
    if parts is None or parts[3].startswith("//") or not is_known(parts[2]):
        return ""
    rest = parts[3] if len(parts[3]) <= _LONGEST_SHOWN and ":" not in parts[3] else "..."
    return f"A space belongs after the colon: {parts[1]}{parts[2]}{parts[1]}: {rest}{'' if rest[-1] == '.' else '.'}"


@cache
def _rows(place: str) -> Mapping[str, tuple[ForeignWord, ...]]:
    """The rows of a section by their words; a word may have several, of which the first that fits counts."""
    found: dict[str, tuple[ForeignWord, ...]] = {}
    for entry in _table()[place]:
        row = ForeignWord(
            tuple(entry.get("here", ())), entry.get("do", ""), entry.get("as", ""), tuple(entry.get("at", ()))
        )
        for word in entry["words"]:
            found[alike(word)] = (*found.get(alike(word), ()), row)
    return found


@cache
def _table() -> Mapping[str, Any]:
    return read_table(TABLE)
