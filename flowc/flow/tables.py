"""Tables: rows of values with typed columns, written in YAML or in a file of comma-separated values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from flowc.diagnostics.characters import cleaned
from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef
from flowc.diagnostics.wording import listing, shown, suggestion, written
from flowc.flow.callees import is_prefix
from flowc.flow.lists import Lists, damage, place_of
from flowc.flow.values import Setting
from flowc.project.variables import LoadedFile, Scalar, converted_to
from flowc.syntax import Data, Map, Seq


class _Type(NamedTuple):
    """What a cell of a type contains: as a pattern, and in words."""

    pattern: re.Pattern[str]
    wanted: str
    help: str


_TYPES = {
    "text": _Type(re.compile(r".*", re.DOTALL), "text", ""),
    "digits": _Type(re.compile(r"[0-9*#]{1,32}"), "keys of a telephone", "Write digits, * and # only, such as 101."),
    "phone": _Type(
        re.compile(r"\+?[0-9]{2,15}|short:[0-9]+|sips?:\S+|client:\S+"),
        "a telephone number or a SIP address",
        "Write a plus, the country code and the number, such as +12025550123.",
    ),
    "url": _Type(re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"), "an absolute URL", "Write it with https://."),
    "integer": _Type(
        re.compile(r"0|-?[1-9][0-9]{0,17}"),
        "a whole number",
        "Write it without a decimal point and without leading zeros, such as 4.",
    ),
    "boolean": _Type(re.compile(r"true|false"), "true or false", "Write true or false."),
    "duration": _Type(
        re.compile(r"[0-9]+|(?=[0-9])([0-9]+h)?([0-9]+m(?!s))?([0-9]+s)?([0-9]+ms)?"),
        "a time",
        "Write a time such as 20s or 5m.",
    ),
}
#: Types whose values spreadsheet programs damage.
_DAMAGED = ("digits", "phone")
#: What people put between the digits of a number.
_BETWEEN = re.compile(r"[\s()./-]")


class TableCell(NamedTuple):
    """A value of a row, and where it is written."""

    value: Scalar
    at: Location


class DataRow(NamedTuple):
    """A row of a table: its cells by the names of their columns."""

    cells: Mapping[str, TableCell]


class DataTable(NamedTuple):
    """A table: its columns with their types, and its rows; `at` is its name."""

    name: str
    columns: Mapping[str, str]
    rows: tuple[DataRow, ...]
    at: NodeRef

    @property
    def blank(self) -> DataRow:
        """A row without values."""
        return DataRow({name: TableCell("", self.at) for name in self.columns})

    def column(self, name: str, at: NodeRef) -> Iterator[Finding]:
        """FC378 a column that the table does not have."""
        if name not in self.columns:
            help_ = suggestion(name, self.columns) or f"Its columns are {listing(self.columns, 'and')}."
            yield Finding("FC378", at, f"the table {self.name} has no column {shown(name)}", help_, self.declared)

    def callees(self, at: NodeRef) -> Iterator[Finding]:
        """FC370 a table without rows, where a call names its callees."""
        if not self.rows:
            message = f"the table {self.name} has no rows, so this call has no callees"
            help_ = "Add a row for each callee, or remove the call."
            yield Finding("FC370", at, message, help_, self.declared)

    @property
    def declared(self) -> tuple[Related, ...]:
        """Where the table is declared, for a finding elsewhere."""
        return (Related(self.at, "declared here"),)

    def keys(self, column: str) -> Iterator[Finding]:
        """FC379 a key of two rows."""
        first: dict[str, Location] = {}
        for row in self.rows:
            cell = row.cells[column]
            key = written(cell.value)
            key = key.removeprefix("+") if self.columns[column] == "phone" else key
            if key in first:
                message = f"two rows of the table {self.name} have the {column} {shown(written(cell.value))}"
                yield Finding("FC379", cell.at, message, "Keep one of them.", (Related(first[key], "the other one"),))
            first.setdefault(key, cell.at)


def read_table(document: LoadedFile, name: str, entry: Map, at: NodeRef, lists: Lists) -> DataTable | None:
    """A table that its schema has accepted; None where it cannot be used. What is wrong is added to `lists`."""
    where = NodeRef(document.file, entry.node)
    columns = {column: str(kind) for column, kind in cast(Map, entry["columns"]).items()}
    if "csv" in entry:
        rows = _from_file(Setting("csv", str(entry["csv"]), where.of("csv")), entry, columns, document, lists)
    else:
        rows = _inline(document, cast(Seq, entry["rows"]), columns, lists)
    # A table whose rows are all wrong is not an empty one.
    return None if rows is None or (not rows and lists.findings) else DataTable(name, columns, rows, at)


def _from_file(
    path: Setting, entry: Map, columns: Mapping[str, str], document: LoadedFile, lists: Lists
) -> tuple[DataRow, ...] | None:
    block = NodeRef(document.file, cast(Map, entry["columns"]).node)
    known = len(lists.findings)
    sheet = lists.sheet(path, [Setting("", column, block.name(column)) for column in columns])
    if sheet is None:
        return None
    places = {column: sheet.names.index(column) for column in columns}
    rows: list[DataRow] = []
    for line, values in sheet.rows:
        if not any(values):
            continue
        cells: dict[str, TableCell] = {}
        for column, index in places.items():
            text = values[index] if index < len(values) else ""
            cell = _cell(text, columns[column], column, place_of(sheet.file, line, text, index), lists)
            if cell is not None:
                cells[column] = cell
        if len(cells) == len(columns):
            rows.append(DataRow(cells))
        if len(lists.findings) - known >= MOST_FAULTS:
            lists.findings.append(too_many(sheet.file))
            break
    return tuple(rows)


def _inline(document: LoadedFile, entries: Seq, columns: Mapping[str, str], lists: Lists) -> tuple[DataRow, ...]:
    rows = []
    for index, entry in enumerate(entries):
        values = cast(Map, entry)
        where = NodeRef(document.file, values.node)
        for column in values:
            if column not in columns:
                help_ = suggestion(column, columns) or f"The columns are {listing(columns, 'and')}."
                message = f"the table has no column {shown(column)}"
                lists.findings.append(Finding("FC378", where.name(column), message, help_))
        cells: dict[str, TableCell] = {}
        for column, kind in columns.items():
            at = where.of(column) if column in values else NodeRef(document.file, entries.node, index)
            cell = _cell(_text(values.get(column)), kind, column, at, lists)
            if cell is not None:
                cells[column] = cell
        if len(cells) == len(columns):
            rows.append(DataRow(cells))
    return tuple(rows)


def _text(value: Data) -> str:
    return "" if value is None or isinstance(value, (Map, Seq)) else written(value)


def _cell(text: str, kind: str, column: str, at: Location, lists: Lists) -> TableCell | None:
    """A cell of this type; None (and FC371) where the text has another type."""
    known = _TYPES[kind]
    text = text.lower() if kind == "boolean" else text  # Excel writes TRUE
    found = damage(text) if kind in _DAMAGED else None
    if found is not None:
        what, help_ = found
        inline = isinstance(at, NodeRef)
        lists.findings.append(Finding("FC371", at, f"{shown(text)} {what}", known.help if inline else help_))
    elif not text and kind != "text":
        lists.findings.append(Finding("FC371", at, f"this row has no {column}", f"Write {known.wanted}."))
    elif not known.pattern.fullmatch(text):
        message = f"the {column} {shown(text)} is not {known.wanted}"
        lists.findings.append(Finding("FC371", at, message, _corrected(text, known)))
    else:
        value = converted_to(kind, text)
        return TableCell(text if value is None else value, at)
    return None


def _corrected(text: str, known: _Type) -> str:
    if known is _TYPES["phone"] and is_prefix(text):
        return "Give the column the type text: a prefix is not a number."
    plain = _BETWEEN.sub("", cleaned(text))
    certain = known is _TYPES["digits"] or (known is _TYPES["phone"] and plain.startswith("+"))
    return f"Write {plain}." if certain and plain != text and known.pattern.fullmatch(plain) else known.help
