"""Writes text and values of attributes as XML."""

from __future__ import annotations

import re

_SPECIAL_IN_TEXT = re.compile(r"[&<>\r]")
_SPECIAL_IN_ATTRIBUTE = re.compile(r'[&<>"\r\n\t]')
# A line break or tab in an attribute, and a carriage return anywhere, reach the carrier only as a reference.
_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#13;",
    "\n": "&#10;",
    "\t": "&#9;",
}


def text(value: str) -> str:
    """Return a text between tags as XML."""
    return _escape(_SPECIAL_IN_TEXT, value)


def attribute(value: str) -> str:
    """Return the value of an attribute as XML, to be put between double quotes."""
    return _escape(_SPECIAL_IN_ATTRIBUTE, value)


def _escape(special: re.Pattern[str], value: str) -> str:
    return special.sub(lambda match: _REFERENCES[match.group()], value) if special.search(value) else value
