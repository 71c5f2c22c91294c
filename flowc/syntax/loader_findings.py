"""The findings of the loader about valid YAML that flowc does not accept. One function per code."""

from __future__ import annotations

import json
import re

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef, SourceFile, TextRange
from flowc.syntax.source_text import SourceText

#: Limits for nested containers, and for values that aliases copy.
MAX_DEPTH = 64
MAX_COPIES = 100_000
#: Limit for the values of a file, twice as many as a flow of 4 MiB has. Reading one takes 1 to 10 microseconds.
MAX_VALUES = 1_000_000

_SHOWN = 40  # characters of a key that a message repeats
_TAG = re.compile(r"!<[^>\r\n]*>|![^\s,\[\]{}]*")


def repeated_key(at: TextRange, first: NodeRef, key: str) -> Finding:
    """A key is repeated in a mapping; the first one counts."""
    shown = json.dumps(key if len(key) <= _SHOWN else key[:_SHOWN] + "…", ensure_ascii=False)
    return Finding(
        "FC106",
        at,
        f"the key {shown} is repeated in this mapping",
        "Put several into one list: `<<: [*one, *two]`." if key == "<<" else "Remove one of them, or rename it.",
        (Related(first, "first here"),),
    )


def tag(text: SourceText, start: int) -> Finding:
    """A tag at or after an offset."""
    match = _TAG.search(text.text, start)
    start, end = match.span() if match else (start, start + 1)
    return Finding(
        "FC107",
        text.spot(start, end),
        f'"{text.text[start:end]}" is a YAML tag, which flowc does not accept',
        'Remove it; if it is part of the text, put the whole text in double quotes: "…".',
    )


def second_document(at: TextRange) -> Finding:
    """A second document begins."""
    return Finding(
        "FC108",
        at,
        "a second document begins here",
        "Put the following lines into a separate file, and remove this line.",
    )


def open_quote(text: SourceText, start: int) -> Finding:
    """A quote is not closed at the end of its text."""
    help_ = f"Add {text.text[start]} after the last word of the text."
    return Finding("FC105", text.spot(start), "this quote is never closed", help_)


def too_deep(at: TextRange) -> Finding:
    """Containers are nested more deeply than a flow needs."""
    return Finding(
        "FC111",
        at,
        f"lists and mappings are nested more than {MAX_DEPTH} levels deep here",
        "Divide the flow into steps that lead to one another.",
    )


def too_many_values(file: SourceFile) -> Finding:
    """The file contains more values than any flow of its size."""
    return Finding(
        "FC110",
        TextRange(file),
        f"the file contains more than {MAX_VALUES:,} values, which is the limit",
        "Divide it into several files.",
    )


def too_many_copies(at: TextRange) -> Finding:
    """Aliases of nodes with aliases multiply."""
    return Finding(
        "FC112",
        at,
        f"the aliases of this file copy more than {MAX_COPIES:,} values",
        "Use fewer aliases of parts that contain aliases.",
    )


def unknown_alias(at: TextRange, name: str) -> Finding:
    """An alias has no anchor above it."""
    return Finding(
        "FC113",
        at,
        f"there is no &{name} above this *{name}",
        f'Write &{name} before its first use; text that begins with * needs quotes: "…".',
    )


def self_alias(at: TextRange, name: str) -> Finding:
    """An alias is inside of the node with its anchor."""
    return Finding(
        "FC113",
        at,
        f"*{name} is inside of the part that &{name} marks",
        "A part cannot contain itself; use goto to repeat a step.",
    )


def bad_merge(at: TextRange) -> Finding:
    """The value of `<<` is not a mapping."""
    return Finding(
        "FC114",
        at,
        "<< adds the entries of a mapping, but this is not a mapping",
        "Name a mapping that is marked with &name, such as `<<: *name`, or several: `<<: [*one, *two]`.",
    )


def empty_file(at: TextRange) -> Finding:
    """The file contains only spaces and comments."""
    return Finding("FC115", at, "the file is empty", "Add content, or delete the file.")


def no_key(at: TextRange) -> Finding:
    """A colon without a key."""
    return Finding("FC116", at, "there is no key before this colon", "Write a key before it, or remove the colon.")


def key_not_text(at: TextRange) -> Finding:
    """A container in place of a key."""
    return Finding(
        "FC116",
        at,
        "found a list or a mapping instead of a key",
        'Write the key as text; text that begins with { or [ needs quotes: "…".',
    )
