"""The locations of nodes in the text of their files, found by reading a file again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from flowc.diagnostics.findings import Located
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.syntax.loader import read
from flowc.syntax.source_text import SourceText, UnreadableFile, decode
from flowc.syntax.span_recorder import AllRecorded, SpanRecorder


def locate(place: NodeRef) -> Located:
    """Return the location of a node, and that of the alias if the node is a copy."""
    return _places(place.file).find(place)


def locate_all(nodes: Iterable[NodeRef]) -> dict[NodeRef, Located]:
    """Return the locations of many nodes. Each file is read once or twice, and nothing else is recorded."""
    wanted: dict[SourceFile, set[NodeRef]] = {}
    for place in nodes:
        wanted.setdefault(place.file, set()).add(place)
    return {place: at for file, of_file in wanted.items() for place, at in _located(file, of_file)}


def _located(file: SourceFile, wanted: set[NodeRef]) -> Iterator[tuple[NodeRef, Located]]:
    recorded = _recorded(file, wanted)
    sources = {place: recorded.source(place) for place in wanted}
    own = {source for source, _ in sources.values()}
    if not own <= wanted:  # the sources of aliases are only known after reading
        recorded = _recorded(file, own)
    return ((place, recorded.at(*source)) for place, source in sources.items())


@lru_cache(maxsize=64)
def _places(file: SourceFile) -> SpanRecorder:
    return _recorded(file, None)


def _recorded(file: SourceFile, wanted: Iterable[NodeRef] | None) -> SpanRecorder:
    try:
        recorder = SpanRecorder(text := decode(file), wanted)
    except UnreadableFile:
        return SpanRecorder(SourceText(file, "", {}))
    with suppress(AllRecorded):
        read(text, recorder)
    return recorder
