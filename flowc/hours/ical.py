"""Reads the events of iCalendar files (RFC 5545), with the packages of the extra `ical`."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import SourceFile, Span, TextRange
from flowc.diagnostics.wording import cut
from flowc.hours.rules import DateRule, TimedRule, whole_days
from flowc.hours.zones import ZoneClock

_CODE = "FC392"
_EXPORT = "Export the calendar again, as iCalendar (.ics)."
_NAME = re.compile(r"[A-Za-z0-9-]+[;:]")
_EVENT = "VEVENT"
#: Parts of a rule by which an event begins several times a day, and such frequencies.
_OFTEN = ("BYHOUR", "BYMINUTE", "BYSECOND")
_FREQUENCIES = {"YEARLY": 366, "MONTHLY": 30, "WEEKLY": 7, "DAILY": 1}
#: The most events of a file, and the most times that all of them together may happen, so that none takes minutes.
_MOST_EVENTS, _MOST_TIMES = 3_000, 20_000


class MissingPackages(Exception):
    """The extra `ical` is not installed."""


class Events(NamedTuple):
    """The events of a file: those of whole days, those with times, and what is wrong with the file."""

    dates: tuple[DateRule, ...]
    timed: tuple[TimedRule, ...]
    findings: tuple[Finding, ...]


class _EventBlock(NamedTuple):
    """An event as it is written: the lines of its properties by their names, and its first line."""

    lines: dict[str, int]
    line: int


def read_events(file: SourceFile, word: str, clock: ZoneClock, since: int, until: int) -> Events:
    """Return the events from one day to another, in which each gives the word. Raise MissingPackages."""
    try:
        import icalendar
        import recurring_ical_events  # noqa: F401
    except ImportError as error:
        raise MissingPackages from error
    text = file.data.decode("utf-8", "replace")
    blocks = list(_blocks(file))
    if len(blocks) > _MOST_EVENTS:
        message = f"this calendar has more than {_MOST_EVENTS:,} events"
        return Events((), (), (_finding(file, blocks[_MOST_EVENTS].line, message, "Remove old ones."),))
    with _packaged_zones():
        try:
            calendar: Any = icalendar.Calendar.from_ical(text)
        except (ValueError, KeyError, IndexError) as error:
            return Events((), (), (_broken(file, error),))
        events = calendar.walk(_EVENT)
        if not blocks:
            return Events((), (), (_finding(file, 1, "this calendar has no events", _EXPORT),))
        try:
            faults = [
                fault for event, block in zip(events, blocks, strict=False) for fault in _faults(file, event, block)
            ]
            faults = faults or list(_costs(file, events, blocks, until))
            if faults:
                return Events((), (), tuple(faults[:1]))
            lines = {
                str(one.get("UID", "")): block.line for one, block in reversed([*zip(events, blocks, strict=False)])
            }
            return _expanded(file, calendar, lines, word, clock, since, until)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            return Events((), (), (_broken(file, error),))


@contextmanager
def _packaged_zones() -> Iterator[None]:
    """Let zoneinfo use the package tzdata only: the zones of the system may be older."""
    paths = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath(to=())
        zoneinfo.ZoneInfo.clear_cache()
        yield
    finally:
        zoneinfo.reset_tzpath(to=paths)
        zoneinfo.ZoneInfo.clear_cache()


def _blocks(file: SourceFile) -> Iterator[_EventBlock]:
    """Yield the events in the order of the file."""
    block, depth = _EventBlock({}, 0), 0
    for number, line in enumerate(file.lines, 1):
        name, _, value = line.partition(":")
        if (name.upper(), value.strip().upper()) == ("BEGIN", _EVENT):
            block, depth = _EventBlock({}, number), 1
        elif depth and name.upper() == "BEGIN":
            depth += 1
        elif depth and name.upper() == "END":
            depth -= 1
            if not depth:
                yield block
        elif depth == 1 and _NAME.match(line):
            block.lines.setdefault(re.split("[;:]", line, maxsplit=1)[0].upper(), number)


def _faults(file: SourceFile, event: Any, block: _EventBlock) -> Iterator[Finding]:
    """Yield what is wrong with one event."""
    for name, message in event.errors:
        line = block.lines.get(name, _unparsed(file, block.line) or block.line)
        yield _finding(file, line, f"this line of an event cannot be read: {cut(str(message))}", _EXPORT)
        return
    if "DTSTART" not in event:
        yield _finding(file, block.line, "this event does not say when it begins", "Add DTSTART, or remove the event.")
        return
    for name in ("DTSTART", "DTEND"):
        for one in _listed(event.get(name)):
            zone = one.params.get("TZID") if name in event else None
            if zone and isinstance(one.dt, datetime) and one.dt.tzinfo is None:
                help_ = "Write a zone such as America/New_York."
                yield _finding(file, block.lines.get(name, block.line), f'there is no time zone "{cut(zone)}"', help_)
    start = _listed(event["DTSTART"])[0].dt
    if not isinstance(start, date):
        yield _finding(file, block.lines.get("DTSTART", block.line), "this event does not begin on a date", _EXPORT)
        return
    if isinstance(start, datetime) and not {"DTEND", "DURATION"} & set(event):
        yield _finding(file, block.line, "this event does not say when it ends", "Add DTEND, or remove the event.")
    end = _listed(event.get("DTEND"))
    if end and isinstance(end[0].dt, datetime) == isinstance(start, datetime) and _local(end[0].dt) < _local(start):
        line = block.lines.get("DTEND", block.line)
        yield _finding(file, line, "this event ends before it begins", "Exchange DTSTART and DTEND.")
    for rule in _listed(event.get("RRULE")):
        frequency = str(_listed(rule.get("FREQ", [""]))[0])
        if frequency not in _FREQUENCIES or any(len(_listed(rule.get(part, []))) > 1 for part in _OFTEN):
            help_ = "Let it repeat every day at most."
            yield _finding(file, block.lines.get("RRULE", block.line), "this event repeats several times a day", help_)


def _costs(file: SourceFile, events: list[Any], blocks: list[_EventBlock], until: int) -> Iterator[Finding]:
    """Yield a finding if the repeated events of a file would take too long."""
    times = 0
    for event, block in zip(events, blocks, strict=False):
        for rule in _listed(event.get("RRULE")):
            days = max(until - _listed(event["DTSTART"])[0].dt.toordinal(), 0)
            times += days // _FREQUENCIES[str(_listed(rule["FREQ"])[0])] * _each_time(rule) + 1
            if times > _MOST_TIMES:
                help_ = "Let events begin later, or remove some."
                yield _finding(file, block.line, f"the events up to here happen more than {_MOST_TIMES:,} times", help_)
                return


def _each_time(rule: Any) -> int:
    """Return how often a rule happens in each of its periods, or somewhat more."""
    weekdays = sum(1 if str(day)[:1] in "+-0123456789" else 5 for day in _listed(rule.get("BYDAY")))
    frequency = str(_listed(rule["FREQ"])[0])
    if frequency == "WEEKLY":
        return max(len(_listed(rule.get("BYDAY"))), 1)
    if frequency == "DAILY":
        return 1
    days = max(weekdays, len(_listed(rule.get("BYMONTHDAY"))), 1)
    if frequency == "MONTHLY":
        return min(days, 31)
    others = len(_listed(rule.get("BYYEARDAY"))) + 7 * len(_listed(rule.get("BYWEEKNO")))
    months = len(_listed(rule.get("BYMONTH"))) or (12 if weekdays > 4 else 1)
    return min(days * months + others, 366)


def _expanded(
    file: SourceFile, calendar: Any, lines: dict[str, int], word: str, clock: ZoneClock, since: int, until: int
) -> Events:
    import recurring_ical_events

    dates, timed = [], []
    first, beyond = date.fromordinal(since - 1), date.fromordinal(until + 2)
    for event in recurring_ical_events.of(calendar).between(first, beyond):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        at = _at(file, lines.get(str(event.get("UID", "")), 1))
        start, end = event.start, event.end
        if isinstance(start, datetime):
            timed.append(TimedRule(_instant(start, clock), _instant(end, clock), word, at))
        else:
            last = max((end - timedelta(days=1)).toordinal(), start.toordinal())
            dates.append(whole_days(start.toordinal(), last, word, at))
    return Events(tuple(sorted(dates, key=lambda rule: rule[:2])), tuple(sorted(timed, key=lambda rule: rule[:2])), ())


def _instant(moment: datetime, clock: ZoneClock) -> int:
    """Return an instant to the minute; events often end one second before midnight."""
    moment += timedelta(seconds=30)
    if moment.tzinfo is None:
        return clock.instant(moment.toordinal(), moment.hour * 60 + moment.minute)
    return int(moment.timestamp()) // 60 * 60


def _local(moment: date) -> date:
    """Return a local time without its zone: that of an end is nearly always that of the beginning."""
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else moment


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _broken(file: SourceFile, error: Exception) -> Finding:
    line = _unparsed(file, 1)
    if line:
        return _finding(file, line, "this line is not iCalendar", _EXPORT)
    if str(error).startswith("Found no components"):
        return _finding(file, 1, "this file does not contain a whole calendar", _EXPORT)
    return _finding(file, 1, f"this file cannot be read as a calendar: {cut(str(error).partition(':')[0])}", _EXPORT)


def _unparsed(file: SourceFile, first: int) -> int:
    """Return the first line from one on that has no name of a property and does not continue another; 0 if none."""
    for number, line in enumerate(file.lines[first - 1 :], first):
        if line and not _NAME.match(line) and not (line[0] in " \t" and number > 1):
            return number
    return 0


def _finding(file: SourceFile, line: int, message: str, help_: str) -> Finding:
    return Finding(_CODE, _at(file, line), message, help_)


def _at(file: SourceFile, line: int) -> TextRange:
    text = file.lines[line - 1] if line <= len(file.lines) else ""
    return TextRange(file, Span(line, 1, line, 1 + len(text)))
