"""The event loop: libyaml delivers events, and this module decides what they mean.

It numbers the containers and keeps their lines. With a `SpanRecorder` it records the span of every node too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from sys import intern
from typing import Any, TypeVar

import yaml
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from flowc.diagnostics.findings import MOST_FAULTS, Finding, too_many
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, TextRange
from flowc.syntax import loader_findings
from flowc.syntax.nodes import Data, Map, Seq, resolve_plain
from flowc.syntax.source_text import NOT_XML, SourceText, UnreadableFile, invisible
from flowc.syntax.span_recorder import Extent, SpanRecorder
from flowc.syntax.typography import blank_in_key, has_blanks

_C = TypeVar("_C", Map, Seq)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NODES = (ScalarEvent, MappingStartEvent, SequenceStartEvent)
#: Escapes of characters that XML cannot contain, in double quotes.
_INVISIBLE = re.compile(r"\\[0abefvxuU]")
_NOWHERE: Extent = (0, 0, None)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|(?<=\s)#[^\r\n]*)*)*")


class _Anchored(NamedTuple):
    """The node of an anchor: its value, the text of a scalar as written, and its extent if spans are recorded."""

    data: Data
    written: str | None
    at: Extent | None


class EventReader:
    """Reads one document. `hole` means that an error has left a hole in the data."""

    get: Callable[[], Any]

    def __init__(self, text: SourceText, recorder: SpanRecorder | None) -> None:
        """Read a text, and record spans if there is a recorder."""
        self.text = text
        self.recorder = recorder
        self.findings: list[Finding] = []
        # Otherwise libyaml has already rejected every invalid character.
        self.careful = bool(text.placeholders) or _INVISIBLE.search(text.text) is not None
        self.blanks = has_blanks(text.text)
        self.hole = False
        self.count = 0
        self.values = 0
        self.copies = 0
        self.anchors: dict[str, _Anchored | None] = {}  # None while the anchored container is open

    def document(self) -> Data:
        """Return the data of the document. Raise UnreadableFile, or an exception of the YAML parser."""
        self.get = _Loader(self.text.text).get_event
        self.get()
        if type(self.get()) is StreamEndEvent:
            raise UnreadableFile(loader_findings.empty_file(TextRange(self.text.file)))
        root = self.get()
        data = self._value(root, 0, root)
        if self.recorder is not None:
            self.recorder.close_document()
        self.get()
        if type(following := self.get()) is not StreamEndEvent:
            self.findings.append(loader_findings.second_document(self._spot(following)))
        elif data is None and not root.start_mark.index < root.end_mark.index:
            raise UnreadableFile(loader_findings.empty_file(TextRange(self.text.file)))
        return data

    def _value(self, event: Any, depth: int, first: Any) -> Data:
        """Return the data of a node. `first` is the event of its key, or its own: a container is on its line."""
        kind = type(event)  # the event itself stays untyped because its marks are never None
        if len(self.findings) >= MOST_FAULTS:
            raise UnreadableFile(too_many(self.text.file))
        self.values += 1
        if self.values > loader_findings.MAX_VALUES:
            raise UnreadableFile(loader_findings.too_many_values(self.text.file))
        if kind is ScalarEvent:
            written = self._checked(event) if self.careful else event.value
            if self.recorder is not None:
                self.recorder.leaf(self._start(event), event.end_mark.index)
            data = written if event.style else resolve_plain(written)
            if event.anchor is not None or event.tag is not None:
                self._properties(event, data, written)
            return data
        line = first.start_mark.line + 1
        if kind is AliasEvent:
            return self._alias(event, depth, line)
        if depth == loader_findings.MAX_DEPTH:
            raise UnreadableFile(loader_findings.too_deep(self._spot(event)))
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        start = self._start(event) if self.recorder is not None else 0
        container: Map | Seq = (self._map if kind is MappingStartEvent else self._seq)(depth + 1, line)
        if self.recorder is not None:
            self.recorder.close(container.node, start)
        if event.anchor is not None or event.tag is not None:
            self._properties(event, container, None)
        return container

    def _map(self, depth: int, line: int) -> Map:
        data = self._numbered(Map(), line)
        node, recorder, get = data.node, self.recorder, self.get
        merged: set[str] | None = None
        while type(event := get()) is not MappingEndEvent:
            key = self._key(event, depth)
            name = recorder.last if recorder is not None else _NOWHERE
            following = get()
            value = self._value(following, depth, event)
            if key is None:
                continue
            if key == "<<" and type(event) is ScalarEvent and not event.style:
                if fresh := merged is None:
                    merged = self._merge(data, value, following)
            elif fresh := key not in data or (merged is not None and key in merged):
                data[key] = value
                if merged:
                    merged.discard(key)
            if not fresh:
                first = NodeRef(self.text.file, node, key, "key")
                self.findings.append(loader_findings.repeated_key(self._spot(event), first, key))
            elif recorder is not None:
                recorder.entry(node, key, name)
        self._closed(event)
        return data

    def _seq(self, depth: int, line: int) -> Seq:
        data = self._numbered(Seq(), line)
        node, recorder, get = data.node, self.recorder, self.get
        while type(event := get()) is not SequenceEndEvent:
            data.append(self._value(event, depth, event))
            if recorder is not None:
                recorder.entry(node, len(data) - 1, recorder.last)
        self._closed(event)
        return data

    def _closed(self, event: Any) -> None:
        """Record the closing bracket of a container. A block has none, and its end event has no text."""
        if self.recorder is not None and event.end_mark.index > event.start_mark.index:
            self.recorder.bracket(event.end_mark.index)

    def _key(self, event: Any, depth: int) -> str | None:
        """Return the text of a key as written. If there is none, report it and return None."""
        kind = type(event)
        if kind is ScalarEvent:
            written: str = event.value
            if self.careful:
                written = self._checked(event)
                self.hole = self.hole or NOT_XML.search(written) is not None
            if self.recorder is not None:
                self.recorder.leaf(self._start(event), event.end_mark.index)
            if event.anchor is not None or event.tag is not None:
                self._properties(event, written if event.style else resolve_plain(written), written)
            if self.blanks and not event.style and (misled := blank_in_key(self.text, self._start(event))):
                raise UnreadableFile(misled)
            if written or event.style:
                return intern(written)  # most keys are repeated, and this halves their memory
            self._broken(loader_findings.no_key(self._spot(event)))
            return None
        self._value(event, depth, event)
        if kind is AliasEvent:
            anchored = self.anchors.get(event.anchor)
            if anchored is None:
                return None
            if anchored.written is not None:
                return anchored.written
        self._broken(loader_findings.key_not_text(self._spot(event)))
        return None

    def _alias(self, event: Any, depth: int, line: int) -> Data:
        """Return a copy of the anchored node, so that each alias has its own places."""
        recorder = self.recorder
        if recorder is not None:
            recorder.leaf(event.start_mark.index, event.end_mark.index)
        anchored = self.anchors.get(event.anchor)
        if anchored is None:
            fault = loader_findings.self_alias if event.anchor in self.anchors else loader_findings.unknown_alias
            self._broken(fault(self._spot(event), event.anchor))
            return self._numbered(Map(), line)  # accepted by `<<` too
        self.copies += 1
        data = anchored.data
        if isinstance(data, Map | Seq):
            data = self._copy(data, depth, line, event)
        elif self.copies > loader_findings.MAX_COPIES:
            raise UnreadableFile(loader_findings.too_many_copies(self._spot(event)))
        if recorder is not None and anchored.at is not None:
            recorder.last = (*anchored.at[:2], recorder.last[:2])
        return data

    def _copy(self, source: Map | Seq, depth: int, line: int, alias: Any) -> Map | Seq:
        self.copies += len(source)
        if self.copies > loader_findings.MAX_COPIES:
            raise UnreadableFile(loader_findings.too_many_copies(self._spot(alias)))
        if depth == loader_findings.MAX_DEPTH:
            raise UnreadableFile(loader_findings.too_deep(self._spot(alias)))

        def copied(data: Data) -> Data:
            return self._copy(data, depth + 1, data.line, alias) if isinstance(data, Map | Seq) else data

        copy: Map | Seq
        if isinstance(source, Map):
            copy = self._numbered(Map(), line)
            copy.update((key, copied(value)) for key, value in source.items())
        else:
            copy = self._numbered(Seq(), line)
            copy.extend(map(copied, source))
        if self.recorder is not None:
            self.recorder.copy(source.node, copy.node, self.recorder.last[:2])
        return copy

    def _merge(self, data: Map, value: Data, event: Any) -> set[str]:
        """Add the entries of `<<` that the mapping does not have, and return their keys."""
        sources = [source for source in (value if isinstance(value, Seq) else [value]) if isinstance(source, Map)]
        if (isinstance(value, Seq) and len(sources) < len(value)) or not isinstance(value, Map | Seq):
            self._broken(loader_findings.bad_merge(self._spot(event)))
        taken = set()
        for source in sources:
            for key, entry in source.items():
                if key not in data:
                    data[key] = entry
                    taken.add(key)
                    if self.recorder is not None:
                        self.recorder.merge(data.node, key, source.node)
        return taken

    def _properties(self, event: Any, data: Data, written: str | None) -> None:
        """Record an anchor, and report a tag."""
        # The last anchor with a name counts, and a container is complete after its content.
        if event.anchor is not None and (written is not None or self.anchors[event.anchor] is None):
            self.anchors[event.anchor] = _Anchored(data, written, None if self.recorder is None else self.recorder.last)
        if event.tag is not None:
            self.findings.append(loader_findings.tag(self.text, event.start_mark.index))
            self.hole = self.hole or data is None  # the text itself was read as a tag

    def _checked(self, event: Any) -> str:
        """Return the text of a scalar without placeholders, and report characters that XML cannot contain."""
        text: str = event.value.translate(self.text.placeholders)
        if bad := NOT_XML.search(text):
            self.findings.append(invisible(bad.group(), self._spot(event)))
        return text

    def _numbered(self, container: _C, line: int) -> _C:
        container.node = self.count
        container.line = line
        self.count += 1
        return container

    def _start(self, event: Any) -> int:
        """Return where a node begins, after its anchor and tag."""
        start: int = event.start_mark.index
        if type(event) not in _NODES or event.anchor is event.tag is None:
            return start
        end: int = event.end_mark.index
        match = _PROPERTIES.match(self.text.text, start)
        return min(match.end(), end) if match else start

    def _spot(self, event: Any) -> TextRange:
        start = self._start(event)
        return self.text.spot(start, start + len(self.text.text[start : event.end_mark.index].rstrip()))

    def _broken(self, finding: Finding) -> None:
        """Report an error that leaves a hole in the data, which would mislead later passes."""
        self.findings.append(finding)
        self.hole = True
