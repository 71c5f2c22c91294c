"""Read a YAML file as plain data whose nodes know their places.

`load` numbers the containers and keeps their lines only. To locate a node, `locations` reads the same bytes again with
a `SpanRecorder`.
"""

from __future__ import annotations

import re
from dataclasses import replace

import yaml
from yaml.scanner import ScannerError

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile
from flowc.syntax.event_reader import EventReader
from flowc.syntax.nodes import Data
from flowc.syntax.source_text import SourceText, UnreadableFile, decode
from flowc.syntax.span_recorder import SpanRecorder

#: How far the scanner reads ahead, in characters: the maximum length of a key.
_AHEAD = 1024
_OPENS = re.compile(r"[\[{]")


def load(file: SourceFile) -> tuple[Data, list[Finding]]:
    """Return the data of a file and the findings in it; the data is None after an error that leaves a hole."""
    try:
        return read(decode(file), None)
    except UnreadableFile as refused:
        return None, [refused.finding]


def read(text: SourceText, recorder: SpanRecorder | None) -> tuple[Data, list[Finding]]:
    """Like `load`, for a decoded text. Record the wanted spans, and raise AllRecorded when they are complete."""
    reader = EventReader(text, recorder)
    try:
        data = reader.document()
        return (None if reader.hole else data), reader.findings
    except UnreadableFile as refused:
        return None, [*reader.findings, refused.finding]
    except (yaml.YAMLError, ValueError) as error:  # The pure Python parser does not catch ValueError.
        from flowc.syntax.parser_errors import explain, without_repetition

        deep = _too_deep(error, text)
        return None, [*reader.findings, deep] if deep else without_repetition(reader.findings, explain(error, text))


def _too_deep(error: Exception, text: SourceText) -> Finding | None:
    """Return the finding about nesting depth before the error of the scanner, if there is one.

    The scanner reads a part of a line ahead of its events. Because of an error, or of its own limit (since PyYAML
    6.0.4), it may fail before the event that is too deep. The text before the error is therefore read again.
    """
    if not isinstance(error, ScannerError) or error.problem_mark is None:
        return None
    end: int = (error.context_mark or error.problem_mark).index
    if not _OPENS.search(text.text, max(0, end - _AHEAD), end):
        return None
    try:
        EventReader(replace(text, text=text.text[:end]), None).document()
    except UnreadableFile as refused:
        return refused.finding if refused.finding.code == "FC111" else None
    except (yaml.YAMLError, ValueError):
        pass
    return None
