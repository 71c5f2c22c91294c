"""The loader's own findings: what YAML would take and flowc does not. One function a code."""

from __future__ import annotations

import json
import re

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef, SourceFile, TextRange
from flowc.syntax.source_text import SourceText

#: How deep containers may stand in one another, and how many values aliases may repeat.
MAX_DEPTH = 64
MAX_COPIES = 100_000
#: How many values a file may hold, twice as many as a flow of 4 MiB has: to read one takes a microsecond, or ten.
MAX_VALUES = 1_000_000

_SHOWN = 40  # characters of a key that a message repeats
_TAG = re.compile(r"!<[^>\r\n]*>|![^\s,\[\]{}]*")


def repeated_key(at: TextRange, first: NodeRef, key: str) -> Finding:
    """A key stands in a mapping a second time; the first one counts."""
    shown = json.dumps(key if len(key) <= _SHOWN else key[:_SHOWN] + "…", ensure_ascii=False)
    return Finding(
        "FC106",
        at,
        f"the key {shown} stands twice in this mapping",
        "Name several in one list: `<<: [*one, *two]`." if key == "<<" else "Take one of them out, or rename it.",
        (Related(first, "first here"),),
    )


def tag(text: SourceText, start: int) -> Finding:
    """A tag at or behind an offset."""
    match = _TAG.search(text.text, start)
    start, end = match.span() if match else (start, start + 1)
    return Finding(
        "FC107",
        text.spot(start, end),
        f'"{text.text[start:end]}" is a tag, an instruction to YAML that flowc does not take',
        'Take it out; if it belongs to the text, put the whole text in double quotes: "…".',
    )


def second_document(at: TextRange) -> Finding:
    """A second document begins."""
    return Finding(
        "FC108", at, "a second document begins here", "Put what follows into a file of its own, and take this line out."
    )


def open_quote(text: SourceText, start: int) -> Finding:
    """A quote opens a text and no quote closes it where the text ends."""
    help_ = f"Put another {text.text[start]} after the last word of the text."
    return Finding("FC105", text.spot(start), "this quote is never closed", help_)


def too_deep(at: TextRange) -> Finding:
    """Containers stand deeper in one another than a flow ever needs."""
    return Finding(
        "FC111",
        at,
        f"more than {MAX_DEPTH} lists and mappings stand in one another here",
        "Divide the flow into steps that lead to one another.",
    )


def too_many_values(file: SourceFile) -> Finding:
    """The file holds more than any flow of its size."""
    return Finding(
        "FC110",
        TextRange(file),
        f"the file holds more than {MAX_VALUES:,} values; so many are read",
        "Divide it into several files.",
    )


def too_many_copies(at: TextRange) -> Finding:
    """Aliases of parts that hold aliases multiply."""
    return Finding(
        "FC112",
        at,
        f"the aliases of this file repeat more than {MAX_COPIES:,} values",
        "Use fewer aliases of parts that hold aliases themselves.",
    )


def unknown_alias(at: TextRange, name: str) -> Finding:
    """An alias names nothing that stands above it."""
    return Finding(
        "FC113",
        at,
        f"nothing above is named &{name}",
        f'Write &{name} before its first use; text that begins with * needs quotes: "…".',
    )


def self_alias(at: TextRange, name: str) -> Finding:
    """An alias stands inside the part it names."""
    return Finding(
        "FC113",
        at,
        f"*{name} stands inside the very part that &{name} names",
        "A part cannot hold itself; use a `goto` where a flow shall begin again.",
    )


def bad_merge(at: TextRange) -> Finding:
    """What `<<` shall take over has no entries."""
    return Finding(
        "FC114",
        at,
        "<< takes over the entries of a mapping, and this is none",
        "Name a mapping that is marked with &name: `<<: *name`; or several: `<<: [*one, *two]`.",
    )


def empty_file(at: TextRange) -> Finding:
    """The file holds nothing but blanks and comments."""
    return Finding("FC115", at, "the file is empty", "Put something into it, or remove it.")


def no_key(at: TextRange) -> Finding:
    """A colon stands where a key should begin."""
    return Finding("FC116", at, "no key stands before this colon", "Write a key before the colon, or take it out.")


def key_not_text(at: TextRange) -> Finding:
    """A container stands where a key belongs."""
    return Finding(
        "FC116",
        at,
        "a list or a mapping stands where a key belongs",
        'Write the key as text; text that begins with { or [ needs quotes: "…".',
    )
