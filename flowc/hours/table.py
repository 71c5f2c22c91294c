"""Compiles a calendar to a table: the instants at which its word changes, the same for every host."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from operator import itemgetter

from flowc.diagnostics.findings import MOST_FAULTS
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef
from flowc.hours.rules import DAY, Calendar, DateRule, TimedRule, WeeklyRule
from flowc.hours.zones import ClockChange, ZoneClock

#: What precedes: `weekly`, then files, then dates of the flow.
_WEEKLY, _FILE, _DATE = range(3)


class Change(NamedTuple):
    """An instant (seconds since 1970) from which on a word counts."""

    at: int
    word: str


class Overlap(NamedTuple):
    """Two rules that give a time different words; `at` is the first instant of it."""

    one: Location
    other: Location
    words: tuple[str, str]
    at: int


class Doubt(NamedTuple):
    """A time of a rule that does not exist on a day, or exists twice; `at` is where it is written."""

    at: Location
    day: int
    minute: int
    change: ClockChange


class WordTable:
    """The changes of a calendar in order. Before the first, its word counts already."""

    def __init__(self, changes: Iterable[Change]) -> None:
        """Take changes that are sorted by time."""
        self.changes = tuple(changes)
        self._instants = [change.at for change in self.changes]

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that the calendar can give, in the order in which it first gives them."""
        return tuple(dict.fromkeys(change.word for change in self.changes))

    def word(self, at: int) -> str:
        """Return the word of an instant."""
        return self.changes[max(bisect_right(self._instants, at) - 1, 0)].word

    def between(self, start: int, end: int) -> Iterator[Change]:
        """Yield the word at the start, then the changes up to the end."""
        yield Change(start, self.word(start))
        yield from self.changes[bisect_right(self._instants, start) : bisect_right(self._instants, end - 1)]


class Compiled(NamedTuple):
    """The table of a calendar, rules that contradict each other, and times that the clocks skip or repeat."""

    table: WordTable
    overlaps: tuple[Overlap, ...]
    doubts: tuple[Doubt, ...]


class _RuleSpan(NamedTuple):
    """A use of a rule: its instants, what it precedes, and its local times in minutes since 1 January of the year 1.

    Local times are 0 for a rule from a file, which is written in instants.
    """

    start: int
    end: int
    layer: int
    local: tuple[int, int]
    word: str
    at: Location

    @property
    def precedence(self) -> tuple[int, int]:
        """What decides between rules that count at one time: of rules of one kind the one that begins later."""
        return self.layer, self.local[0] or self.start


class _DayUse(NamedTuple):
    """A use of a rule on a day, with its times."""

    day: int
    start: int
    end: int
    layer: int
    word: str
    at: Location


def compile_table(calendar: Calendar) -> Compiled:
    """Compile a calendar from `since` to `until`, and `after` from then on.

    With too many overlaps, the table is incomplete.
    """
    clock = ZoneClock(calendar.zone, calendar.since, calendar.until)
    start, end = clock.instant(calendar.since, 0), clock.instant(calendar.until, DAY)
    dates = _by_day(calendar.dates, calendar)
    uses = list(_uses(calendar, dates))
    spans = [_span(use, clock) for use in uses]
    spans += _timed(calendar, dates, clock)
    spans = [span for span in spans if span.start < span.end and span.end > start and span.start < end]
    overlaps: dict[tuple[Location, Location], Overlap] = {}
    changes = [Change(start, calendar.otherwise)]
    for at, active in _moments(spans):
        word = _decided(active) if active else calendar.otherwise
        for overlap in _overlaps(active, at) if len(active) > 1 else ():
            overlaps.setdefault((overlap.one, overlap.other), overlap)
            if len(overlaps) >= MOST_FAULTS:
                return Compiled(WordTable(changes), tuple(overlaps.values()), ())
        if at <= start:
            changes = [Change(start, word)]
        elif at < end and word != changes[-1].word:
            changes.append(Change(at, word))
    if changes[-1].word != calendar.after:
        changes.append(Change(end, calendar.after))
    doubts = {doubt.at: doubt for doubt in reversed(list(_doubts(uses, clock)))}
    return Compiled(WordTable(changes), tuple(overlaps.values()), tuple(reversed(doubts.values())))


def _decided(active: list[_RuleSpan]) -> str:
    return active[0].word if len(active) == 1 else max(active, key=lambda span: span.precedence).word


def _by_day(rules: Iterable[DateRule], calendar: Calendar) -> Mapping[int, list[DateRule]]:
    days: defaultdict[int, list[DateRule]] = defaultdict(list)
    for rule in rules:
        for day in range(max(rule.first, calendar.since - 1), min(rule.last, calendar.until) + 1):
            days[day].append(rule)
    return days


def _uses(calendar: Calendar, dates: Mapping[int, list[DateRule]]) -> Iterator[_DayUse]:
    """Yield the rules of each day. What runs past midnight ends where a rule of a named date begins."""
    files = _by_day(calendar.file_dates, calendar)
    weekly: tuple[list[WeeklyRule], ...] = tuple(
        [rule for rule in calendar.weekly if weekday in rule.days] for weekday in range(7)
    )
    before: list[_DayUse] = []
    for day in range(calendar.since - 1, calendar.until + 1):
        rules: Iterable[WeeklyRule | DateRule]
        if day in dates:
            rules, layer = dates[day], _DATE
        elif day in files:
            rules, layer = files[day], _FILE
        else:
            rules, layer = weekly[(day - 1) % 7], _WEEKLY
        uses = [
            _DayUse(day=day, start=rule.start, end=rule.end, layer=layer, word=rule.word, at=rule.at) for rule in rules
        ]
        if layer != _WEEKLY:
            most = DAY + min(use.start for use in uses)
            before = [use._replace(end=min(use.end, most)) for use in before]
        yield from before
        before = uses
    yield from before


def _span(use: _DayUse, clock: ZoneClock) -> _RuleSpan:
    return _RuleSpan(
        start=clock.instant(use.day, use.start),
        end=clock.instant(use.day, use.end),
        layer=use.layer,
        local=(use.day * DAY + use.start, use.day * DAY + use.end),
        word=use.word,
        at=use.at,
    )


def _timed(calendar: Calendar, dates: Mapping[int, list[DateRule]], clock: ZoneClock) -> Iterator[_RuleSpan]:
    """Yield the rules from files with times, without the dates that the flow names."""
    days = [(clock.instant(day, 0), clock.instant(day, DAY)) for day in sorted(dates)]
    for rule in _joined(calendar.timed):
        start = rule.start
        for begins, ends in days:
            if begins < rule.end and ends > start:
                yield _file_span(start, begins, rule)
                start = ends
        yield _file_span(start, rule.end, rule)


def _joined(rules: Iterable[TimedRule]) -> Iterator[TimedRule]:
    """Yield the rules; those that overlap and have the same word as one."""
    joined: dict[str, TimedRule] = {}
    for rule in sorted(rules, key=itemgetter(0)):
        known = joined.get(rule.word)
        if known is not None and rule.start <= known.end:
            joined[rule.word] = known._replace(end=max(known.end, rule.end))
        else:
            if known is not None:
                yield known
            joined[rule.word] = rule
    yield from joined.values()


def _file_span(start: int, end: int, rule: TimedRule) -> _RuleSpan:
    return _RuleSpan(start=start, end=end, layer=_FILE, local=(0, 0), word=rule.word, at=rule.at)


def _moments(spans: list[_RuleSpan]) -> Iterator[tuple[int, list[_RuleSpan]]]:
    """Yield the instants at which a span begins or ends, with those that count from then on."""
    starts = sorted(spans, key=itemgetter(0))
    active: list[_RuleSpan] = []
    index = 0
    for at in sorted({edge for span in spans for edge in (span.start, span.end)}):
        active = [span for span in active if span.end > at]
        while index < len(starts) and starts[index].start == at:
            active.append(starts[index])
            index += 1
        yield at, active


def _overlaps(active: list[_RuleSpan], at: int) -> Iterator[Overlap]:
    """Yield pairs of rules of one kind with different words, unless only a change of the clocks makes them overlap."""
    for index, one in enumerate(active):
        for other in active[index + 1 :]:
            if one.layer == other.layer and one.word != other.word:
                apart = one.local[0] >= other.local[1] or other.local[0] >= one.local[1]
                if not apart or not (one.local[1] and other.local[1]):
                    yield Overlap(one.at, other.at, (one.word, other.word), at)


def _doubts(uses: Iterable[_DayUse], clock: ZoneClock) -> Iterator[Doubt]:
    for use in uses:
        for key, minute in (("from", use.start), ("to", use.end)):
            if minute % DAY and (change := clock.doubtful(use.day, minute)) is not None:
                at = use.at.of(key) if isinstance(use.at, NodeRef) else use.at
                yield Doubt(at, use.day + minute // DAY, minute % DAY, change)
