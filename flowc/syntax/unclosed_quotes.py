"""Find the unclosed quote if a later quote closes it, so that the parser fails far from the mistake."""

from __future__ import annotations

import re

import yaml

from flowc.diagnostics.records import NamedTuple

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPENS = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSES = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"""
#: A quoted text that the scanner has read but not yet returned, after indicators, spaces and comments.
_PENDING = re.compile(rf"(?:[\s,\[\]{{}}:?-]|(?<!\S)#[^\r\n]*)*({_QUOTED})", re.DOTALL)
#: The beginning of a line of a flow: an item, a key or a closing bracket, unlike the lines of a text.
_LINE_OF_A_FLOW = re.compile(r"""[\r\n]\s*(?:-\s|["']?[\w-]+["']?:(?:\s|$)|[}\]])""")
#: The end of a text that contains the beginning of an entry within brackets, such as `, to: `.
_ENTRY_BEGUN = re.compile(r"[,{\[]\s*[\w-]+:\s*[{\[]*\s*\Z")
#: A text that contains the rest of an entry and the comma after it, such as `1: sales, `.
_ENTRY_ENDED = re.compile(r"(?:\S+|.*[\w\"'-]:\s.*),\s*\Z", re.DOTALL)
#: What the parser skips after a quote: a # begins a comment there even without a space.
_NOTHING = re.compile(r"(?:\s*#[^\r\n]*)?\s*")
_COLON = re.compile(r":\s")
_BRACKETS = re.compile(r"[\[{}\]]")


class _Quoted(NamedTuple):
    """A quoted text, from its opening quote to after its closing one, and how many brackets are open around it."""

    start: int
    end: int
    depth: int


def left_open(text: str, at: int) -> int | None:
    """Return the offset of an unclosed quote before `at`, the offset where the parser failed.

    An unclosed quote extends to the next quote. Its text contains what prompts do not contain: lines of a flow or, on
    one line, entries and brackets.
    """
    last = _last_quoted(text, at)
    if last is None or not _NOTHING.fullmatch(text, last.end, max(at, last.end)):
        return None
    quoted = text[last.start + 1 : last.end - 1]
    before = text[text.rfind("\n", 0, last.start) + 1 : last.start].rstrip()
    is_key = not before.strip("- ?\ufeff") or (last.depth and before.endswith(("{", ",")))
    spans_entries = (
        _LINE_OF_A_FLOW.search(quoted)
        or _closes_more(quoted)
        or (is_key and _COLON.search(quoted))
        or (last.depth and (_ENTRY_BEGUN.search(quoted) or _ENTRY_ENDED.fullmatch(quoted)))
    )
    return last.start if spans_entries else None


def _last_quoted(text: str, at: int) -> _Quoted | None:
    """Return the last quoted text that begins at an offset or before it."""
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


def _closes_more(quoted: str) -> bool:
    """Return whether a text closes a bracket that it does not open."""
    depth = 0
    for bracket in _BRACKETS.findall(quoted):
        depth += 1 if bracket in "[{" else -1
        if depth < 0:
            return True
    return False
