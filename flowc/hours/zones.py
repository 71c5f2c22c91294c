"""Time zones from the package tzdata, never those of the system, so that a build is the same everywhere."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from flowc.diagnostics.records import NamedTuple

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_MINUTE = 60
_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names of all zones."""
    from importlib.resources import files  # flows without hours do not need it

    return tuple(files("tzdata").joinpath("zones").read_text("utf-8").split())


def zone_data_version() -> str:
    """Return the version of the zone data, such as 2026c."""
    import tzdata

    version: str = tzdata.IANA_VERSION
    return version


@lru_cache(maxsize=64)
def zone_info(name: str) -> ZoneInfo:
    """Return a zone of `zone_names`."""
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


class ClockChange(NamedTuple):
    """An instant at which the clocks of a zone change, with the offsets before and after it in seconds."""

    at: int
    before: int
    after: int

    @property
    def is_gap(self) -> bool:
        """Whether the clocks go forward, so that some times do not exist."""
        return self.after > self.before

    @property
    def skipped(self) -> tuple[int, int]:
        """The local times that do not exist, or that exist twice, in seconds: the first, and the first beyond."""
        low, high = sorted((self.before, self.after))
        return self.at + low, self.at + high


class ZoneClock:
    """The local time of a zone between two days (ordinals). Local times are seconds since 1970 as if in UTC."""

    def __init__(self, name: str, first: int, last: int) -> None:
        """Find the changes of the clocks between the days."""
        self.name = name
        self._zone = zone_info(name)
        begin, end = (first - _EPOCH - 2) * _DAY, (last - _EPOCH + 3) * _DAY
        self.changes = tuple(self._changes(begin, end))
        # Until the later of its two local times, the offset before a change counts (RFC 5545, section 3.3.5).
        self._limits = [change.skipped[1] for change in self.changes]
        self._days = {limit // _DAY for change in self.changes for limit in change.skipped}
        self._offsets = [self._offset(begin), *(change.after for change in self.changes)]

    def _offset(self, at: int) -> int:
        offset = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())

    def _changes(self, begin: int, end: int) -> list[ClockChange]:
        found = []
        before = self._offset(begin)
        for day in range(begin, end, _DAY):
            after = self._offset(day + _DAY)
            if after != before:
                low, high = day, day + _DAY
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (low, middle) if self._offset(middle) == after else (middle, high)
                found.append(ClockChange(high, before, after))
                before = after
        return found

    def instant(self, day: int, minute: int) -> int:
        """Return the instant of a local time. One that does not exist counts by the offset before the gap.

        Of one that exists twice, the first counts.
        """
        local = (day - _EPOCH) * _DAY + minute * _MINUTE
        return local - self._offsets[bisect_right(self._limits, local)]

    def doubtful(self, day: int, minute: int) -> ClockChange | None:
        """Return the change by which a local time does not exist, or exists twice; None for other times.

        The first time of a gap is the instant at which the clocks change, so it is not doubtful.
        """
        local = (day - _EPOCH) * _DAY + minute * _MINUTE
        if local // _DAY not in self._days:
            return None
        index = bisect_right(self._limits, local)
        if index < len(self.changes):
            change = self.changes[index]
            low = change.skipped[0]
            return change if low < local or (low == local and not change.is_gap) else None
        return None

    def local(self, at: int) -> datetime:
        """Return the local time of an instant."""
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)
