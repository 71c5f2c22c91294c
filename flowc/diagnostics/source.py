"""Where things are in the user's files.

A place is symbolic (the n-th container of a file, one of its keys) as long as nobody asks; only a finding that is
reported is turned into lines and columns, by `load.locate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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

    `path` is what messages and the manifest show: relative to the working folder, with forward slashes. `use` is set
    where the file is a part, written into a flow with its inputs.
    """

    path: str
    data: bytes = field(repr=False)
    use: Use | None = field(default=None, repr=False)

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

#: Containers of the file that uses a part have numbers from here on where they are the value of an input.
_OF_THE_USER = 1 << 32


class Use(NamedTuple):
    """One use of a part: the part's own file, where it is used, and the inputs that an entry of it contains.

    `inputs` has the names of inputs and the places of their values, by container and key.
    """

    part: SourceFile
    at: Location
    inputs: Mapping[tuple[int, str | int | None], Mapping[str, Location]]


def of_the_user(node: int) -> int:
    """The number, within a part, of a container of the file that uses the part."""
    return node + _OF_THE_USER


class Origin(NamedTuple):
    """Where a place is written: in a file that was read. `through` are further places, each with what it is."""

    at: Location
    through: tuple[tuple[Location, str], ...] = ()


def origin(at: Location) -> Origin:
    """Where a place of a file that may be a part's use is written."""
    through: list[tuple[Location, str]] = []
    while (use := at.file.use) is not None:
        if isinstance(at, TextRange):
            through.append((use.at, "used here"))
            at = at._replace(file=use.part)
        elif at.node >= _OF_THE_USER:
            at = NodeRef(use.at.file, at.node - _OF_THE_USER, at.key, at.part)
        else:
            given = use.inputs.get((at.node, at.key), {})
            through += [(place, f"the value of {name}") for name, place in given.items()]
            through.append((use.at, "used here"))
            at = at._replace(file=use.part)
    return Origin(at, tuple(dict.fromkeys(_written(through))))


def _written(through: list[tuple[Location, str]]) -> Iterator[tuple[Location, str]]:
    for at, what in through:
        inner = origin(at)
        yield inner.at, what
        yield from inner.through
