"""A calendar as people read it, day by day, and as iCalendar for other programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from flowc.diagnostics.records import NamedTuple
from flowc.flow.hours import Hours
from flowc.hours.rules import DAY, WEEKDAYS
from flowc.hours.zones import ClockChange, ZoneClock


class Period(NamedTuple):
    """A word from one instant to another (seconds since 1970)."""

    start: int
    end: int
    word: str


def periods(hours: Hours, start: int, end: int) -> Iterator[Period]:
    """Yield the words between two instants."""
    changes = list(hours.table.between(start, end))
    ends = (*(change.at for change in changes[1:]), end)
    yield from (Period(change.at, at, change.word) for change, at in zip(changes, ends, strict=True))


def as_text(hours: Hours, first: date, days: int) -> str:
    """Return a line for each day, with a note if the clocks change on it."""
    start = first.toordinal()
    clock = ZoneClock(hours.zone, start, start + days)
    since, until = date.fromordinal(hours.since), date.fromordinal(hours.until)
    lines = [f"{hours.name}: {hours.zone}, from {since} to {until}, then {hours.table.changes[-1].word}\n"]
    for day in range(start, start + days):
        begins, ends = clock.instant(day, 0), clock.instant(day, DAY)
        note = "".join(_note(change) for change in clock.changes if begins <= change.at < ends)
        own = ", ".join(_period(clock, one, begins, ends) for one in periods(hours, begins, ends))
        lines.append(f"  {WEEKDAYS[(day - 1) % 7]} {date.fromordinal(day)}  {own}{note}\n")
    return "".join(lines)


def _period(clock: ZoneClock, period: Period, begins: int, ends: int) -> str:
    if (period.start, period.end) == (begins, ends):
        return period.word
    start = f"{clock.local(period.start):%H:%M}" if period.start > begins else "00:00"
    end = f"{clock.local(period.end):%H:%M}" if period.end < ends else "24:00"
    return f"{start}-{end} {period.word}"


def _note(change: ClockChange) -> str:
    """Return when and how the clocks change."""
    before, after = (datetime.fromtimestamp(change.at + offset, UTC) for offset in (change.before, change.after))
    return f"  (the clocks go {'forward' if change.is_gap else 'back'}: {before:%H:%M} is {after:%H:%M})"


def as_ical(calendars: Sequence[Hours], first: date, days: int) -> str:
    """Return the times of other words than that of `else:` as the events of an iCalendar file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//flowc//hours//EN"]
    for hours in calendars:
        start = first.toordinal()
        clock = ZoneClock(hours.zone, start, start + days)
        for period in periods(hours, clock.instant(start, 0), clock.instant(start + days, 0)):
            if period.word != hours.otherwise:
                lines += _event(hours, period)
    return "".join(f"{line}\r\n" for line in (*lines, "END:VCALENDAR"))


def _event(hours: Hours, period: Period) -> Iterable[str]:
    start, end = (f"{datetime(1970, 1, 1) + timedelta(seconds=at):%Y%m%dT%H%M%SZ}" for at in period[:2])
    yield from ("BEGIN:VEVENT", f"UID:{hours.name}-{start}@flowc", f"DTSTAMP:{start}", f"DTSTART:{start}")
    yield from (f"DTEND:{end}", f"SUMMARY:{hours.name}: {period.word}", "END:VEVENT")
