"""Finds the quote that was left open when a later one closed it and the parser complains far from the mistake."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSES = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""
#: A quoted text that the scanner has read but not yet delivered, after indicators, blanks and comments.
_PENDING = re.compile(rf"(?:[\s,\[\]{{}}:?-]|(?<!\S)#[^\r\n]*)*({_QUOTED})", re.DOTALL)
#: How a line of a flow begins: an item, a key or a closing bracket. Words of a text that goes on do not.
_LINE_OF_A_FLOW = re.compile(r"""[\r\n]\s*(?:-\s|["']?[\w-]+["']?:(?:\s|$)|[}\]])""")
#: The end of a text that has swallowed the beginning of an entry within brackets, such as `, to: `.
_ENTRY_BEGUN = re.compile(r"[,{\[]\s*[\w-]+:\s*[{\[]*\s*\Z")
#: A text that has swallowed the rest of an entry and the comma after it, such as `1: sales, `.
_ENTRY_ENDED = re.compile(r"(?:\S+|.*[\w\"'-]:\s.*),\s*\Z", re.DOTALL)
#: What the parser passes over after a quote: a # that follows it begins a comment even without a blank.
_NOTHING = re.compile(r"(?:\s*#[^\r\n]*)?\s*")
_COLON = re.compile(r":\s")
_BRACKETS = re.compile(r"[\[{}\]]")


class _Quoted(NamedTuple):
    """A quoted text, from its opening quote to after its closing one, and how many brackets are open around it."""

    start: int
    end: int
    depth: int


def left_open(text: str, at: int) -> int | None:
    """Where a quote opens that was meant to be closed before `at`, the offset where the parser gave up.

    A quote that is not closed takes in all up to the next one, whose text the parser then cannot place. Such a text
    holds what no spoken words hold: lines of a flow or, on one line, entries and brackets around it.
    """
    last = _last_quoted(text, at)
    if last is None or not _NOTHING.fullmatch(text, last.end, max(at, last.end)):
        return None
    said = text[last.start + 1 : last.end - 1]
    before = text[text.rfind("\n", 0, last.start) + 1 : last.start].rstrip()
    is_key = not before.strip("- ?\ufeff") or (last.depth and before.endswith(("{", ",")))
    swallowed = (
        _LINE_OF_A_FLOW.search(said)
        or _closes_more(said)
        or (is_key and _COLON.search(said))
        or (last.depth and (_ENTRY_BEGUN.search(said) or _ENTRY_ENDED.fullmatch(said)))
    )
    return last.start if swallowed else None


def _last_quoted(text: str, at: int) -> _Quoted | None:
    """The last quoted text that begins at an offset or before it."""
    last, end, depth = None, 0, 0
    try:
        for token in yaml.scan(text, Loader=_LOADER):
            if token.start_mark.index > at:
                break
            end = max(end, token.end_mark.index)
            depth += isinstance(token, _OPENS) - isinstance(token, _CLOSES)
            if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"'):
                last = _Quoted(token.start_mark.index, token.end_mark.index, depth)
    except (yaml.YAMLError, ValueError):
        pass
    pending = _PENDING.match(text, end)
    if pending is None or pending.start(1) > at:
        return last
    between = text[end : pending.start(1)]
    depth += sum(map(between.count, "[{")) - sum(map(between.count, "]}"))
    return _Quoted(*pending.span(1), depth)


def _closes_more(said: str) -> bool:
    """Whether a text closes a bracket that it does not open."""
    depth = 0
    for bracket in _BRACKETS.findall(said):
        depth += 1 if bracket in "[{" else -1
        if depth < 0:
            return True
    return False
