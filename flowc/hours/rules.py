"""The rules of a calendar. Days are ordinals of dates, times are minutes since the midnight that begins the day."""

from __future__ import annotations

from datetime import date

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location

#: The minutes of a day by the calendar.
DAY = 24 * 60
#: The first day of a table: no flow with hours is older. A fixed day, since a build does not read the clock.
FIRST_DAY = date(2026, 1, 1).toordinal()
#: The years in which calendars can be.
FIRST_YEAR, LAST_YEAR = 1970, 2199
#: The word of a rule without `is:`, and that of all other times without `else:`.
OPEN, CLOSED = "open", "closed"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WeeklyRule(NamedTuple):
    """A word on some days of the week (0: Monday). An end after `DAY` is on the next day."""

    days: tuple[int, ...]
    start: int
    end: int
    word: str
    at: Location


class DateRule(NamedTuple):
    """A word on some dates, the last one included. An end after `DAY` is on the day after each date."""

    first: int
    last: int
    start: int
    end: int
    word: str
    at: Location


def whole_days(first: int, last: int, word: str, at: Location) -> DateRule:
    """Return the rule of whole days."""
    return DateRule(first=first, last=last, start=0, end=DAY, word=word, at=at)


class TimedRule(NamedTuple):
    """A word from one instant (seconds since 1970) to another: a row of a rota, or an event with times."""

    start: int
    end: int
    word: str
    at: Location


class Calendar(NamedTuple):
    """A calendar. `weekly` counts on dates without a rule of their own, which `dates` and `file_dates` have.

    `dates` are written in the flow. They precede `file_dates` and `timed`, which come from files. `otherwise` is the
    word at all other times from `since` to `until`, and `after` the word from then on.
    """

    zone: str
    weekly: tuple[WeeklyRule, ...]
    dates: tuple[DateRule, ...]
    file_dates: tuple[DateRule, ...]
    timed: tuple[TimedRule, ...]
    otherwise: str
    since: int
    until: int
    after: str
