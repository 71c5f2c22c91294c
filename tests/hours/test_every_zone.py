"""Tables of calendars in every IANA zone over five years, held against a direct evaluation (judge.py)."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.hours.rules import DAY, Calendar, DateRule, TimedRule, WeeklyRule, whole_days
from flowc.hours.table import compile_table
from flowc.hours.zones import ZoneClock, zone_names
from tests.hours.judge import Judge, zones

SINCE, UNTIL = date(2026, 1, 1).toordinal(), date(2030, 12, 31).toordinal()
WORDS = ("open", "lunch", "night", "holiday", "amy")
#: The zones are judged in parts, which may run at the same time.
PARTS = 6
#: Every run of the tests judges one zone of so many.
FEWER = 4
#: Random instants for all zones together: in every run of the tests, and in `make hours`.
SMALL, LARGE = 100_000, 1_000_000
_AT = NodeRef(SourceFile("hours", b""), 0)
ZONES = sorted(zones())


def _times(random: Random, most: int) -> list[tuple[int, int]]:
    """Times of a day that do not overlap; clocks change at night, so many of them are early."""
    edges = sorted(random.sample(range(0, 300, 15), 4) + random.sample(range(300, most), random.choice((0, 2))))
    return list(zip(edges[::2], edges[1::2], strict=True))


def _calendar(zone: str, random: Random) -> Calendar:
    weekly = []
    for day in range(7):
        for start, end in _times(random, DAY):
            weekly.append(WeeklyRule((day,), start, end, random.choice(WORDS), _AT))
    # What continues past midnight ends before anything of the next day begins.
    for day in range(7):
        begins = min(rule.start for rule in weekly if rule.days == ((day + 1) % 7,))
        ends = max(rule.end for rule in weekly if rule.days == (day,))
        if begins and ends < DAY - 1:
            weekly.append(WeeklyRule((day,), random.randrange(ends, DAY - 1), DAY + begins, random.choice(WORDS), _AT))
    days = random.sample(range(SINCE, UNTIL), 40)
    # Days around changes of the clocks are named more often.
    days += [
        date.fromordinal(change.at // 86_400 + 719_163).toordinal() for change in ZoneClock(zone, SINCE, UNTIL).changes
    ][:4]
    dates = []
    for day in sorted(set(days[:20] + days[40:])):
        for start, end in _times(random, DAY):
            rule = DateRule(first=day, last=day, start=start, end=end, word=random.choice(WORDS), at=_AT)
            dates.append(rule)
        if random.random() < 0.5:
            dates[-1] = dates[-1]._replace(end=DAY + random.randrange(1, 400))
    files = [whole_days(day, day, random.choice(WORDS), _AT) for day in days[20:40]]
    clock = ZoneClock(zone, SINCE, UNTIL)
    taken = {rule.first + shift for rule in files for shift in (-1, 0, 1)}
    timed = [
        TimedRule(clock.instant(day, 600), clock.instant(day + 1, 120), random.choice(WORDS), _AT)
        for day in range(SINCE + 3, UNTIL, 97)
        if not {day, day + 1} & taken
    ]
    return Calendar(
        zone=zone,
        weekly=tuple(weekly),
        dates=tuple(dates),
        file_dates=tuple(files),
        timed=tuple(timed),
        otherwise="closed",
        since=SINCE,
        until=UNTIL,
        after="gone",
    )


def _differences(zone: str, instants: int, all_boundaries: bool) -> list[str]:
    random = Random(zone)
    calendar = _calendar(zone, random)
    compiled = compile_table(calendar)
    table, judge = compiled.table, Judge(calendar)
    changes = [change.at for change in table.changes]
    moments = [random.randrange(changes[0], changes[-1] + 86_400) for _ in range(instants)]
    # Each boundary, one second before it and one after; if not all, those next to changes of the clocks, and some.
    near = [change.at for change in ZoneClock(zone, SINCE, UNTIL).changes]
    if not all_boundaries:
        close = [at for at in changes if any(abs(at - other) < 43_200 for other in near)]
        changes = [*close, *random.sample(changes, 20)]
    moments += [at + shift for at in (*changes, *near) for shift in (-1, 0, 1) if at + shift >= table.changes[0].at]
    return [
        f"{zone} at {at}: {table.word(at)}, not {judge.word(at)}" for at in moments if table.word(at) != judge.word(at)
    ]


def _judged(part: int, instants: int, all_boundaries: bool) -> list[str]:
    own = ZONES[part :: PARTS if all_boundaries else FEWER * PARTS]
    return [fault for zone in own for fault in _differences(zone, instants // len(ZONES) + 1, all_boundaries)]


@pytest.mark.parametrize("part", range(PARTS))
def test_tables_say_what_rules_say(part: int) -> None:
    assert _judged(part, SMALL, all_boundaries=False) == []


@pytest.mark.proof
@pytest.mark.parametrize("part", range(PARTS))
def test_tables_say_what_rules_say_everywhere(part: int) -> None:
    assert _judged(part, LARGE, all_boundaries=True) == []


def test_every_zone_is_judged() -> None:
    assert {name for names in zones().values() for name in names} == set(zone_names())
    assert len(zone_names()) > 590
