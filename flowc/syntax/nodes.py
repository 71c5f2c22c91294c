"""The nodes of loaded data, which know their places, and the values of plain scalars."""

from __future__ import annotations

import re
from collections.abc import Callable

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class Map(dict[str, "Data"]):
    """A mapping, with its number in the file and its line, which is the line of its key if it has one.

    `inserted`, if set, contains the keys with variables, each with its text after substitution.
    """

    __slots__ = ("inserted", "line", "node")
    node: int
    line: int
    inserted: dict[str, str]

    @property
    def texts(self) -> dict[str, str]:
        """The keys with variables, each with its text after substitution; places keep the key as written."""
        inserted: dict[str, str] = getattr(self, "inserted", {})
        return inserted


class Seq(list["Data"]):
    """A list, with its number in the file and its line, which is the line of its key if it has one."""

    __slots__ = ("line", "node")
    node: int
    line: int


Data = None | bool | int | float | str | Map | Seq


def copied(data: Data, number: Callable[[int], int] = lambda node: node) -> Data:
    """The same data in containers of their own; `number` gives each the number of its copy."""
    if isinstance(data, Map):
        copy = Map((key, copied(value, number)) for key, value in data.items())
        copy.node, copy.line = number(data.node), data.line
        return copy
    if isinstance(data, Seq):
        items = Seq(copied(value, number) for value in data)
        items.node, items.line = number(data.node), data.line
        return items
    return data


_WORDS: dict[str, Data] = {"": None, "~": None, "null": None, "true": True, "false": False}


def resolve_plain(text: str) -> Data:
    """Return the value of a scalar without quotes: a number only if it is in canonical form."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-0123456789" and (match := _NUMBER.fullmatch(text)):
        if match[1] is None:
            return int(text) if _INTEGER.fullmatch(text) else text
        number = float(text)
        return number if str(number) == text else text
    return text
