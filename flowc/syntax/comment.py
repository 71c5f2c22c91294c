"""Comments of a file, told apart from a `#` inside of text by where YAML found text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from flowc.diagnostics.source import SourceFile, Span
from flowc.syntax.source_text import UnreadableFile, decode

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BLOCKS = ("|", ">")
_SIGN = re.compile(r"(?<!\S)#")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Comment(NamedTuple):
    """What a pattern found in a comment: its groups, and the stretches of the file that they are."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]


def comments(file: SourceFile, pattern: re.Pattern[str]) -> list[Comment]:
    """The comments that a pattern matches from their `#` on; none in a file that is no YAML."""
    try:
        text = decode(file)
        taken = list(_texts(text.text))
    except (UnreadableFile, yaml.YAMLError, ValueError):
        return []  # what is wrong with the file is told when it is loaded
    starts = [start for start, _ in taken]
    found = []
    for sign in _SIGN.finditer(text.text):
        index = bisect_right(starts, sign.start()) - 1
        inside = index >= 0 and sign.start() < taken[index][1]
        match = None if inside else pattern.match(text.text, sign.start())
        if match is not None:
            spans = tuple(text.span(*match.span(group)) for group in range(1, pattern.groups + 1))
            found.append(Comment(match.groups(), spans))
    return found


def _texts(text: str) -> Iterator[tuple[int, int]]:
    """Where the scalars of a text begin and end. The first line of a block holds its sign, and maybe a comment."""
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.ScalarToken):
            start: int = token.start_mark.index
            if token.style in _BLOCKS:
                end_of_line = _LINE_END.search(text, start)
                start = end_of_line.end() if end_of_line else len(text)
            yield start, token.end_mark.index
