"""What a text says when it is read aloud: for how long, which keys it names, whether it speaks of a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from flowc.profiles.targets import Late, read_table

#: How long a word takes to be said, a key to be pressed, and an audio file to be played, in milliseconds: documents do
#: not say.
WORD_MS = 400
KEY_MS = 500
FILE_MS = 10_000
#: A table for each language; language.schema.json says what stands in one.
LANGUAGES = Path(__file__).parents[1] / "languages"
#: What a carrier speaks where nothing names a language.
_USUAL = "en"
_DIGITS = "0123456789"
_FIGURE = re.compile(r"[0-9*#]")
#: How far the ends of a range may stand apart, in characters.
_APART = 80


def spoken_ms(text: str) -> int:
    """About how long it takes to say a text, in milliseconds."""
    return WORD_MS * len(text.split())


@dataclass(frozen=True, eq=False, repr=False)
class PromptLanguage:
    """How a language speaks of keys and of recordings: the rows of its table, as parts of regular expressions.

    `keys` and `vague` tell the key of a name; `name` is what the language is called, `tag` one of its tags.
    """

    name: str
    tag: str
    press: str
    fill: str
    joins: str
    leads: str
    spans: str
    counts: str
    recording: str
    keys: Mapping[str, str]
    vague: Mapping[str, str]

    def pressed(self, text: str) -> frozenset[str]:
        """The single keys that a text certainly tells to press."""
        said = [key for match in self._verbal.finditer(text) for key in self._read(match[1])]
        if said:
            said += [match[1] for match in self._bare.finditer(text)]
        return frozenset(key for key in said if len(key) == 1)

    def mentioned(self, text: str) -> frozenset[str]:
        """The keys that a text may have named, in whatever way."""
        ends = (tuple(map(self._key, match.groups())) for match in self._range.finditer(text))
        within = (_DIGITS[_DIGITS.find(low) : _DIGITS.find(high) + 1] for low, high in ends)
        return frozenset((*self._read(text), *"".join(within)))

    def records(self, text: str) -> bool:
        """Whether a text speaks of a recording."""
        return self._recorded.search(text) is not None

    def _read(self, text: str) -> Iterator[str]:
        return (self._key(match[0]) for match in self._word.finditer(text))

    def _key(self, word: str) -> str:
        return self.keys.get(word.lower()) or self.vague.get(word.lower()) or word

    @cached_property
    def _recorded(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.recording})", re.IGNORECASE)

    @cached_property
    def _verbal(self) -> re.Pattern[str]:
        fill = rf"(?:(?:{self.fill})\s+)*"
        names = "|".join(self.keys)
        counting = "|".join(name for name, key in self.keys.items() if key in _DIGITS)
        # Keys in a row with nothing between ("9 1 1") are a number that is spelled out.
        word = rf"(?!(?:{counting})\s+(?:{self.counts})\b)(?:{names})(?!\w)"
        key = rf"(?:{word}|[0-9]+(?!\w|-[0-9])|[*#])(?!\s+(?:{names}|[0-9])\b)"
        more = rf"(?:(?:\s*,\s*(?:(?:{self.joins})\s+)?|\s+(?:{self.joins})\s+){fill}{key})*"
        return re.compile(rf"\b(?:{self.press})\s+{fill}({key}{more})", re.IGNORECASE)

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        start = rf"(?:^|[.,;:!?]\s+|\b(?:{self.joins})\s+)(?:(?:{self.joins}|{self.fill})\s+)*"
        return re.compile(rf"{start}([0-9])\s+(?:{self.leads})\b(?!\s+[0-9])", re.IGNORECASE)

    @cached_property
    def _range(self) -> re.Pattern[str]:
        end = rf"\b([0-9]|{'|'.join((*self.keys, *self.vague))})\b"
        between = rf"(?:[^.!?0-9]{{0,{_APART}}}\b(?:{self.spans})|\s*[-\u2013])\s*"
        return re.compile(f"{end}{between}{end}", re.IGNORECASE)

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join((*self.keys, *self.vague))})(?!\w)|[0-9]+|[*#]", re.IGNORECASE)


def tongue_of(language: str) -> PromptLanguage | None:
    """The language of a tag such as en-US, the usual one where it is empty; None where nothing is known of it."""
    return _tongues().get(language.partition("-")[0].lower() or _USUAL)


@lru_cache(maxsize=1024)
def telling(text: str) -> PromptLanguage | None:
    """The language in which a text with a figure certainly tells to press keys, and most of them; None if none does."""
    # Most texts have no figure, and need no tables; of the others few have a verb.
    if not _FIGURE.search(text) or not _verbs().search(text):
        return None
    pressed = {tongue: len(tongue.pressed(text)) for tongue in _tongues().values()}
    most = max(pressed, key=lambda tongue: pressed[tongue])
    return most if pressed[most] else None


@cache
def _verbs() -> re.Pattern[str]:
    """What tells to press a key, in any language."""
    return re.compile(rf"\b(?:{'|'.join(tongue.press for tongue in _tongues().values())})\b", re.IGNORECASE)


@cache
def _tongues() -> Mapping[str, PromptLanguage]:
    """The languages, by the first part of their tags; a table is read when its language is asked for."""
    tables = {path.stem: path for path in LANGUAGES.glob("*.yaml")}
    return Late(tables, lambda name: _tongue(read_table(tables[name])))


def _tongue(table: Mapping[str, Any]) -> PromptLanguage:
    words = {name: "|".join(row) for name, row in table.items() if isinstance(row, list)}
    keys, vague = ({name: key for key, names in table[part].items() for name in names} for part in ("keys", "vague"))
    return PromptLanguage(name=table["name"], tag=table["tag"], **words, keys=keys, vague=vague)
