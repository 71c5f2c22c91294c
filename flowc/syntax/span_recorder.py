"""The recorder of the event loop: where containers and their entries stand in the text of a file.

It keeps offsets, and only those of the places that are asked for: a file of 4 MiB can have two million places.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowc.diagnostics.findings import Located
from flowc.diagnostics.source import NodeRef, Span
from flowc.syntax.source_text import SourceText

#: The offsets of a stretch of text, its end exclusive.
Offsets = tuple[int, int]
#: Such a stretch, and the alias that repeats it, if one does.
Extent = tuple[int, int, Offsets | None]

_Entry = tuple[int, str | int | None]
#: Where a place is that was not recorded.
_START = Located(Span(1, 1, 1, 1))


class AllRecorded(Exception):
    """All wanted places are recorded: nothing behind them has to be read."""


class SpanRecorder:
    """Records the stretches of some places, or of all, while a file is read."""

    def __init__(self, text: SourceText, wanted: Iterable[NodeRef] | None = None) -> None:
        """Begin with nothing recorded; without `wanted` every place is recorded."""
        self._missing = None if wanted is None else {(place.node, place.key) for place in wanted}
        self._nodes = {node for node, _ in self._missing or ()}
        self._text = text
        self._containers: dict[int, Extent] = {}
        self._entries: dict[_Entry, tuple[Extent, Extent]] = {}
        self._copies: dict[int, tuple[int, Offsets]] = {}
        self._merged: dict[_Entry, int] = {}
        self.last: Extent = (0, 0, None)  # what was read last
        self._end = 0  # where the last piece of text ended; a block ends there, not where libyaml notices its end

    def find(self, place: NodeRef) -> Located:
        """The recorded place; the container as a whole for an entry that was not recorded."""
        return self.at(*self.source(place))

    def source(self, place: NodeRef) -> tuple[NodeRef, Offsets | None]:
        """The place whose text an alias or a `<<` repeats here, and the outermost alias; else the place itself."""
        via: Offsets | None = None
        while True:
            node = self._merged.get((place.node, place.key))
            if node is None:
                if place.node not in self._copies:
                    return place, via
                node, alias = self._copies[place.node]
                via = via or alias
            place = place._replace(node=node)

    def at(self, source: NodeRef, via: Offsets | None) -> Located:
        """Where a place is that repeats nothing, or is itself repeated by an alias."""
        stretch = self._containers.get(source.node)
        if entry := self._entries.get((source.node, source.key)):
            stretch = entry[0] if source.part == "key" and isinstance(source.key, str) else entry[1]
        if stretch is None:
            return _START
        start, end, alias = stretch
        via = via or alias
        return Located(self._text.span(start, end), via and self._text.span(*via))

    def leaf(self, start: int, end: int) -> None:
        """A scalar or an alias was read."""
        text = self._text.text
        if end > start and text[end - 1].isspace():
            end = start + len(text[start:end].rstrip())
        if end > start:  # nothing, where a value is left out, may stand on the next line
            self._end = end
        self.last = (start, end, None)

    def bracket(self, end: int) -> None:
        """The closing bracket of a container was read."""
        self._end = max(self._end, end)

    def close(self, node: int, start: int) -> None:
        """A container that began at `start` is complete. Raises AllRecorded when nothing else is wanted."""
        self.last = (start, self._end, None)
        if self._missing is None or node in self._nodes:
            self._containers[node] = self.last
            self._recorded(node, None)

    def entry(self, node: int, key: str | int, name: Extent) -> None:
        """What was read last is the value of this entry. Raises AllRecorded when nothing else is wanted."""
        if self._merged:
            self._merged.pop((node, key), None)
        if self._missing is None or (node, key) in self._missing:
            self._entries[node, key] = (name, self.last)
            self._recorded(node, key)

    def _recorded(self, node: int, key: str | int | None) -> None:
        if self._missing is not None:
            self._missing.discard((node, key))
            if not self._missing:
                raise AllRecorded

    def merge(self, node: int, key: str, source: int) -> None:
        """An entry was taken over by `<<`; its text stays where it is."""
        self._merged[node, key] = source

    def copy(self, source: int, node: int, via: Offsets) -> None:
        """A container was repeated by an alias."""
        self._copies[node] = (source, via)

    def instead(self) -> None:
        """What was read last stands in place of the outermost container."""
        self._containers.setdefault(0, self.last)
