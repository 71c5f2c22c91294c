"""The settings and the text of an element, by the carrier's rules."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.simulate.rules import ElementRule
from flowc.syntax.markup import Tag

#: More digits than any number in a document has.
_DIGITS = 9


def settings_of(element: Tag, rule: ElementRule) -> dict[str, str]:
    """Return the settings of an element by their names in carrier.yaml, with defaults for what is missing or no number.

    `called` is the first part of the names of its contracts.
    """
    given = dict(element.attributes)
    settings = {}
    for name, one in rule.settings.items():
        value = given.get(one.attribute, one.default) if one.attribute else text_of(element)
        numeric = one.default.isdecimal() and not (value.isdecimal() and len(value) <= _DIGITS)
        settings[name] = one.default if numeric else value
    return {**settings, "called": rule.called}


def text_of(element: Tag) -> str:
    """Return the text in an element without its tags."""
    parts = [child if isinstance(child, str) else text_of(child) for child in element.children]
    return " ".join("".join(parts).split())


def dialled(callee: Mapping[str, str]) -> str:
    """Return what is dialled: the address, and after a space the keys that are sent, such as those of an extension."""
    return f"{address(callee)} {callee.get('keys', '')}".strip()


def address(callee: Mapping[str, str]) -> str:
    """Return the number or address of a callee, without the headers that may follow it."""
    return callee["address"].partition("?")[0]
