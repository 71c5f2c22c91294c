"""The files of a calendar: rotas as comma-separated values, and iCalendar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from flowc.diagnostics.findings import MOST_FAULTS, Finding, too_many
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location
from flowc.diagnostics.wording import shown
from flowc.flow.lists import Lists, damage, no_rows, place_of
from flowc.flow.values import Setting, is_name
from flowc.hours.rules import DAY, DateRule, TimedRule, whole_days
from flowc.hours.table import Doubt
from flowc.hours.zones import ZoneClock

#: The columns of a rota.
_COLUMNS = ("from", "to", "is")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([01]?[0-9]|2[0-4]):([0-5][0-9])(?::00)?)?")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_FORM = "Write 2026-12-24, or with a time 2026-12-24 17:00; format the column as text."


class FileRules(NamedTuple):
    """The rules that a file contains: those of whole days, and those with times."""

    dates: Sequence[DateRule] = ()
    timed: Sequence[TimedRule] = ()


class _RotaTime(NamedTuple):
    """A day (an ordinal), and the minute of it; None: the whole day."""

    day: int
    minute: int | None


def read_events_of(path: Setting, word: str, clock: ZoneClock, days: tuple[int, int], lists: Lists) -> FileRules:
    """Return the events of an iCalendar file between two days. FC392 if it cannot be read."""
    from flowc.hours.ical import MissingPackages, read_events  # flows without hours do not need it

    file = lists.file(path, "FC392")
    if file is None:
        return FileRules()
    try:
        events = read_events(file, word, clock, *days)
    except MissingPackages:
        message = "iCalendar files need the extra ical of flowc"
        lists.findings.append(Finding("FC392", path.at, message, "Run: pip install 'flowc[ical]'"))
        return FileRules()
    lists.findings += events.findings
    return FileRules(events.dates, events.timed)


def read_rota(path: Setting, clock: ZoneClock, until: int, lists: Lists) -> FileRules:
    """Return the rows of a rota. FC370 if the file cannot be used, FC371 for a wrong row, or one after the last day."""
    known = len(lists.findings)
    sheet = lists.sheet(path, [Setting("", column, path.at) for column in _COLUMNS])
    if sheet is None:
        return FileRules()
    places = [sheet.names.index(column) for column in _COLUMNS]
    rules: tuple[list[DateRule], list[TimedRule]] = ([], [])
    for line, row in sheet.rows:
        if not any(row):
            continue
        cells = [row[index] if index < len(row) else "" for index in places]
        places_of = [place_of(sheet.file, line, cell) for cell in cells]
        faults = [fault for fault in map(_fault, _COLUMNS, cells, places_of) if fault is not None]
        if not faults and _rota_time(cells[0]).day > until:
            message = f"{cells[0]} is after the end of this calendar"
            help_ = "Write a later date after until:, or remove the row."
            faults = [Finding("FC371", places_of[0], message, help_)]
        lists.findings += faults
        if not faults:
            _row(cells, (*places_of, place_of(sheet.file, line, "")), clock, lists, rules)
        if len(lists.findings) - known >= MOST_FAULTS:
            lists.findings.append(too_many(sheet.file))
            break
    if not any(rules) and len(lists.findings) == known:
        lists.findings.append(no_rows(path, "time"))
    return FileRules(*rules)


def _fault(column: str, text: str, at: Location) -> Finding | None:
    """Return FC371 for a cell that is neither a time nor (in the last column) a word."""
    found = damage(text)
    if found is not None:
        return Finding("FC371", at, f"{shown(text)} {found[0]}", _FORM if column != "is" else found[1])
    if not text:
        return Finding("FC371", at, f"this row has no {column}", "Write it, or remove the row.")
    if column == "is":
        if is_name(text):
            return None
        name = _NOT_IN_A_NAME.sub("-", text.lower()).strip("-")
        help_ = f"Write {name}." if is_name(name) else "Write lower-case letters, digits and hyphens."
        return Finding("FC371", at, f"{shown(text)} is not a valid name", help_)
    match = _MOMENT.fullmatch(text)
    if match is None:
        return Finding("FC371", at, f"the {column} {shown(text)} is not a date", _FORM)
    try:
        date.fromisoformat(match[1])
    except ValueError:
        return Finding("FC371", at, f"there is no date {match[1]}", "Check the month and the day.")
    return None


def _row(
    cells: Sequence[str],
    at: Sequence[Location],
    clock: ZoneClock,
    lists: Lists,
    rules: tuple[list[DateRule], list[TimedRule]],
) -> None:
    """Add the rule of a row; `at` are the places of its cells, and of the row."""
    start, end, word = _rota_time(cells[0]), _rota_time(cells[1]), cells[2]
    if start.minute is None and end.minute is None and start.day <= end.day:
        rules[0].append(whole_days(start.day, end.day, word, at[-1]))
        return
    begins = clock.instant(start.day, start.minute or 0)
    ends = clock.instant(end.day, DAY if end.minute is None else end.minute)
    if ends <= begins:
        help_ = "Exchange from and to, or write the next day."
        lists.findings.append(Finding("FC371", at[1], f"this row ends before it begins, at {cells[0]}", help_))
        return
    for moment, place in ((start, at[0]), (end, at[1])):
        if moment.minute is not None and moment.minute % DAY:
            change = clock.doubtful(moment.day, moment.minute)
            if change is not None:
                lists.findings.append(doubtful(Doubt(place, moment.day, moment.minute, change), clock.name))
    rules[1].append(TimedRule(begins, ends, word, at[-1]))


def doubtful(doubt: Doubt, zone: str) -> Finding:
    """Return FC388 for a time that the clocks skip or repeat."""
    day = date.fromordinal(doubt.day)
    time = f"{doubt.minute // 60:02}:{doubt.minute % 60:02}"
    if doubt.change.is_gap:
        counts = doubt.minute + (doubt.change.after - doubt.change.before) // 60
        message = f"{time} does not exist in {zone} on {day}, when the clocks go forward"
        help_ = f"It counts as {counts // 60:02}:{counts % 60:02} there. Choose a time before or after it."
        return Finding("FC388", doubt.at, message, help_)
    message = f"{time} is twice in {zone} on {day}, when the clocks go back"
    return Finding("FC388", doubt.at, message, "The first of the two counts. Choose a time before or after them.")


def _rota_time(text: str) -> _RotaTime:
    match = _MOMENT.fullmatch(text)
    assert match is not None, "the cell is checked"
    minute = None if match[2] is None else int(match[2]) * 60 + int(match[3])
    return _RotaTime(date.fromisoformat(match[1]).toordinal(), minute)
