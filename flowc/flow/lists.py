"""Reads numbers from CSV files (RFC 4180, the first row names the columns), each with its place."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from flowc.diagnostics.findings import MOST_FAULTS, Finding, too_many
from flowc.diagnostics.reader import FileReader, OutsideFolder
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import SourceFile, Span, TextRange
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.flow.values import Setting
from flowc.project.project import shown_path
from flowc.syntax.source_text import UnreadableFile, decode

#: The first bytes of other files that spreadsheet programs write, and what they are.
_OTHER_FILES = (
    (b"PK\x03\x04", "a workbook of a spreadsheet program (.xlsx or .ods)"),
    (b"\xd0\xcf\x11\xe0", "a workbook of a spreadsheet program (.xls)"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SAVE = "Save it from the spreadsheet as CSV UTF-8, with commas between the values."
_COMMAS = "Separate them with commas. Excel writes semicolons where the system's list separator is one."
_AS_TEXT = "Format the column as text, enter the numbers again, and save it as CSV UTF-8."
#: What spreadsheet programs make of a number, with the message and the help.
_DAMAGED = (
    (
        re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+"),
        "is rounded: a spreadsheet has dropped its last digits",
        _AS_TEXT,
    ),
    (re.compile(r"[0-9]{7,}[.,]0+"), "has decimals: a program has read it as a quantity", _AS_TEXT),
    (re.compile(r"-[0-9]+"), "is a difference: a spreadsheet has read the dashes of a number as minus signs", _AS_TEXT),
    (re.compile(r"#+|#[A-Z/0]+[!?]?"), "is an error value of a spreadsheet", _AS_TEXT),
    (re.compile(r"=.*", re.DOTALL), "is a formula of a spreadsheet", "Write only the number, such as +12025550123."),
    (
        re.compile(r"['\u2019].*"),
        "begins with an apostrophe, by which spreadsheets mark text",
        "Remove the apostrophe.",
    ),
)
#: A cell of a row, in quotes or not; its value is without spaces around it.
_CELL = re.compile(r"""\s*(?:"\s*(?P<quoted>[^"]*?)\s*"|(?P<plain>[^,"]*?))\s*(?:,|\Z)""")
#: The most rows of a file, including blank ones: ten times as many as a carrier accepts for one call.
MOST_ROWS = 10_000
#: The most columns that a message names.
_MOST_COLUMNS = 20


class Cell(NamedTuple):
    """The value of a row in the column, without spaces around it, and its place."""

    value: str
    at: TextRange


class SheetRow(NamedTuple):
    """A row: the line of the file that it ends on, and what its cells contain."""

    line: int
    cells: list[str]


class Sheet(NamedTuple):
    """A file of comma-separated values: the names of its columns, and its rows, blank ones included."""

    file: SourceFile
    names: list[str]
    rows: list[SheetRow]


class Lists:
    """The files from which a flow takes numbers; `files` contains the bytes of those that were read."""

    def __init__(self, reader: FileReader, folder: Path, root: Path) -> None:
        """Paths are relative to `folder`, the flow's; files outside `root`, the project's folder, are not read."""
        self._reader = reader
        self.findings: list[Finding] = []
        self.files: dict[Path, bytes] = {}
        self._folder = folder
        self._root = root

    def sheet(self, path: Setting, columns: Iterable[Setting]) -> Sheet | None:
        """The rows of a file that has these columns; None (and FC370) where the file cannot be used."""
        file = self.file(path)
        if file is None:
            return None
        try:
            text = decode(file).text
        except UnreadableFile as refused:
            self.findings.append(refused.finding)
            return None
        lines = csv.reader(StringIO(text, newline=""), strict=True)
        rows: list[SheetRow] = []
        names: list[str] = []
        try:
            names = [name.strip() for name in next(lines, [])]
            for column in columns:
                if names.count(str(column.value)) != 1:
                    fault = None if str(column.value) in names else _delimited(file, names)
                    self.findings.append(fault or _no_column(path, column, names))
                    return None
            for number, row in enumerate(lines, 1):
                if number > MOST_ROWS:
                    self.findings.append(_too_long(path))
                    return None
                rows.append(SheetRow(lines.line_num, [cell.strip() for cell in row]))
        except csv.Error as error:
            message = f"this is not valid CSV: {error}"
            help_ = "Put text that contains a comma or a quote in double quotes, and double the quotes in it."
            self.findings.append(Finding("FC370", place_of(file, lines.line_num, ""), message, help_))
        return Sheet(file, names, rows)

    def column(self, path: Setting, column: Setting) -> tuple[Cell, ...]:
        """What a column of a file holds, a cell for every row that is not blank.

        A file that cannot be used (FC370) holds nothing; a row without a value is a finding (FC371) and no cell.
        """
        known = len(self.findings)
        sheet = self.sheet(path, (column,))
        if sheet is None:
            return ()
        index = sheet.names.index(str(column.value))
        cells: list[Cell] = []
        damaged: dict[tuple[str, str], list[tuple[str, TextRange]]] = {}
        for line, row in sheet.rows:
            value = row[index] if index < len(row) else ""
            at = place_of(sheet.file, line, value, index)
            if found := damage(value):
                damaged.setdefault(found, []).append((value, at))
            elif value:
                cells.append(Cell(value, at))
            elif any(row):
                message = f"this row has no {column.value}"
                self.findings.append(Finding("FC371", at, message, "Write a number, or remove the row."))
                if len(self.findings) - known >= MOST_FAULTS:
                    self.findings.append(too_many(sheet.file))
                    break
        for (what, help_), ((value, at), *more) in damaged.items():
            others = f" (and {len(more)} more in this column)" if more else ""
            self.findings.append(Finding("FC371", at, f"{shown(value)} {what}{others}", help_))
        if not cells and len(self.findings) == known:
            self.findings.append(no_rows(path, "number"))
        return tuple(cells)

    def file(self, path: Setting, code: str = "FC370") -> SourceFile | None:
        """Return a file of text; None (and a finding with the code) if it cannot be used."""
        named = str(path.value)
        at = self._folder / named
        try:
            if os.path.isabs(named):
                raise OutsideFolder
            file = SourceFile(shown_path(at), self._reader.contents(at, self._root))
        except OutsideFolder:
            help_ = "Put the file into the project's folder, and name it by its path from the flow."
            self.findings.append(Finding(code, path.at, f"{shown(named)} is outside the project", help_))
            return None
        except OSError as error:
            self.files[at] = b""
            message = f"{shown(named)} cannot be read: {(error.strerror or str(error)).lower()}"
            help_ = "Name the file by its path from the folder of the flow."
            self.findings.append(Finding(code, path.at, message, help_))
            return None
        self.files[at] = file.data
        kind = _other_file(file)
        if kind:
            message = f"{shown(path.value)} is {kind}, not text in UTF-8"
            fault = (f"{message} with commas", _SAVE) if code == "FC370" else (message, "Save it as UTF-8.")
            self.findings.append(Finding(code, path.at, *fault))
        return None if kind else file


def _other_file(file: SourceFile) -> str:
    """Return what a file is that is not text in UTF-8; empty for others."""
    kind = next((kind for start, kind in _OTHER_FILES if file.data.startswith(start)), "")
    return kind or ("text in UTF-16" if b"\0" in file.data[:100] else "")


def _delimited(file: SourceFile, names: list[str]) -> Finding | None:
    """Return FC370 for a first row with another separator than commas, or that names the separator."""
    first = ",".join(names)
    if re.fullmatch(r"sep=.?", first):
        help_ = "Delete this row." if first == "sep=," else f"Delete this row. {_SAVE}"
        return Finding(
            "FC370", place_of(file, 1, ""), f"the first row is {shown(first)} and does not name columns", help_
        )
    other = next((name for delimiter, name in _DELIMITERS.items() if len(names) == 1 and delimiter in first), None)
    if other is None:
        return None
    return Finding(
        "FC370", place_of(file, 1, ""), f"the values of this file are separated by {other}, not commas", _COMMAS
    )


def no_rows(path: Setting, what: str) -> Finding:
    """Return FC370 for a file that only names its columns, where a row is needed, such as for each `number`."""
    message = f"{shown(path.value)} has no row after the first one, which names the columns"
    return Finding("FC370", path.at, message, f"Add a row for each {what}.")


def _too_long(path: Setting) -> Finding:
    message = f"{shown(path.value)} has more than {MOST_ROWS:,} rows below its first one"
    return Finding("FC370", path.at, message, "Delete rows that are blank, or divide the file: one file for each call.")


def damage(value: str) -> tuple[str, str] | None:
    """Return what a spreadsheet program has made of a number, and the help for it."""
    return next(((what, help_) for pattern, what, help_ in _DAMAGED if pattern.fullmatch(value)), None)


def _no_column(path: Setting, column: Setting, names: list[str]) -> Finding:
    several = str(column.value) in names
    message = f"{shown(path.value)} has {'several columns' if several else 'no column'} {shown(column.value)}"
    help_ = "Give the columns different names in the first row." if several else suggestion(str(column.value), names)
    known = [shown(name) for name in names if name]
    if len(known) > _MOST_COLUMNS:
        known[_MOST_COLUMNS:] = [f"{len(known) - _MOST_COLUMNS:,} others"]
    first = f"Its first row names {listing(known, 'and')}." if known else "Write the columns' names into its first row."
    return Finding("FC370", column.at, message, help_ or first)


def place_of(file: SourceFile, line: int, value: str, index: int = -1) -> TextRange:
    """Return the place of a value, the cell with this index of the row that ends on a line; else that of the line."""
    text = file.lines[line - 1] if line <= len(file.lines) else ""
    count = text.count(value) if value else 0
    start, end = (text.index(value), text.index(value) + len(value)) if count == 1 else (0, len(text))
    cells = [*_CELL.finditer(text)] if count > 1 else []
    if 0 <= index < len(cells) and value in (cell := cells[index]).groups():
        start, end = cell.span(cell.lastgroup or 0)
    return TextRange(file, Span(line, start + 1, line, end + 1))
