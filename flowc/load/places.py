"""The full recorder of the event loop: where every container and every entry of a file stands."""

from __future__ import annotations

from flowc.diagnostics import Located
from flowc.load.text import Text
from flowc.source import Place, Span

#: What a place is that nobody recorded, and what a copy comes through before there is one.
START = Located(Span(1, 1, 1, 1))


class Places:
    """The full recorder: the span of every container, and of every entry's key and value."""

    def __init__(self) -> None:
        """Begin with nothing recorded."""
        self.containers: dict[int, Located] = {}
        self.entries: dict[int, dict[str | int, tuple[Located, Located]]] = {}
        self.last = START  # what was read last
        self.end = 0  # where the last piece of text ended; a block ends there, not where libyaml notices its end

    def find(self, place: Place) -> Located:
        """The recorded place; the container as a whole for an entry that nobody recorded."""
        whole = self.containers.get(place.node, START)
        if place.key is None:
            return whole
        key, value = self.entries.get(place.node, {}).get(place.key, (whole, whole))
        return key if place.part == "key" and isinstance(place.key, str) else value

    def leaf(self, text: Text, start: int, end: int) -> None:
        """A scalar or an alias was read."""
        end = start + len(text.text[start:end].rstrip())
        if end > start:  # nothing, where a value is left out, may stand on the next line
            self.end = end
        self.last = Located(text.span(start, end))

    def close(self, text: Text, node: int, start: int) -> None:
        """A container that began at `start` is complete."""
        self.last = self.containers[node] = Located(text.span(start, self.end))

    def entry(self, node: int, key: str | int, name: Located) -> None:
        """What was read last is the value of this entry."""
        self.entries.setdefault(node, {})[key] = (name, self.last)

    def merge(self, node: int, key: str, source: int) -> None:
        """An entry was taken over by `<<`; its text stays where it is."""
        self.entries.setdefault(node, {})[key] = self.entries[source][key]

    def copy(self, source: int, node: int, via: Span) -> None:
        """A container was repeated by an alias; the outermost alias is what counts."""
        self.containers[node] = Located(self.containers[source].span, via)
        self.entries[node] = {
            key: (Located(name.span, via), Located(value.span, via))
            for key, (name, value) in self.entries.get(source, {}).items()
        }
