"""Calendars as a flow or a project file writes them: read, checked, and compiled to tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import cast

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef
from flowc.diagnostics.wording import alike, nearest, shown
from flowc.flow.lists import Lists
from flowc.flow.rota import doubtful, read_events_of, read_rota
from flowc.flow.values import Setting
from flowc.hours.rules import (
    CLOSED,
    DAY,
    FIRST_DAY,
    FIRST_YEAR,
    LAST_YEAR,
    OPEN,
    WEEKDAYS,
    Calendar,
    DateRule,
    TimedRule,
    WeeklyRule,
)
from flowc.hours.table import Compiled, Overlap, WordTable, compile_table
from flowc.hours.zones import ZoneClock, zone_data_version, zone_info, zone_names
from flowc.project.variables import LoadedFile
from flowc.syntax import Map, Seq

#: The most uses of all rules: beyond that, no host takes the table.
_MOST_USES = 100_000
#: The most days of a calendar, about 20 years.
_MOST_DAYS = 7_306
_SEPARATOR = re.compile(r", ?")


class Hours(NamedTuple):
    """A calendar by its name, with its table; `at` is its name, `until_at` its last day.

    `otherwise` is the word of `else:`, `tzdata` the version of the zone data that made the table.
    """

    name: str
    zone: str
    since: int
    until: int
    table: WordTable
    at: NodeRef
    until_at: NodeRef
    otherwise: str
    tzdata: str

    def local(self, at: int) -> datetime:
        """Return the local time of an instant."""
        return datetime.fromtimestamp(at, UTC).astimezone(zone_info(self.zone))


class _Times(NamedTuple):
    """The times of a rule, in minutes."""

    start: int
    end: int


class _Days(NamedTuple):
    """The first and the last of some dates, as ordinals."""

    first: int
    last: int


def read_hours(document: LoadedFile, name: str, entry: Map, at: NodeRef, lists: Lists) -> Hours | None:
    """Return a calendar that its schema has accepted; None if it cannot be used. Findings are added to `lists`."""
    reader = _Reader(document, entry, lists)
    known = len(lists.findings)
    calendar = reader.calendar()
    if calendar is None or any(CODES[one.code].severity is Severity.ERROR for one in lists.findings[known:]):
        return None
    compiled = compile_table(calendar)
    lists.findings += islice(_contradictions(compiled, calendar), MOST_FAULTS)
    if len(compiled.overlaps) >= MOST_FAULTS:
        lists.findings.append(too_many(document.file))
    if compiled.overlaps:
        return None
    return Hours(
        name=name,
        zone=calendar.zone,
        since=calendar.since,
        until=calendar.until,
        table=compiled.table,
        at=at,
        until_at=NodeRef(document.file, entry.node, "until"),
        otherwise=calendar.otherwise,
        tzdata=zone_data_version(),
    )


class _Reader:
    """Reads one calendar."""

    def __init__(self, document: LoadedFile, entry: Map, lists: Lists) -> None:
        self._document = document
        self._entry = entry
        self._lists = lists
        self._where = NodeRef(document.file, entry.node)

    def calendar(self) -> Calendar | None:
        """Return the rules; None if the zone or the first or last day is wrong, and after other findings."""
        entry, zone = self._entry, str(self._entry["zone"])
        since = self._day(str(entry["since"]), self._where.of("since")) if "since" in entry else FIRST_DAY
        until = self._day(str(entry["until"]), self._where.of("until"))
        if zone not in zone_names():
            self._wrong(self._where.of("zone"), f"there is no time zone {shown(zone)}", _zone_meant(zone))
            return None
        if since is None or until is None or not self._fits(since, until):
            return None
        weekly = tuple(self._weekly())
        dates, files, timed = self._dates(ZoneClock(zone, since, until), since, until)
        uses = sum(len(rule.days) for rule in weekly) * ((until - since) // 7 + 1)
        uses += sum(min(rule.last, until) - max(rule.first, since) + 1 for rule in (*dates, *files))
        if uses > _MOST_USES:
            message = f"the rules of this calendar count more than {_MOST_USES:,} times"
            self._wrong(self._where.of("until"), message, "Let it end earlier, or begin later with since:.")
        otherwise = str(entry.get("else", CLOSED))
        return Calendar(
            zone=zone,
            weekly=weekly,
            dates=dates,
            file_dates=files,
            timed=timed,
            otherwise=otherwise,
            since=since,
            until=until,
            after=str(entry.get("after", otherwise)),
        )

    def _fits(self, since: int, until: int) -> bool:
        years = date.fromordinal(since).year, date.fromordinal(until).year
        if years[0] < FIRST_YEAR or years[1] > LAST_YEAR:
            key = "since" if years[0] < FIRST_YEAR else "until"
            message = f"calendars exist from {FIRST_YEAR} to {LAST_YEAR}"
            self._wrong(self._where.of(key), message, "Write another year.")
        elif until < since:
            message = f"this calendar ends before it begins, on {date.fromordinal(since)}"
            self._wrong(self._where.of("until"), message, "Write a later date, or an earlier since:.")
        elif until - since > _MOST_DAYS:
            message = f"this calendar lasts {(until - since) // 365} years, which would make its table too large"
            self._wrong(self._where.of("until"), message, "Let it last at most 20 years, and begin later with since:.")
        else:
            return True
        return False

    def _weekly(self) -> Iterator[WeeklyRule]:
        for row, where in self._rows("weekly"):
            listed = row["days"]
            days = [str(one) for one in listed] if isinstance(listed, Seq) else [str(listed)]
            times = self._times(row, where)
            if times is not None:
                word = str(row.get("is", OPEN))
                yield WeeklyRule(tuple(sorted(set(_weekdays(days)))), times.start, times.end, word, where)

    def _dates(
        self, clock: ZoneClock, since: int, until: int
    ) -> tuple[tuple[DateRule, ...], tuple[DateRule, ...], tuple[TimedRule, ...]]:
        """Return the dates of the flow, those of files, and the times of files."""
        dates: list[DateRule] = []
        files: list[DateRule] = []
        timed: list[TimedRule] = []
        for row, where in self._rows("dates"):
            word = str(row.get("is", OPEN))
            kinds = [kind for kind in ("on", "calendar", "csv") if kind in row]
            extra = [key for key in ("from", "to") if key in row and kinds != ["on"]]
            extra += ["is"] if kinds == ["csv"] and "is" in row else []
            if len(kinds) > 1 or extra:
                one, other = kinds[0], [*kinds[1:], *extra][0]
                help_ = f"Remove {other}:." if extra else "Write them as two items of the list."
                self._found("FC208", where.name(other), f"{one}: and {other}: exclude each other", help_)
            elif kinds == ["on"]:
                days, times = self._days(row, where, until), self._times(row, where)
                if days is not None and times is not None:
                    dates.append(
                        DateRule(
                            first=days.first, last=days.last, start=times.start, end=times.end, word=word, at=where
                        )
                    )
            elif kinds == ["csv"]:
                rota = read_rota(Setting("csv", str(row["csv"]), where.of("csv")), clock, until, self._lists)
                files += rota.dates
                timed += rota.timed
            else:
                path = Setting("calendar", str(row["calendar"]), where.of("calendar"))
                events = read_events_of(path, word, clock, (since, until), self._lists)
                files += events.dates
                timed += events.timed
        return tuple(dates), tuple(files), tuple(timed)

    def _rows(self, key: str) -> Iterator[tuple[Map, NodeRef]]:
        for row in cast(Seq, self._entry.get(key) or Seq()):
            yield cast(Map, row), NodeRef(self._document.file, cast(Map, row).node)

    def _days(self, row: Map, where: NodeRef, until: int) -> _Days | None:
        first_text, _, last_text = str(row["on"]).partition("..")
        at = where.of("on")
        first, last = self._day(first_text, at), self._day(last_text or first_text, at)
        if first is None or last is None:
            return None
        if last < first:
            self._wrong(at, f"{shown(row['on'])} ends before it begins", f"Write {last_text}..{first_text}.")
        elif last > until:
            help_ = "Write a later date after until:, or remove it."
            self._wrong(at, f"{date.fromordinal(last)} is after the end of this calendar", help_)
        return _Days(first, last)

    def _day(self, text: str, at: NodeRef) -> int | None:
        try:
            return date.fromisoformat(text).toordinal()
        except ValueError:
            self._wrong(at, f"there is no date {text}", "Check the month and the day.")
            return None

    def _times(self, row: Map, where: NodeRef) -> _Times | None:
        """Return the times of a row, the whole day if it has none."""
        given = [key for key in ("from", "to") if key in row]
        if not given:
            return _Times(0, DAY)
        if len(given) == 1:
            missing = "to" if given == ["from"] else "from"
            help_ = f"Add {missing}:, or remove {given[0]}: for the whole day."
            self._found("FC202", where.name(given[0]), f'the key "{missing}" is missing', help_)
            return None
        start, end = _minutes(str(row["from"])), _minutes(str(row["to"]))
        written = f"{row['from']} to {row['to']}"
        if start in (DAY, end):
            self._wrong(where.of("to"), f"{written} does not last", "Write 00:00 to 24:00 for the whole day.")
            return None
        if end == 0:
            end = DAY
        if end < start and "is" not in row:
            help_ = "If it ends on the next day, add is: with its word, such as is: open."
            if end < DAY // 2 and end + DAY // 2 > start:
                help_ = f"Write to: {end // 60 + 12}:{end % 60:02} on a 24-hour clock. {help_}"
            self._wrong(where.of("to"), f"{written} ends before it begins", help_)
            return None
        return _Times(start, end if end > start else end + DAY)

    def _wrong(self, at: Location, message: str, help_: str) -> None:
        self._found("FC395", at, message, help_)

    def _found(self, code: str, at: Location, message: str, help_: str) -> None:
        self._lists.findings.append(Finding(code, at, message, help_))


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


def _weekdays(texts: list[str]) -> Iterator[int]:
    for text in (part for listed in texts for part in _SEPARATOR.split(listed)):
        first, _, last = text.partition("-")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        yield from (day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))


def _zone_meant(zone: str) -> str:
    """Return help for an unknown zone: a similar name, or the zone of a city."""
    city = alike(zone.rpartition("/")[2])
    near = nearest(zone, zone_names()) or next((n for n in zone_names() if alike(n.rpartition("/")[2]) == city), "")
    return f"Did you mean {near}?" if near else "Write its IANA name, such as America/New_York."


def _contradictions(compiled: Compiled, calendar: Calendar) -> Iterator[Finding]:
    """FC387 two rules with different words for one time; FC388 a time that the clocks skip or repeat."""
    clock = ZoneClock(calendar.zone, calendar.since, calendar.until)
    for overlap in compiled.overlaps:
        yield _overlap(overlap, clock.local(overlap.at))
    for doubt in compiled.doubts:
        yield doubtful(doubt, calendar.zone)


def _overlap(overlap: Overlap, when: datetime) -> Finding:
    one, other = sorted((overlap.one, overlap.other), key=_order)
    words = overlap.words if one is overlap.one else overlap.words[::-1]
    day = WEEKDAYS[when.weekday()]
    message = f"{day} {when:%Y-%m-%d %H:%M} is {words[1]} here, but {words[0]} by another rule"
    help_ = "Let one of them end before the other begins, or give them one word."
    return Finding("FC387", other, message, help_, (Related(one, "the other one"),))


def _order(at: Location) -> tuple[str, int]:
    return at.file.path, at.node if isinstance(at, NodeRef) else at.span.line if at.span else 0
