"""What an element says: its details, its text, and the keys that it takes."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.simulate.rules import ElementRule
from flowc.syntax.markup import Tag

#: More digits than any number of a document has.
_DIGITS = 9


def said(element: Tag, verb: ElementRule) -> dict[str, str]:
    """What an element says, by the names of the rules, with what holds where it says nothing, or no number.

    `called` among them names its requests.
    """
    given = dict(element.attributes)
    words = {}
    for name, word in verb.words.items():
        value = given.get(word.attribute, word.default) if word.attribute else text_of(element)
        numeric = word.default.isdecimal() and not (value.isdecimal() and len(value) <= _DIGITS)
        words[name] = word.default if numeric else value
    return {**words, "called": verb.called}


def text_of(element: Tag) -> str:
    """The text in an element, its tags left out."""
    parts = [child if isinstance(child, str) else text_of(child) for child in element.children]
    return " ".join("".join(parts).split())


def address(callee: Mapping[str, str]) -> str:
    """The number or address of a callee, without the headers that may follow it."""
    return callee["address"].partition("?")[0]
