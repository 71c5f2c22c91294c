"""Numbers from files of comma-separated values (RFC 4180, the first row names the columns), each with its place."""

from __future__ import annotations

import csv
import os
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics import Finding
from flowc.load.text import Refused, decode
from flowc.model import Setting
from flowc.project import read
from flowc.source import SourceFile, Span, Spot
from flowc.wording import listing, shown, suggestion


class Cell(NamedTuple):
    """What stands in a row, without the blanks around it, and where."""

    value: str
    at: Spot


class Lists:
    """The files that one flow takes numbers from; `files` are those that were read, as they were."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Paths count from `folder`, the flow's; what lies outside of `root`, the project's, is not read."""
        self.findings: list[Finding] = []
        self.files: dict[Path, bytes] = {}
        self._folder = folder
        self._root = os.path.realpath(root)

    def column(self, path: Setting, column: Setting) -> tuple[Cell, ...]:
        """What a column of a file holds, a cell for every row that is not blank.

        A file that cannot be used (FC370) holds nothing; a row without a value is a finding (FC371) and no cell.
        """
        file = self._file(path)
        if file is None:
            return ()
        try:
            text = decode(file).text
        except Refused as refused:
            self.findings.append(refused.finding)
            return ()
        known = len(self.findings)
        rows = csv.reader(StringIO(text, newline=""), strict=True)
        cells: list[Cell] = []
        try:
            names = [name.strip() for name in next(rows, [])]
            if names.count(str(column.value)) != 1:
                self.findings.append(_no_column(path, column, names))
                return ()
            index = names.index(str(column.value))
            for row in rows:
                value = row[index].strip() if index < len(row) else ""
                at = _spot(file, rows.line_num, value)
                if value:
                    cells.append(Cell(value, at))
                elif any(cell.strip() for cell in row):
                    message = f"this row has no {column.value}"
                    self.findings.append(Finding("FC371", at, message, "Write a number, or take the row out."))
        except csv.Error as error:
            message = f"these are no comma-separated values: {error}"
            help_ = "Put text that holds a comma or a quote in double quotes, and double the quotes in it."
            self.findings.append(Finding("FC370", _spot(file, rows.line_num, ""), message, help_))
        if not cells and len(self.findings) == known:
            message = f"{shown(path.value)} has no row below its first one, which names the columns"
            self.findings.append(Finding("FC370", path.at, message, "Add a row for each number."))
        return tuple(cells)

    def _file(self, path: Setting) -> SourceFile | None:
        named = str(path.value)
        whole = os.path.realpath(self._folder / named)
        if os.path.isabs(named) or os.path.commonpath((whole, self._root)) != self._root:
            help_ = "Put the file into the project's folder, and name it by its path from the flow."
            self.findings.append(Finding("FC370", path.at, f"{shown(named)} lies outside of the project", help_))
            return None
        file, found = read(self._folder / named)
        self.files[self._folder / named] = file.data
        for finding in found:
            message = finding.message.replace("this file", shown(named), 1)
            help_ = "Name the file by its path from the folder of the flow."
            self.findings.append(Finding("FC370", path.at, message, help_))
        return None if found else file


def _no_column(path: Setting, column: Setting, names: list[str]) -> Finding:
    several = str(column.value) in names
    message = f"{shown(path.value)} has {'several columns' if several else 'no column'} {shown(column.value)}"
    help_ = "Name the columns differently in its first row." if several else suggestion(str(column.value), names)
    known = [shown(name) for name in names if name]
    first = f"Its first row names {listing(known, 'and')}." if known else "Write the columns' names into its first row."
    return Finding("FC370", column.at, message, help_ or first)


def _spot(file: SourceFile, line: int, value: str) -> Spot:
    """The value where it stands in the line but once, else the line."""
    text = file.lines[line - 1] if line <= len(file.lines) else ""
    once = bool(value) and text.count(value) == 1
    start, length = (text.index(value), len(value)) if once else (0, len(text))
    return Spot(file, Span(line, start + 1, line, start + 1 + length))
