"""Where things stand in the user's files.

A place is symbolic (the n-th container of a file, one of its keys) as long as nobody asks; only a finding that is
reported is turned into lines and columns, by `load.locate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

#: The largest file that is read, in bytes.
MAX_BYTES = 4 * 1024 * 1024


class Span(NamedTuple):
    """A stretch of text: 1-based lines and columns (in characters), the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One file as it was read.

    `path` is what messages and the manifest show: relative to the working folder, with forward slashes.
    """

    path: str
    data: bytes = field(repr=False)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the file, for the excerpt under a message; bytes that are not UTF-8 are replaced."""
        text = self.data.decode("utf-8", "replace").removeprefix("\ufeff")
        return tuple(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


class NodeRef(NamedTuple):
    """A part of a loaded document: the `node`-th container (in order of appearance), or one entry of it.

    `key` is a mapping's key or a list's index; None means the container itself. `part` says which end of a
    mapping's entry is meant.
    """

    file: SourceFile
    node: int
    key: str | int | None = None
    part: Literal["key", "value"] = "value"

    def of(self, key: str | int) -> NodeRef:
        """The value of one entry of this container."""
        return NodeRef(self.file, self.node, key)

    def name(self, key: str) -> NodeRef:
        """The key of one entry of this container."""
        return NodeRef(self.file, self.node, key, "key")


class TextRange(NamedTuple):
    """A stretch of a file that could not be loaded, or is no part of its data; no span means the file as a whole."""

    file: SourceFile
    span: Span | None = None


Location = NodeRef | TextRange
