"""Record the extents of containers and their entries while the event loop reads a file.

Only the wanted nodes are recorded, because a file of 4 MiB can have two million nodes.
"""

from __future__ import annotations

from collections.abc import Iterable

from flowc.diagnostics.findings import Located
from flowc.diagnostics.source import NodeRef, Span
from flowc.syntax.source_text import SourceText

#: Start and end offset of a part of a text, the end exclusive.
Offsets = tuple[int, int]
#: Start and end offset, and the offsets of the alias if the node is a copy.
Extent = tuple[int, int, Offsets | None]

_Entry = tuple[int, str | int | None]
#: The location of a node that was not recorded.
_START = Located(Span(1, 1, 1, 1))


class AllRecorded(Exception):
    """All wanted nodes are recorded, so the rest of the file need not be read."""


class SpanRecorder:
    """Records the extents of some nodes, or of all nodes, of a file."""

    def __init__(self, text: SourceText, wanted: Iterable[NodeRef] | None = None) -> None:
        """Start without records; without `wanted`, record every node."""
        self._missing = None if wanted is None else {(place.node, place.key) for place in wanted}
        self._nodes = {node for node, _ in self._missing or ()}
        self._text = text
        self._containers: dict[int, Extent] = {}
        self._entries: dict[_Entry, tuple[Extent, Extent]] = {}
        self._copies: dict[int, tuple[int, Offsets]] = {}
        self._merged: dict[_Entry, int] = {}
        self.last: Extent = (0, 0, None)  # of the node that was read last
        self._end = 0  # the end of the last text; a block ends there, not at its end event

    def find(self, place: NodeRef) -> Located:
        """Return the location of a node; for an entry that was not recorded, that of its container."""
        return self.at(*self.source(place))

    def source(self, place: NodeRef) -> tuple[NodeRef, Offsets | None]:
        """Return the original of a copy made by an alias or `<<`, and the outermost alias; else the node itself."""
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
        """Return the location of an original node; `via` is the alias that copies it."""
        stretch = self._containers.get(source.node)
        if entry := self._entries.get((source.node, source.key)):
            stretch = entry[0] if source.part == "key" and isinstance(source.key, str) else entry[1]
        if stretch is None:
            return _START
        start, end, alias = stretch
        via = via or alias
        return Located(self._text.span(start, end), via and self._text.span(*via))

    def leaf(self, start: int, end: int) -> None:
        """Record that a scalar or an alias was read."""
        text = self._text.text
        if end > start and text[end - 1].isspace():
            end = start + len(text[start:end].rstrip())
        if end > start:  # an omitted value may have its position on the next line
            self._end = end
        self.last = (start, end, None)

    def bracket(self, end: int) -> None:
        """Record that the closing bracket of a container was read."""
        self._end = max(self._end, end)

    def close(self, node: int, start: int) -> None:
        """Record the end of a container that began at `start`. Raise AllRecorded if all wanted nodes are recorded."""
        self.last = (start, self._end, None)
        if self._missing is None or node in self._nodes:
            self._containers[node] = self.last
            self._recorded(node, None)

    def entry(self, node: int, key: str | int, name: Extent) -> None:
        """Record an entry whose value was read last. Raise AllRecorded if all wanted nodes are recorded."""
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
        """Record that `<<` has added an entry from another container."""
        self._merged[node, key] = source

    def copy(self, source: int, node: int, via: Offsets) -> None:
        """Record that an alias has copied a container."""
        self._copies[node] = (source, via)

    def close_document(self) -> None:
        """Record the node that was read last in place of a missing outermost container."""
        self._containers.setdefault(0, self.last)
