"""The text of a file, and the lines and columns of its offsets as editors show them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import MAX_BYTES, SourceFile, Span, TextRange

#: Characters that XML cannot contain.
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")
# YAML 1.1 (and libyaml) treats these three as line breaks; YAML 1.2 and editors do not.
_NO_BREAKS = re.compile("[\x85\u2028\u2029]")


class UnreadableFile(Exception):
    """An error after which the rest of a file cannot be read."""

    def __init__(self, finding: Finding) -> None:
        """Carry the finding about the error."""
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True, eq=False)
class SourceText:
    """The decoded text of a file, without its byte order mark.

    Characters that libyaml wrongly treats as line breaks are replaced, one for one. `placeholders` is a table for
    `str.translate` that restores them.
    """

    file: SourceFile
    text: str = field(repr=False)
    placeholders: dict[int, str]

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def span(self, start: int, end: int) -> Span:
        """Return the span of a part of the text; offsets after the end count as the end."""
        return Span(*self._position(start), *self._position(max(start, end)))

    def spot(self, start: int, end: int | None = None) -> TextRange:
        """Return the range of a part of the text; by default, and if it is empty, of the character at `start`."""
        if (end is None or end <= start) and self.text[start : start + 1] not in ("", "\r", "\n"):
            end = start + 1
        return TextRange(self.file, self.span(start, end or start))

    def line_start(self, offset: int) -> int:
        """Return the offset of the start of a line."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return the offset of the end of a line, without trailing spaces."""
        match = _LINE_END.search(self.text, offset)
        return offset + len(self.text[offset : match.start() if match else None].rstrip())

    def _position(self, offset: int) -> tuple[int, int]:
        offset = min(offset, len(self.text))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def decode(file: SourceFile) -> SourceText:
    """Decode a file. Raise UnreadableFile if it is too large or not UTF-8."""
    if len(file.data) > MAX_BYTES:
        finding = Finding(
            "FC110",
            TextRange(file),
            f"the file has {len(file.data):,} bytes; at most {MAX_BYTES:,} (4 MiB) are read",
            "Divide it into several files.",
        )
        raise UnreadableFile(finding)
    try:
        text = file.data.decode()
    except UnicodeDecodeError as error:
        before = file.data[: error.start].decode()
        at = SourceText(file, before.removeprefix(_BOM), {}).span(len(before), len(before))
        finding = Finding(
            "FC102",
            TextRange(file, at._replace(end_column=at.column + 1)),
            f"the byte 0x{file.data[error.start]:02X} at line {at.line}, column {at.column} is not UTF-8 text",
            "Save the file again with the encoding UTF-8.",
        )
        raise UnreadableFile(finding) from error
    text = text.removeprefix(_BOM)
    if text.startswith(_BOM):
        raise UnreadableFile(invisible(_BOM, SourceText(file, text, {}).spot(0)))
    placeholders: dict[int, str] = {}
    if strange := set(_NO_BREAKS.findall(text)):
        # A text of at most 4 MiB cannot contain one of these and all 2^20 characters of four bytes.
        free = _absent(text)
        placeholders = {ord(next(free)): char for char in sorted(strange)}
        text = text.translate({ord(char): code for code, char in placeholders.items()})
    return SourceText(file, text, placeholders)


def invisible(char: str, at: TextRange) -> Finding:
    """Return the finding about a character that XML cannot contain."""
    return Finding(
        "FC109",
        at,
        f"the invisible character U+{ord(char):04X} cannot be sent to a carrier",
        "Remove the character; if it came with copied text, type the text again.",
    )


def _absent(text: str) -> Iterator[str]:
    used = set(text)
    return (char for char in map(chr, range(0x10FFFF, 0xFFFF, -1)) if char not in used)
