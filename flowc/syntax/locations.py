"""Where recorder are in the text of their files: what is reported is found by reading its file once more."""

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
    """Where in the text a place stands; where an alias repeated it, also the alias."""
    return _places(place.file).find(place)


def locate_all(recorder: Iterable[NodeRef]) -> dict[NodeRef, Located]:
    """The same of many recorder; of their files nothing else is recorded."""
    wanted: dict[SourceFile, set[NodeRef]] = {}
    for place in recorder:
        wanted.setdefault(place.file, set()).add(place)
    return {place: at for file, of_file in wanted.items() for place, at in _located(file, of_file)}


def _located(file: SourceFile, wanted: set[NodeRef]) -> Iterator[tuple[NodeRef, Located]]:
    recorded = _recorded(file, wanted)
    sources = {place: recorded.source(place) for place in wanted}
    own = {source for source, _ in sources.values()}
    if not own <= wanted:  # only after the reading it is known what aliases repeat
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
