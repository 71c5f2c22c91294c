"""What a calendar says at an instant, rule by rule, by zoneinfo alone: no code of the compiler of tables is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from flowc.hours.rules import Calendar


@lru_cache(maxsize=8)
def packaged_zone(name: str) -> ZoneInfo:
    """A zone of the package tzdata."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, name)


def zones() -> dict[str, list[str]]:
    """Every zone, by the first of those that have the same data."""
    same: dict[bytes, list[str]] = {}
    for name in files("tzdata").joinpath("zones").read_text("utf-8").split():
        data = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
        same.setdefault(data, []).append(name)
    return {names[0]: names for names in same.values()}


class Judge:
    """Judges one calendar."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self.zone = packaged_zone(calendar.zone)
        self._instants: dict[tuple[int, int], float] = {}
        self._days: dict[int, list[tuple[int, int, str, int]]] = {}

    def instant(self, day: int, minute: int) -> float:
        """The instant of a local time: the offset before a gap, the first of two."""
        key = (day + minute // 1440, minute % 1440)
        if key not in self._instants:
            local = datetime.combine(date.fromordinal(key[0]), datetime.min.time()) + timedelta(minutes=key[1])
            self._instants[key] = local.replace(tzinfo=self.zone, fold=0).timestamp()
        return self._instants[key]

    def _rules(self, day: int) -> list[tuple[int, int, str, int]]:
        """The rules of a day: start, end, word, and rank."""
        if day not in self._days:
            own = [(one.start, one.end, one.word, 2) for one in self.calendar.dates if one.first <= day <= one.last]
            own = own or [
                (one.start, one.end, one.word, 1) for one in self.calendar.file_dates if one.first <= day <= one.last
            ]
            weekday = date.fromordinal(day).weekday()
            self._days[day] = own or [
                (one.start, one.end, one.word, 0) for one in self.calendar.weekly if weekday in one.days
            ]
        return self._days[day]

    def _covering(self, at: float) -> Iterator[tuple[int, int, int, str]]:
        """The rules that count at an instant: rank, day, start and word."""
        today = datetime.fromtimestamp(at, UTC).astimezone(self.zone).date().toordinal()
        for day in (today - 1, today, today + 1):
            if not self.calendar.since - 1 <= day <= self.calendar.until:
                continue
            after = self._rules(day + 1)
            named = bool(after) and after[0][3] > 0 and day < self.calendar.until
            most = 1440 + min(one[0] for one in after) if named else 9999
            for start, end, word, rank in self._rules(day):
                if self.instant(day, start) <= at < self.instant(day, min(end, most) if end > 1440 else end):
                    yield rank, day, start, word
        for one in self.calendar.timed:
            own = [one.first <= today <= one.last for one in self.calendar.dates]
            if one.start <= at < one.end and not any(own):
                yield 1, today, 0, one.word

    def word(self, at: float) -> str:
        """The word of an instant."""
        calendar = self.calendar
        if at >= self.instant(calendar.until, 1440):
            return calendar.after
        return max(self._covering(at), default=(0, 0, 0, calendar.otherwise))[3]
