"""Phrases that messages share: lists, near misses, and how a value found in YAML is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from math import ceil
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from flowc.diagnostics.characters import cleaned, lookalike, made_visible

_LONGEST_SHOWN = 60
_LONGEST_MEANT = 64
#: So many known words a wrong one is compared with: with a hundred thousand each, nobody would wait for the end.
_MOST_KNOWN = 5000
#: The fewest letters of a word that are taken for its beginning.
_LEAST_BEGUN = 3
#: So many items of a list are named at least before it is cut short.
_MOST_NAMED = 5
#: How a word begins that is spoken with a vowel first; SMS is spoken letter by letter.
_VOWELS = ("a", "e", "i", "o", "sms")
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)

#: How YAML of other versions writes whole numbers, with their base; 0123 is taken for what it shows.
_NOTATIONS = (
    (re.compile(r"[+]?[0-9]{1,9}(_[0-9]{1,9})*"), 10),
    (re.compile(r"0x[0-9a-fA-F]{1,8}"), 16),
    (re.compile(r"0o[0-7]{1,8}"), 8),
)


def listing(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def first_of(items: Sequence[str]) -> str:
    """All items with commas between, or the first of many and how many more there are."""
    more = len(items) - _MOST_NAMED
    return ", ".join(items) if more <= 1 else f"{', '.join(items[:_MOST_NAMED])} and {more} more"


def written(value: object) -> str:
    """A single value as it is written in a file."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def folded(text: str) -> str:
    """A text whose ASCII letters are small: texts that are equal so differ at most in their capitals."""
    return text.translate(_SMALL)


def one(noun: str) -> str:
    """`a gather`, `an email`."""
    return f"{'an' if noun.startswith(_VOWELS) else 'a'} {noun}"


def counted(number: int, word: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def lasting(milliseconds: float) -> str:
    """`4h22s`: a time as the language writes it, in whole seconds, those begun counted."""
    seconds = ceil(milliseconds / 1000)
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def alike(word: str) -> str:
    """A word without what makes no difference to a reader: capitals, blanks, hyphens, underscores and full stops."""
    return re.sub("[ ._-]", "", word).lower()


def suggestion(word: str, known: Iterable[str]) -> str:
    """`Did you mean x?` for a near miss among the known words, else nothing.

    Where the word has characters that look like others, these are named.
    """
    known = [*islice(known, _MOST_KNOWN)]
    if (clean := cleaned(word)) != word and clean in known:
        return lookalike(word)
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that a few slips of the finger make of this one, or the only one that it begins or is begun by.

    Carriers' names are often a word of the language and more, such as hangup_url. Empty if there is none.
    """
    known, word = [*islice(known, _MOST_KNOWN)], word[:_LONGEST_MEANT]
    best, least, plain = "", max(1, len(word) // 3) + 1, alike(word)
    for name in known:
        if name[:1].lower() == plain[:1] and alike(name) == plain:
            return name
        if abs(len(name) - len(word)) < least and (slips := _slips(word.lower(), name.lower())) < least:
            best, least = name, slips
    begun = [name for name in known if len(word) >= _LEAST_BEGUN and name.lower().startswith(word.lower())]
    begun = begun or [name for name in known if word.lower().startswith(f"{name.lower()}_")]
    return best or (begun[0] if len(begun) == 1 else "")


def one_slip(word: str, known: Iterable[str]) -> str:
    """The known word that this one is but for one letter, or for capitals. Empty if there is none.

    A word that is a known one but for its accents is taken for that.
    """
    plain = _unaccented(word)
    known = [name for name in known if abs(len(name) - len(word)) <= 1]
    if any(_unaccented(name) == plain for name in known):
        return ""
    near = [name for name in known if _slips(plain.lower(), _unaccented(name).lower()) <= 1]
    return min(near, key=lambda name: name.lower() != word.lower(), default="")


def _unaccented(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _slips(one: str, other: str) -> int:
    """How many signs must be put in, taken out, replaced, or exchanged with their neighbour."""
    one, other = _trimmed(one, other)
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, here[-1] + 1, last[column - 1] + (sign != wanted))
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, last = last, here
    return last[-1]


def _trimmed(one: str, other: str) -> tuple[str, str]:
    """Both without what they begin and end with alike: that needs no slip, and names of a flow are often alike."""
    start, least = 0, min(len(one), len(other))
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]


def cut(text: str, most: int = _LONGEST_SHOWN) -> str:
    """A text of the user's or a server's, without its end where it is too long for a message."""
    return text if len(text) <= most else f"{text[:most]}..."


def shown(value: object) -> str:
    """A value as a person would recognise it in their file."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {written(value)}"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    if isinstance(value, str):
        return made_visible(f'"{cut(value)}"')
    return "a mapping" if isinstance(value, Mapping) else "a list"


def plain_digits(text: str) -> str:
    """The plain digits of a whole number that is written otherwise, such as 0x1f, 1_000 or 03; empty if it is none."""
    base = next((base for pattern, base in _NOTATIONS if pattern.fullmatch(text)), None)
    return "" if base is None else str(int(text, base))


_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}


def type_names(types: str | Iterable[str]) -> str:
    """The types of a schema in plain words."""
    names = [types] if isinstance(types, str) else types
    return listing(dict.fromkeys(_TYPES[name] for name in names if not (name == "number" and "integer" in names)))


def meant(fragment: Mapping[str, Any]) -> str:
    """What a target's schema fragment takes, in its own words where it has some."""
    if "description" in fragment:
        return str(fragment["description"])
    if "anyOf" in fragment:
        return listing(word for way in fragment["anyOf"] for word in way.get("enum") or (meant(way),))
    if "pattern" in fragment:
        return f"text of the form {fragment['pattern']}"
    bounds = taken(fragment)
    if fragment.get("type") == "integer" and "minimum" in fragment:
        return f"{type_names('integer')}{' ' if 'maximum' in fragment else ', '}{bounds}"
    return bounds


def words_of(fragment: Mapping[str, Any]) -> list[str]:
    """The words that a schema fragment names."""
    ways = (fragment, *fragment.get("anyOf", ()))
    return [str(word) for way in ways for word in way.get("enum", ())]


def taken(schema: Mapping[str, Any]) -> str:
    """What a small schema fragment takes, in plain words."""
    if "enum" in schema:
        return listing(map(written, schema["enum"]))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"from {low} to {high}"
    if low is not None:
        return f"{low} or more"
    if "minLength" in schema and "maxLength" in schema:
        return f"{schema['minLength']} to {schema['maxLength']} characters"
    if "maxLength" in schema:
        return f"at most {schema['maxLength']} characters"
    return type_names(schema["type"]) if "type" in schema else "another value"
