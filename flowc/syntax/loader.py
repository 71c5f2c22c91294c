"""Read a YAML file as plain data that knows where it came from.

libyaml delivers the events; what they mean is decided here, so that a telephone file means what it shows. One event
loop serves two purposes: `load` numbers the containers and keeps their lines, nothing more; `locate` runs the loop
again over the same bytes, with `SpanRecorder` noting every span, once somebody asks where a number leads.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

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
from yaml.scanner import ScannerError

from flowc.diagnostics.findings import MOST_FAULTS, Finding, too_many
from flowc.diagnostics.source import NodeRef, SourceFile, TextRange
from flowc.syntax import loader_findings
from flowc.syntax.nodes import Data, Map, Seq, resolve_plain
from flowc.syntax.parser_errors import explain, without_repetition
from flowc.syntax.source_text import NOT_XML, SourceText, UnreadableFile, decode, invisible
from flowc.syntax.span_recorder import Extent, SpanRecorder
from flowc.syntax.typography import blank_in_key, has_blanks

_C = TypeVar("_C", Map, Seq)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NODES = (ScalarEvent, MappingStartEvent, SequenceStartEvent)
#: How far the scanner reads ahead, in characters: as long as a key may be.
_AHEAD = 1024
_OPENS = re.compile(r"[\[{]")
#: How a character that XML cannot carry may be written in double quotes.
_INVISIBLE = re.compile(r"\\[0abefvxuU]")
_NOWHERE: Extent = (0, 0, None)
_PROPERTIES = re.compile(r"(?:[&!]\S*(?:\s|(?<=\s)#[^\r\n]*)*)*")


def load(file: SourceFile) -> tuple[Data, list[Finding]]:
    """The data of a file and what is wrong with it; the data is None where a fault leaves a hole in it."""
    try:
        return read(decode(file), None)
    except UnreadableFile as refused:
        return None, [refused.finding]


def read(text: SourceText, recorder: SpanRecorder | None) -> tuple[Data, list[Finding]]:
    """The same of a decoded text, recording the recorder that are wanted. Raises AllRecorded once they are."""
    findings: list[Finding] = []
    collecting = gc.isenabled()
    gc.disable()  # A third of the time otherwise: every event makes tracked objects, and none of them a cycle.
    try:
        reader = _EventReader(text, recorder, findings)
        data = reader.document()
        return (None if reader.hole else data), findings
    except UnreadableFile as refused:
        return None, [*findings, refused.finding]
    except (yaml.YAMLError, ValueError) as error:  # The pure Python parser lets a ValueError escape.
        deep = _too_deep(error, text)
        return None, [*findings, deep] if deep else without_repetition(findings, explain(error, text))
    finally:
        if collecting:
            gc.enable()


def _too_deep(error: Exception, text: SourceText) -> Finding | None:
    """The fault in depth that stands before what the scanner fails at.

    The scanner reads a part of a line ahead of its events, and so may fail before the event that is too deep for us:
    at any fault, or at a bound of its own, which PyYAML 6.0.4 has. What stands before that is read once more.
    """
    if not isinstance(error, ScannerError) or error.problem_mark is None:
        return None
    end: int = (error.context_mark or error.problem_mark).index
    if not _OPENS.search(text.text, max(0, end - _AHEAD), end):
        return None
    try:
        _EventReader(replace(text, text=text.text[:end]), None, []).document()
    except UnreadableFile as refused:
        return refused.finding if refused.finding.code == "FC111" else None
    except (yaml.YAMLError, ValueError):
        pass
    return None


class _Anchored(NamedTuple):
    """What an anchor names: the value, the text of a scalar as written, and its place if recorder are recorded."""

    data: Data
    written: str | None
    at: Extent | None


class _EventReader:
    """The event loop; `recorder` is the full recorder or nothing."""

    def __init__(self, text: SourceText, recorder: SpanRecorder | None, findings: list[Finding]) -> None:
        self.text = text
        self.recorder = recorder
        self.findings = findings
        self.get: Callable[[], Any] = _Loader(text.text).get_event
        # Else libyaml has refused all there is to refuse.
        self.careful = bool(text.stand_ins) or _INVISIBLE.search(text.text) is not None
        self.blanks = has_blanks(text.text)
        self.hole = False
        self.count = 0
        self.values = 0
        self.copies = 0
        self.anchors: dict[str, _Anchored | None] = {}  # None while the anchored container is still open

    def document(self) -> Data:
        self.get()
        if type(self.get()) is StreamEndEvent:
            raise UnreadableFile(loader_findings.empty_file(TextRange(self.text.file)))
        root = self.get()
        data = self._value(root, 0, root.start_mark.line + 1)
        if self.recorder is not None:
            self.recorder.instead()
        self.get()
        if type(following := self.get()) is not StreamEndEvent:
            self.findings.append(loader_findings.second_document(self._spot(following)))
        elif data is None and not root.start_mark.index < root.end_mark.index:
            raise UnreadableFile(loader_findings.empty_file(TextRange(self.text.file)))
        return data

    def _value(self, event: Any, depth: int, line: int) -> Data:
        kind = type(event)  # kept apart from the event, which stays untyped: its marks are never None
        if len(self.findings) >= MOST_FAULTS:
            raise UnreadableFile(too_many(self.text.file))
        self.values += 1
        if self.values > loader_findings.MAX_VALUES:
            raise UnreadableFile(loader_findings.too_many_values(self.text.file))
        if kind is AliasEvent:
            return self._alias(event, depth, line)
        if kind is ScalarEvent:
            written = self._checked(event) if self.careful else event.value
            if self.recorder is not None:
                self.recorder.leaf(self._start(event), event.end_mark.index)
            data = written if event.style else resolve_plain(written)
            if event.anchor is not None or event.tag is not None:
                self._properties(event, data, written)
            return data
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
            value = self._value(following, depth, event.start_mark.line + 1)
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
            data.append(self._value(event, depth, event.start_mark.line + 1))
            if recorder is not None:
                recorder.entry(node, len(data) - 1, recorder.last)
        self._closed(event)
        return data

    def _closed(self, event: Any) -> None:
        """Take in the closing bracket of a container; a block has none, and its end event is no text."""
        if self.recorder is not None and event.end_mark.index > event.start_mark.index:
            self.recorder.bracket(event.end_mark.index)

    def _key(self, event: Any, depth: int) -> str | None:
        """The text of a key as written; None, once that is reported, where there is none."""
        kind = type(event)
        if kind is ScalarEvent:
            written: str = self._checked(event) if self.careful else event.value
            self.hole = self.hole or (self.careful and NOT_XML.search(written) is not None)
            if self.recorder is not None:
                self.recorder.leaf(self._start(event), event.end_mark.index)
            if event.anchor is not None or event.tag is not None:
                self._properties(event, written if event.style else resolve_plain(written), written)
            if self.blanks and not event.style and (misled := blank_in_key(self.text, self._start(event))):
                raise UnreadableFile(misled)
            if written or event.style:
                return written
            self._broken(loader_findings.no_key(self._spot(event)))
            return None
        self._value(event, depth, event.start_mark.line + 1)
        if kind is AliasEvent:
            anchored = self.anchors.get(event.anchor)
            if anchored is None:
                return None
            if anchored.written is not None:
                return anchored.written
        self._broken(loader_findings.key_not_text(self._spot(event)))
        return None

    def _alias(self, event: Any, depth: int, line: int) -> Data:
        """A copy of what the alias names, so that each use has recorder of its own."""
        recorder = self.recorder
        if recorder is not None:
            recorder.leaf(event.start_mark.index, event.end_mark.index)
        anchored = self.anchors.get(event.anchor)
        if anchored is None:
            fault = loader_findings.self_alias if event.anchor in self.anchors else loader_findings.unknown_alias
            self._broken(fault(self._spot(event), event.anchor))
            return self._numbered(Map(), line)  # with an empty mapping even `<<` is content
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

        def again(data: Data) -> Data:
            return self._copy(data, depth + 1, data.line, alias) if isinstance(data, Map | Seq) else data

        copy: Map | Seq
        if isinstance(source, Map):
            copy = self._numbered(Map(), line)
            copy.update((key, again(value)) for key, value in source.items())
        else:
            copy = self._numbered(Seq(), line)
            copy.extend(map(again, source))
        if self.recorder is not None:
            self.recorder.copy(source.node, copy.node, self.recorder.last[:2])
        return copy

    def _merge(self, data: Map, value: Data, event: Any) -> set[str]:
        """Take over the entries of `<<` that the mapping lacks; the keys it took."""
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
        """Note an anchor, refuse a tag."""
        # Of the same name the anchor that began last counts, and a container is complete after what it holds.
        if event.anchor is not None and (written is not None or self.anchors[event.anchor] is None):
            self.anchors[event.anchor] = _Anchored(data, written, None if self.recorder is None else self.recorder.last)
        if event.tag is not None:
            self.findings.append(loader_findings.tag(self.text, event.start_mark.index))
            self.hole = self.hole or data is None  # the text itself has been taken for a tag

    def _checked(self, event: Any) -> str:
        """The text of a scalar that may hold stand-ins, or by an escape what XML cannot carry."""
        text: str = event.value.translate(self.text.stand_ins)
        if bad := NOT_XML.search(text):
            self.findings.append(invisible(bad.group(), self._spot(event)))
        return text

    def _numbered(self, container: _C, line: int) -> _C:
        container.node = self.count
        container.line = line
        self.count += 1
        return container

    def _start(self, event: Any) -> int:
        """Where a node begins, behind its anchor and tag."""
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
        """Report what leaves a hole in the data, where later passes would find faults that are none."""
        self.findings.append(finding)
        self.hole = True
