"""Texts of authors in templates of hosts: filters turn them into letters, digits and a few harmless characters."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn
from urllib.parse import quote

from markupsafe import Markup

_WORD = re.compile(r"[!-~]+")
_LETTER = re.compile(r"[A-Za-z]")
_KEYS = re.compile(r"[0-9*#]+")
#: Characters that represent themselves within brackets, in every dialect of expressions and in every configuration.
_BRACKETED = "-_.*@:"

#: Characters of a URL that represent themselves between double quotes in a configuration.
_IN_URL = "!%&()*+,-./:;=?@[]_~"


class AuthorText:
    """An author's text, such as the value of a case: only the filters of this module can read it.

    With `ignore_case` it represents every text that differs from it only in the case of ASCII letters, with `prefix`
    every text that begins with it.
    """

    __slots__ = ("_text", "ignore_case", "prefix")

    def __init__(self, text: str, ignore_case: bool = False, prefix: bool = False) -> None:
        """Take the text."""
        self._text = text
        self.ignore_case = ignore_case
        self.prefix = prefix

    def _refuse(self, *_: object) -> NoReturn:
        """Raise TypeError: whatever prints the text, including `join`, `~` and `pprint`, ends here."""
        raise TypeError("a template prints an author's text as it is; use a filter")

    __str__ = __repr__ = __format__ = __html__ = _refuse


def _text(value: AuthorText | str) -> str:
    return value._text if isinstance(value, AuthorText) else value


def pattern(value: AuthorText | str) -> Markup:
    """Return a regular expression for all percent-encodings of a value in a query or a form."""
    ignores = isinstance(value, AuthorText) and value.ignore_case
    rest = "(?s:.*)" if isinstance(value, AuthorText) and value.prefix else ""
    return Markup("".join(_character(byte, ignores) for byte in _text(value).encode()) + rest)


def _character(byte: int, ignore_case: bool) -> str:
    character, code = chr(byte), _code(byte)
    if ignore_case and _LETTER.match(character):
        small, large = character.lower(), character.upper()
        return f"(?:[{small}{large}]|{_code(ord(small))}|{_code(ord(large))})"
    if character == " ":
        return f"(?:[+]|{code})"
    if character in "+&%" or not character.isascii() or not character.isprintable():
        return code
    if character.isalnum():
        return f"(?:{character}|{code})"
    return f"(?:[{character}]|{code})" if character in _BRACKETED else f"(?:\\x{byte:02X}|{code})"


def _code(byte: int) -> str:
    """Return an expression for a percent-encoded byte, in any case."""
    return "%" + "".join(f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in f"{byte:02X}")


def encoded(value: AuthorText | str) -> Markup:
    """Return a value percent-encoded in upper case, except letters, digits and `-._~`."""
    return Markup(quote(_text(value), safe=""))


def as_url(value: AuthorText | str) -> Markup:
    """Return a URL without the characters that have a meaning in configurations, such as a dollar sign."""
    return Markup(quote(_text(value), safe=_IN_URL))


def is_keys(value: AuthorText | str) -> bool:
    """Whether a value consists of telephone keys, which have no case; a prefix is not a value."""
    return not (isinstance(value, AuthorText) and value.prefix) and _KEYS.fullmatch(_text(value)) is not None


def word(value: AuthorText | str) -> Markup:
    """Return a value as it is, for a data file with spaces between words; the host's `values` exclude other values.

    Raises ValueError for a value that is not a single word of printable ASCII.
    """
    text = _text(value)
    if not _WORD.fullmatch(text):
        raise ValueError(f"{text!r} is not a single word")
    return Markup(text)


def as_json(value: Any) -> Markup:
    """Return a value as ASCII JSON that is safe in a script: `<` is escaped too."""
    text = json.dumps(value, default=_text, sort_keys=True)
    return Markup(text.replace("<", "\\u003c"))
