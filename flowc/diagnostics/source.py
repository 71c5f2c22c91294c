"""Files and locations in them.

A location is symbolic: the n-th container of a file, and one of its keys. Only reported findings get lines and columns,
from `syntax.locate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

#: The largest file that is read, in bytes.
MAX_BYTES = 4 * 1024 * 1024


class Span(NamedTuple):
    """A range of text: 1-based lines and columns (in characters), without the end."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A file that was read.

    `path` is shown by messages and the manifest: relative to the working folder, with forward slashes.
    """

    path: str
    data: bytes = field(repr=False)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the file, for excerpts; bytes that are not UTF-8 are replaced."""
        text = self.data.decode("utf-8", "replace").removeprefix("\ufeff")
        return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


class NodeRef(NamedTuple):
    """A part of a loaded document: the `node`-th container (in order of appearance), or one entry of it.

    `key` is the key of a mapping or the index of a list; None means the container itself. `part` selects the key or the
    value of an entry.
    """

    file: SourceFile
    node: int
    key: str | int | None = None
    part: Literal["key", "value"] = "value"

    def of(self, key: str | int) -> NodeRef:
        """Return the location of the value of an entry."""
        return NodeRef(self.file, self.node, key)

    def name(self, key: str) -> NodeRef:
        """Return the location of the key of an entry."""
        return NodeRef(self.file, self.node, key, "key")


class TextRange(NamedTuple):
    """A range of a file that could not be loaded, or of text that is not data; no span means the whole file."""

    file: SourceFile
    span: Span | None = None


Location = NodeRef | TextRange
