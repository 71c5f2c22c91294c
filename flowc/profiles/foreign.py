"""Terms of other systems: the term of this language, or what to do instead. The table is foreign.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import alike
from flowc.profiles.targets import read_table

#: The table; foreign.schema.json describes it. It is read when an unknown term is found.
TABLE = Path(__file__).parent / "tables" / "foreign.yaml"
#: A key that was written to its value without the space between them.
_NO_SPACE = re.compile(r"([\"']?)([^\s:]+)\1:(\S.*)", re.DOTALL)
_LONGEST_SHOWN = 30
#: A value that needs no quotes when a message shows how it is written.
_PLAIN = re.compile(r"[\w./@+-][\w./:@+-]{0,59}(?<!:)")


class ForeignTermRow(NamedTuple):
    """What foreign terms mean here: the first of `here` that is known in the place, or else the sentence `do`.

    `example` shows the former. `at` names the only keys below which the advice applies (none: it applies everywhere).
    """

    here: tuple[str, ...]
    do: str
    example: str
    at: tuple[str, ...]


class ForeignTerm(NamedTuple):
    """A term of another system: the equivalent here (empty: there is none), and what to do about it."""

    here: str
    advice: str


def foreign_term(place: str, word: str, known: Collection[str], at: Collection[str] = ()) -> ForeignTerm | None:
    """Return what a term of another system means below the keys `at`; None if the table does not contain it.

    `place` is a section of the table, `known` contains the terms that the language knows there.
    """
    for row in _rows(place).get(alike(word), ()):
        here = next((here for here in row.here if here in known), "")
        if here:
            return ForeignTerm(here, called(here, row.example))
        if row.do and (not row.at or set(row.at) & set(at)):
            return ForeignTerm("", row.do)
    return None


def called(here: str, example: str = "") -> str:
    """Return `Here it is called say, such as say: Hello.`"""
    return f"Here it is called {here}, such as {example}." if example else f"Here it is called {here}."


def as_written(here: str, value: object) -> str:
    """Return `Here it is called then: write then: sales.`; as `called` for a mapping and a value that needs quotes."""
    if isinstance(value, str | int) and not isinstance(value, bool) and _PLAIN.fullmatch(str(value)):
        return f"Here it is called {here}: write {here}: {value}."
    return called(here)


def without_space(text: str, is_known: Callable[[str], object]) -> str:
    """Return what to write for a known key without a space before its value; empty if the text is not one."""
    parts = _NO_SPACE.fullmatch(text)
    if parts is None or parts[3].startswith("//") or not is_known(parts[2]):
        return ""
    rest = parts[3] if len(parts[3]) <= _LONGEST_SHOWN and ":" not in parts[3] else "..."
    return f"A space belongs after the colon: {parts[1]}{parts[2]}{parts[1]}: {rest}{'' if rest[-1] == '.' else '.'}"


@cache
def _rows(place: str) -> Mapping[str, tuple[ForeignTermRow, ...]]:
    """Return the rows of a section by their terms; of several rows for a term, the first that fits counts."""
    found: dict[str, tuple[ForeignTermRow, ...]] = {}
    for entry in _table()[place]:
        row = ForeignTermRow(
            tuple(entry.get("here", ())), entry.get("do", ""), entry.get("as", ""), tuple(entry.get("at", ()))
        )
        for word in entry["words"]:
            found[alike(word)] = (*found.get(alike(word), ()), row)
    return found


@cache
def _table() -> Mapping[str, Any]:
    return read_table(TABLE)
