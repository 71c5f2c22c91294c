"""The comments of a file. The tokens of YAML show which `#` is part of a text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import yaml

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import SourceFile, Span
from flowc.syntax.source_text import UnreadableFile, decode

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCKS = ("|", ">")
_HASH = re.compile(r"(?<!\S)#")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Comment(NamedTuple):
    """A match of a pattern in a comment: its groups and their spans."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]


def comments(file: SourceFile, pattern: re.Pattern[str]) -> list[Comment]:
    """Return the comments that a pattern matches, beginning with the `#`; none if the file is not valid YAML."""
    try:
        text = decode(file)
        taken = list(_texts(text.text))
    except (UnreadableFile, yaml.YAMLError, ValueError):
        return []  # reported when the file is loaded
    starts = [start for start, _ in taken]
    found = []
    for start in _HASH.finditer(text.text):
        index = bisect_right(starts, start.start()) - 1
        inside = index >= 0 and start.start() < taken[index][1]
        match = None if inside else pattern.match(text.text, start.start())
        if match is not None:
            spans = tuple(text.span(*match.span(group)) for group in range(1, pattern.groups + 1))
            found.append(Comment(match.groups(), spans))
    return found


def _texts(text: str) -> Iterator[tuple[int, int]]:
    """Yield the offsets of scalars, without the first line of a block, which may contain a comment."""
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.ScalarToken):
            start: int = token.start_mark.index
            if token.style in _BLOCKS:
                end_of_line = _LINE_END.search(text, start)
                start = end_of_line.end() if end_of_line else len(text)
            yield start, token.end_mark.index
