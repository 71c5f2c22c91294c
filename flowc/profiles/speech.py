"""What a text says when it is read aloud: its duration, the keys that it names, whether it announces a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from flowc.profiles.targets import Late, read_table

#: Assumed durations of a word, a key press, and an audio file, in milliseconds: documents do not contain them.
WORD_MS = 400
KEY_MS = 500
FILE_MS = 10_000
#: A table for each language; language.schema.json describes them.
LANGUAGES = Path(__file__).parents[1] / "languages"
#: The language if a flow names none.
_DEFAULT = "en"
_DIGITS = "0123456789"
_FIGURE = re.compile(r"[0-9*#]")
#: The most characters between the ends of a range.
_RANGE_WIDTH = 80


def spoken_ms(text: str) -> int:
    """Return about how long it takes to read a text aloud, in milliseconds."""
    return WORD_MS * len(text.split())


@dataclass(frozen=True, eq=False, repr=False)
class PromptLanguage:
    """How a language refers to keys and recordings: the rows of its table, as parts of regular expressions.

    `keys` and `vague` map names to keys; `name` is the name of the language, `tag` one of its tags. `position` is a
    sentence about a {position} in a queue.
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
    position: str
    keys: Mapping[str, str]
    vague: Mapping[str, str]

    def pressed(self, text: str) -> frozenset[str]:
        """Return the single keys that a text certainly asks the caller to press."""
        said = [key for match in self._verbal.finditer(text) for key in self._read(match[1])]
        if said:
            said += [match[1] for match in self._bare.finditer(text)]
        return frozenset(key for key in said if len(key) == 1)

    def mentioned(self, text: str) -> frozenset[str]:
        """Return the keys that a text may name in any form."""
        ends = (tuple(map(self._key, match.groups())) for match in self._range.finditer(text))
        within = (_DIGITS[_DIGITS.find(low) : _DIGITS.find(high) + 1] for low, high in ends)
        return frozenset((*self._read(text), *"".join(within)))

    def records(self, text: str) -> bool:
        """Whether a text mentions a recording."""
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
        # Consecutive keys without a separator ("9 1 1") are a number that is spelled out.
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
        between = rf"(?:[^.!?0-9]{{0,{_RANGE_WIDTH}}}\b(?:{self.spans})|\s*[-\u2013])\s*"
        return re.compile(f"{end}{between}{end}", re.IGNORECASE)

    @cached_property
    def _word(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join((*self.keys, *self.vague))})(?!\w)|[0-9]+|[*#]", re.IGNORECASE)


def prompt_language(language: str) -> PromptLanguage | None:
    """Return the language of a tag such as en-US, or the default if it is empty; None if it has no table."""
    return _languages().get(language.partition("-")[0].lower() or _DEFAULT)


@lru_cache(maxsize=1024)
def language_of_keys(text: str) -> PromptLanguage | None:
    """Return the language in which a text with a figure certainly asks for most keys; None if it asks for none."""
    # Most texts have no figure, and need no tables; few of the others have a verb.
    if not _FIGURE.search(text) or not _verbs().search(text):
        return None
    pressed = {language: len(language.pressed(text)) for language in _languages().values()}
    most = max(pressed, key=lambda language: pressed[language])
    return most if pressed[most] else None


@cache
def _verbs() -> re.Pattern[str]:
    """Return a pattern for the verbs that ask for a key, in any language."""
    return re.compile(rf"\b(?:{'|'.join(language.press for language in _languages().values())})\b", re.IGNORECASE)


@cache
def _languages() -> Mapping[str, PromptLanguage]:
    """Return the languages by the first part of their tags; a table is read when its language is first needed."""
    tables = {path.stem: path for path in LANGUAGES.glob("*.yaml")}
    return Late(tables, lambda name: _language(read_table(tables[name])))


def _language(table: Mapping[str, Any]) -> PromptLanguage:
    words = {name: "|".join(row) for name, row in table.items() if isinstance(row, list)}
    keys, vague = ({name: key for key, names in table[part].items() for name in names} for part in ("keys", "vague"))
    return PromptLanguage(
        name=table["name"], tag=table["tag"], position=table["position"], **words, keys=keys, vague=vague
    )
