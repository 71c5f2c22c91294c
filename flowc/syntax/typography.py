"""Blanks other than spaces and tabs where YAML wants a space, and typographic quotes where it wants straight ones."""

from __future__ import annotations

import re

from flowc.diagnostics.characters import BLANKS, QUOTES, named
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import one
from flowc.syntax.source_text import SourceText

#: What begins a line of a flow behind its indentation: a hyphen, or a key with its colon.
_LINE = r"""(?:-[ \t{blanks}]|["']?[\w-]+["']?:(?:[\s{blanks}]|\Z))"""
_INDENTED = re.compile(rf"[ ]*([{BLANKS}])[ {BLANKS}]*{_LINE.replace('{blanks}', BLANKS)}")
_AFTER_MARK = re.compile(rf"""[ ]*(?:-[ ]+)*(?:-|["']?[\w-]+["']?:)([{BLANKS}])""")
_KEY = re.compile(rf"(?:-|[\w-]+:)?([{BLANKS}])")
_QUOTED = re.compile(rf"(?:[-:,]\s+|[\[{{]\s*)([{QUOTES}])")
_SEARCH = re.compile(f"[{BLANKS}]")


def has_blanks(text: str) -> bool:
    """Whether a text holds such a blank at all."""
    return not text.isascii() and _SEARCH.search(text) is not None


def strange_blank(text: SourceText, at: int) -> Finding | None:
    """The blank that misled the parser, which gave up at an offset: on that line or on the last one before it."""
    start = text.line_start(at)
    before = len(text.text[:start].rstrip(" \t\r\n"))
    for line in dict.fromkeys((text.line_start(before), start)):
        match = _INDENTED.match(text.text, line) or _AFTER_MARK.match(text.text, line)
        if match:
            return _blank(text, match.start(1))
    return None


def blank_in_key(text: SourceText, start: int) -> Finding | None:
    """The blank that made a key of an indentation, or of a mark without its space; `start` is where the key begins."""
    match = _KEY.match(text.text, start)
    return _blank(text, match.start(1)) if match else None


def typographic_quote(text: SourceText, at: int) -> Finding | None:
    """The typographic quote at the beginning of a value on the line where the parser gave up."""
    match = _QUOTED.search(text.text, text.line_start(at), at)
    if match is None:
        return None
    message = f"{match[1]} is a letter to YAML, not a quote"
    return Finding("FC103", text.spot(match.start(1)), message, 'Type straight quotes around the text: "…".')


def _blank(text: SourceText, at: int) -> Finding:
    char = text.text[at]
    before = text.text[text.line_start(at) : at].strip(" ")
    where = f'after "{before}"' if before else "in the indentation of this line"
    message = f"{one(named(char))} {where} is not a space to YAML"
    return Finding("FC104", text.spot(at), message, "Type ordinary spaces in its place.")
