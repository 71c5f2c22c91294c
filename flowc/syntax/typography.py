"""Typographic characters that YAML does not accept: spaces such as U+00A0, and curly quotes."""

from __future__ import annotations

import re

from flowc.diagnostics.characters import BLANKS, QUOTES, named
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import one
from flowc.syntax.source_text import SourceText

#: The first characters of a line of a flow after its indentation: a hyphen, or a key with its colon.
_LINE = r"""(?:-[ \t{blanks}]|["']?[\w-]+["']?:(?:[\s{blanks}]|\Z))"""
_INDENTED = re.compile(rf"[ ]*([{BLANKS}])[ {BLANKS}]*{_LINE.replace('{blanks}', BLANKS)}")
_AFTER_MARK = re.compile(rf"""[ ]*(?:-[ ]+)*(?:-|["']?[\w-]+["']?:)([{BLANKS}])""")
_KEY = re.compile(rf"(?:-|[\w-]+:)?([{BLANKS}])")
_QUOTED = re.compile(rf"(?:[-:,]\s+|[\[{{]\s*)([{QUOTES}])")
_SEARCH = re.compile(f"[{BLANKS}]")


def has_blanks(text: str) -> bool:
    """Return whether a text contains a typographic space."""
    return not text.isascii() and _SEARCH.search(text) is not None


def strange_blank(text: SourceText, at: int) -> Finding | None:
    """Return a finding about a typographic space on the line where the parser failed, or on the last line before it."""
    start = text.line_start(at)
    before = len(text.text[:start].rstrip(" \t\r\n"))
    for line in dict.fromkeys((text.line_start(before), start)):
        match = _INDENTED.match(text.text, line) or _AFTER_MARK.match(text.text, line)
        if match:
            return _blank(text, match.start(1))
    return None


def blank_in_key(text: SourceText, start: int) -> Finding | None:
    """Return a finding if a key contains such a space after its indentation or a hyphen; `start` is its offset."""
    match = _KEY.match(text.text, start)
    return _blank(text, match.start(1)) if match else None


def typographic_quote(text: SourceText, at: int) -> Finding | None:
    """Return a finding about a curly quote that begins a value on the line where the parser failed."""
    match = _QUOTED.search(text.text, text.line_start(at), at)
    if match is None:
        return None
    message = f"{match[1]} is not a quote in YAML, but an ordinary character"
    return Finding("FC103", text.spot(match.start(1)), message, 'Put the text in straight quotes: "…".')


def _blank(text: SourceText, at: int) -> Finding:
    char = text.text[at]
    before = text.text[text.line_start(at) : at].strip(" ")
    where = f'after "{before}"' if before else "in the indentation of this line"
    message = f"{one(named(char))} {where} is not a space in YAML"
    return Finding("FC104", text.spot(at), message, "Replace it with ordinary spaces.")
