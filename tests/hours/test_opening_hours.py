"""Calendars, held against another library that reads opening hours: weekly times, nights and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from opening_hours import OpeningHours

from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.hours.rules import DAY, Calendar, DateRule, WeeklyRule, whole_days
from flowc.hours.table import compile_table
from flowc.hours.zones import ZoneClock

_AT = NodeRef(SourceFile("hours", b""), 0)
SINCE, UNTIL = date(2026, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
_WEEK, _WEEKEND = (0, 1, 2, 3, 4), (5, 6)


def _on(month: int, day: int, start: int, end: int) -> DateRule:
    own = date(2026, month, day).toordinal()
    return DateRule(first=own, last=own, start=start, end=end, word="open", at=_AT)


def _closed(month: int, day: int) -> DateRule:
    own = date(2026, month, day).toordinal()
    return whole_days(own, own, "closed", _AT)


#: Rules in the notation of the other library, and the same as records.
CASES = {
    "Mo-Fr 08:30-12:00,13:00-17:00": (
        (WeeklyRule(_WEEK, 510, 720, "open", _AT), WeeklyRule(_WEEK, 780, 1020, "open", _AT)),
        (),
    ),
    "Mo-Fr 08:30-17:00, Fr-Sa 22:00-03:00": (
        (WeeklyRule(_WEEK, 510, 1020, "open", _AT), WeeklyRule((4, 5), 1320, DAY + 180, "open", _AT)),
        (),
    ),
    "24/7": ((WeeklyRule((*_WEEK, *_WEEKEND), 0, DAY, "open", _AT),), ()),
    "Mo-Su 18:00-06:00": ((WeeklyRule((*_WEEK, *_WEEKEND), 1080, DAY + 360, "open", _AT),), ()),
    "Mo-Fr 09:00-17:00; 2026 Dec 25 off; 2026 Jul 03 off": (
        (WeeklyRule(_WEEK, 540, 1020, "open", _AT),),
        (_closed(12, 25), _closed(7, 3)),
    ),
    "Mo-Sa 09:00-17:00; 2026 Dec 24 09:00-12:00; 2026 Dec 27 10:00-14:00": (
        (WeeklyRule((*_WEEK, 5), 540, 1020, "open", _AT),),
        (_on(12, 24, 540, 720), _on(12, 27, 600, 840)),
    ),
}
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("written", CASES)
def test_both_say_the_same(written: str, zone: str) -> None:
    weekly, dates = CASES[written]
    calendar = Calendar(
        zone=zone,
        weekly=weekly,
        dates=dates,
        file_dates=(),
        timed=(),
        otherwise="closed",
        since=SINCE,
        until=UNTIL,
        after="closed",
    )
    compiled = compile_table(calendar)
    assert compiled.overlaps == ()
    clock = ZoneClock(zone, SINCE, UNTIL)
    # On days when the clocks change, the other library has other rules; see test_every_zone.py for these.
    changing = {
        clock.local(change.at).date() + timedelta(days=shift) for change in clock.changes for shift in (-1, 0, 1)
    }
    other = OpeningHours(written)
    different = []
    for step in range(0, (UNTIL - SINCE) * DAY, 15):
        local = datetime.combine(date.fromordinal(SINCE), datetime.min.time()) + timedelta(minutes=step)
        if local.date() in changing:
            continue
        at = clock.instant(local.toordinal(), local.hour * 60 + local.minute)
        for shift in (0, -1) if step else (0,):
            asked = local + timedelta(seconds=shift)
            if asked.date() in changing:
                continue
            own = compiled.table.word(at + shift)
            if own != ("open" if other.is_open(asked) else "closed"):
                different.append((datetime.fromtimestamp(at + shift, UTC), own))
    assert different == []
