"""Phrases that messages share: lists, suggestions, and values as users know them."""

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
#: The most known names that a wrong one is compared with, so that large files do not take minutes.
_MOST_KNOWN = 5000
#: The fewest letters that can suggest the rest of a name.
_LEAST_BEGUN = 3
#: The most items of a list that are named before it is shortened.
_MOST_NAMED = 5
#: Beginnings that are pronounced with a vowel; SMS is spoken letter by letter.
_VOWELS = ("a", "e", "i", "o", "sms")
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)

#: Notations of whole numbers in other versions of YAML, with their base; 0123 is decimal, as it looks.
_NOTATIONS = (
    (re.compile(r"[+]?[0-9]{1,9}(_[0-9]{1,9})*"), 10),
    (re.compile(r"0x[0-9a-fA-F]{1,8}"), 16),
    (re.compile(r"0o[0-7]{1,8}"), 8),
)


def listing(words: Iterable[str], last: str = "or") -> str:
    """Join items: `a, b or c`."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def first_of(items: Sequence[str]) -> str:
    """Join items with commas; of many, only the first, with the number of the others."""
    more = len(items) - _MOST_NAMED
    return ", ".join(items) if more <= 1 else f"{', '.join(items[:_MOST_NAMED])} and {more} more"


def written(value: object) -> str:
    """Return a scalar as a file would spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def folded(text: str) -> str:
    """Return a text with its ASCII letters in lower case, to compare texts without regard to case."""
    return text.translate(_SMALL)


def one(noun: str) -> str:
    """Add the article: `a gather`, `an email`."""
    return f"{'an' if noun.startswith(_VOWELS) else 'a'} {noun}"


def counted(number: int, word: str) -> str:
    """Add the number and the plural: `1 route`, `2 routes`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def lasting(milliseconds: float) -> str:
    """Return a time in the notation of the language, rounded up to seconds: `4h22s`."""
    seconds = ceil(milliseconds / 1000)
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0s"


def alike(word: str) -> str:
    """Return a name without case, blanks, hyphens, underscores and full stops, which people mix up."""
    return re.sub("[ ._-]", "", word).lower()


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `Did you mean x?` if a known name is similar, else nothing.

    If the name contains characters that look like others, the result names these.
    """
    known = [*islice(known, _MOST_KNOWN)]
    if (clean := cleaned(word)) != word and clean in known:
        return lookalike(word)
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name that a few typos turn into this one, or the only one that begins with it or begins it.

    Names of carriers often extend a term of the language, such as hangup_url. The result is empty if there is none.
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
    """Return the known name that differs in one letter, or in case only. Empty if there is none.

    A name that differs from a known one only in accents counts as known.
    """
    plain = _unaccented(word)
    known = [name for name in known if abs(len(name) - len(word)) <= 1]
    if any(_unaccented(name) == plain for name in known):
        return ""
    near = [name for name in known if _slips(plain.lower(), _unaccented(name).lower()) <= 1]
    return min(near, key=lambda name: name.lower() != word.lower(), default="")


def _unaccented(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


def _slips(one: str, other: str) -> int:
    """Count the characters to insert, delete, replace or swap with a neighbour (Damerau-Levenshtein distance)."""
    one, other = _trimmed(one, other)
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, char in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, here[-1] + 1, last[column - 1] + (char != wanted))
            if row > 1 and column > 1 and char == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, last = last, here
    return last[-1]


def _trimmed(one: str, other: str) -> tuple[str, str]:
    """Remove the common beginning and end, which cost no edits: names of one flow are often similar."""
    start, least = 0, min(len(one), len(other))
    while start < least and one[start] == other[start]:
        start += 1
    end = 0
    while end < least - start and one[-1 - end] == other[-1 - end]:
        end += 1
    return one[start : len(one) - end], other[start : len(other) - end]


def cut(text: str, most: int = _LONGEST_SHOWN) -> str:
    """Shorten a text of a user or a server that is too long for a message."""
    return text if len(text) <= most else f"{text[:most]}..."


def shown(value: object) -> str:
    """Return a value as authors recognise it in their file."""
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
    """Return the decimal digits of a whole number in another notation, such as 0x1f, 1_000 or 03, if it is one."""
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
    """Name the types of a schema."""
    names = [types] if isinstance(types, str) else types
    return listing(dict.fromkeys(_TYPES[name] for name in names if not (name == "number" and "integer" in names)))


def meant(fragment: Mapping[str, Any]) -> str:
    """Describe what a schema fragment of a target accepts, by its own description if it has one."""
    if "description" in fragment:
        return str(fragment["description"])
    if "anyOf" in fragment:
        return listing(word for option in fragment["anyOf"] for word in option.get("enum") or (meant(option),))
    if "pattern" in fragment:
        return f"text of the form {fragment['pattern']}"
    bounds = taken(fragment)
    if fragment.get("type") == "integer" and "minimum" in fragment:
        return f"{type_names('integer')}{' ' if 'maximum' in fragment else ', '}{bounds}"
    return bounds


def words_of(fragment: Mapping[str, Any]) -> list[str]:
    """Return the values that a schema fragment lists."""
    options = (fragment, *fragment.get("anyOf", ()))
    return [str(word) for option in options for word in option.get("enum", ())]


def taken(schema: Mapping[str, Any]) -> str:
    """Describe what a small schema fragment accepts."""
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
