"""Plain data that knows where it came from, and what a scalar without quotes means."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class Map(dict[str, "Data"]):
    """A mapping, with its number in the file and the line that introduces it: that of its key if it has one.

    `inserted`, where it is set, holds the keys that contain variables, each with the text that they make of it.
    """

    __slots__ = ("inserted", "line", "node")
    node: int
    line: int
    inserted: dict[str, str]

    def text_of(self, key: str) -> str:
        """The text of a key with its variables inserted; places keep the key as it is in the file."""
        inserted: dict[str, str] = getattr(self, "inserted", {})
        return inserted.get(key, key)


class Seq(list["Data"]):
    """A list, with its number in the file and the line that introduces it: that of its key if it has one."""

    __slots__ = ("line", "node")
    node: int
    line: int


Data = None | bool | int | float | str | Map | Seq

_WORDS: dict[str, Data] = {"": None, "~": None, "null": None, "true": True, "false": False}


def resolve_plain(text: str) -> Data:
    """What a scalar without quotes means: a number only where that number is written exactly so."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-0123456789" and (match := _NUMBER.fullmatch(text)):
        if match[1] is None:
            return int(text) if _INTEGER.fullmatch(text) else text
        number = float(text)
        return number if str(number) == text else text
    return text
