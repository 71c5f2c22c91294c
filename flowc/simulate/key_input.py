"""The input of a gather, key by key: what has come so far, and when the carrier continues.

Settings of carrier.yaml give the times: `timeout` for the first key, `further` for each key after it (default: the
same), and `whole` for the whole input from the end of the prompt on. `retries` is how often the carrier asks before the
call continues after the gather, and `valid` are the keys that an input may contain.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowc.diagnostics.records import NamedTuple

SECOND = 1000


class KeyInput(NamedTuple):
    """What a caller has entered: the keys, and when the gather began to listen and the last key came.

    Times are in milliseconds since the call began. `last` is None before the first key. `attempt` counts how often the
    carrier has asked, this time included.
    """

    since: int
    keys: str = ""
    last: int | None = None
    attempt: int = 1

    def plus(self, key: str, at: int) -> KeyInput:
        """Return the input with one more key."""
        return self._replace(keys=self.keys + key, last=at)

    def is_valid(self, settings: Mapping[str, str]) -> bool:
        """Whether the carrier accepts all of the keys."""
        return set(self.keys) <= set(settings.get("valid", self.keys))

    def is_last(self, settings: Mapping[str, str]) -> bool:
        """Whether the carrier does not ask again."""
        return self.attempt >= int(settings.get("retries", "1"))

    def is_complete(self, settings: Mapping[str, str]) -> bool:
        """Whether the most keys that the gather accepts have come."""
        return len(self.keys) >= int(settings["digits"])

    def deadline(self, settings: Mapping[str, str]) -> int:
        """Return when the carrier continues if no further key comes."""
        return min(moment for moment in (self._whole(settings), self._next(settings)) if moment is not None)

    def is_lost(self, settings: Mapping[str, str]) -> bool:
        """Whether nothing has been entered at the deadline: no key came, or the time for the whole input is over."""
        following = self._next(settings)
        return self.last is None or following is None or following > self.deadline(settings)

    def _whole(self, settings: Mapping[str, str]) -> int | None:
        """Return when the time for the whole input is over, if there is one."""
        return self.since + int(settings["whole"]) * SECOND if "whole" in settings else None

    def _next(self, settings: Mapping[str, str]) -> int | None:
        """Return when the next key must have come, if there is a time for it."""
        time = settings.get("timeout") if self.last is None else settings.get("further") or settings.get("timeout")
        return None if time is None else (self.since if self.last is None else self.last) + int(time) * SECOND
