"""Files and locations in them.

A location is symbolic: the n-th container of a file, and one of its keys. Only reported findings get lines and columns,
from `syntax.locate`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from flowc.diagnostics.records import NamedTuple

#: The largest file that is read, in bytes.
MAX_BYTES = 4 * 1024 * 1024
#: The largest audio file that is read: no carrier plays a larger one.
MAX_AUDIO_BYTES = 40_000_000


class Span(NamedTuple):
    """A range of text: 1-based lines and columns (in characters), without the end."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, eq=False)
class SourceFile:
    """A file that was read.

    `path` is shown by messages and the manifest: relative to the working folder, with forward slashes. `use` is set if
    the file is a part that is written into a flow with its inputs.
    """

    path: str
    data: bytes = field(repr=False)
    use: PartUse | None = field(default=None, repr=False)

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

#: Containers of the file that uses a part have numbers from here on where they are the value of an input.
_OF_THE_USER = 1 << 32


class PartUse(NamedTuple):
    """One use of a part: its name and own file, where it is used, and the places of the inputs that it is given.

    `inputs` has those that an entry of the part contains, by container and key.
    """

    name: str
    part: SourceFile
    at: Location
    given: Mapping[str, Location]
    inputs: dict[tuple[int, str | int | None], Mapping[str, Location]]

    def contains(self, inserted: Mapping[tuple[int, str | int | None], Iterable[str]]) -> None:
        """Record which variables entries contain, by container and key."""
        for entry, names in inserted.items():
            if given := {name: self.given[name] for name in names if name in self.given}:
                self.inputs[entry] = given


def of_the_user(node: int) -> int:
    """The number, within a part, of a container of the file that uses the part."""
    return node + _OF_THE_USER


class WrittenAt(NamedTuple):
    """Where a place is written: in a file that was read. `through` are further places, each with what it is."""

    at: Location
    through: tuple[tuple[Location, str], ...] = ()


def origin(at: Location) -> WrittenAt:
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
    return WrittenAt(at, tuple(dict.fromkeys(_written(through))))


def _written(through: list[tuple[Location, str]]) -> Iterator[tuple[Location, str]]:
    """The same places in files that were read, then those of the uses around them: the innermost use first."""
    inner = [(origin(at), what) for at, what in through]
    yield from ((one.at, what) for one, what in inner)
    for one, _ in inner:
        yield from one.through
