"""The scripts of a text, and whether a voice for a language reads them: tables/scripts.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import read_table

TABLE = Path(__file__).parent / "tables" / "scripts.yaml"
#: Letters that not every voice reads.
_BEYOND_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")

#: Fewer letters are a symbol, such as the Greek pi.
_FEWEST = 2


class Script(NamedTuple):
    """A script: its name, and the tags of the languages that use it, the most common first."""

    name: str
    languages: tuple[str, ...]


class Unread(NamedTuple):
    """What a voice does not read: the names of the scripts, and a language that uses them (empty: none does)."""

    names: tuple[str, ...]
    language: str


def unread(text: str, languages: Iterable[str]) -> Unread | None:
    """Return the scripts of most letters of a text, if no voice for these languages (tags) reads them.

    None if a voice reads them, if a language is not known, and if only a word or name uses another script.
    """
    letters = [] if text.isascii() else _BEYOND_LATIN.findall(text)
    spoken = set(map(_main, languages))
    if len(letters) < _FEWEST or not spoken:
        return None
    scripts = [script for script in map(_script, letters) if script is not None and not _reads(spoken, script)]
    if not spoken <= _known() or 2 * len(scripts) <= sum(map(str.isalpha, text)):
        return None
    met = tuple(dict.fromkeys(scripts))
    common = set.intersection(*(set(map(_main, script.languages)) for script in met))
    fitting = (tag for script in met for tag in script.languages if _main(tag) in common)
    return Unread(tuple(dict.fromkeys(script.name for script in met)), next(fitting, ""))


def _main(tag: str) -> str:
    return tag.partition("-")[0].lower()


def _reads(spoken: set[str], script: Script) -> bool:
    return not spoken.isdisjoint(map(_main, script.languages))


@lru_cache(maxsize=4096)
def _script(letter: str) -> Script | None:
    return _scripts().get(unicodedata.name(letter, "").partition(" ")[0])


@cache
def _scripts() -> dict[str, Script]:
    return {letters: Script(row["name"], tuple(row["languages"])) for letters, row in read_table(TABLE).items()}


@cache
def _known() -> frozenset[str]:
    """Return the known languages, by the first part of their tags."""
    return frozenset(_main(tag) for script in _scripts().values() for tag in script.languages)
