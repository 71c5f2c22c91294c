"""The input of a gather, key by key: what has come so far, and when the carrier goes on.

A gather says its times by three names of carrier.yaml: `timeout` is for the first key, `further` for each key after it
(left out: the same), and `whole` for the whole input, from the end of the prompt on. `retries` is how often the carrier
asks before the call goes on after the gather, and `valid` are the keys that an input may have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SECOND = 1000


class Typed(NamedTuple):
    """What a caller has entered: the keys, and when the gather began to listen and the last key came.

    Times are in milliseconds since the call began. `last` is None before the first key. `asked` counts how often the
    carrier has asked, this time included.
    """

    since: int
    keys: str = ""
    last: int | None = None
    asked: int = 1

    def plus(self, key: str, at: int) -> Typed:
        """The input with one more key."""
        return self._replace(keys=self.keys + key, last=at)

    def is_valid(self, words: Mapping[str, str]) -> bool:
        """Whether the carrier takes all of the keys."""
        return set(self.keys) <= set(words.get("valid", self.keys))

    def is_last(self, words: Mapping[str, str]) -> bool:
        """Whether the carrier does not ask again."""
        return self.asked >= int(words.get("retries", "1"))

    def is_complete(self, words: Mapping[str, str]) -> bool:
        """Whether as many keys have come as are taken."""
        return len(self.keys) >= int(words["digits"])

    def deadline(self, words: Mapping[str, str]) -> int:
        """When the carrier goes on if nothing more comes."""
        return min(moment for moment in (self._whole(words), self._next(words)) if moment is not None)

    def is_lost(self, words: Mapping[str, str]) -> bool:
        """Whether nothing has been entered at the deadline: no key came, or the time for the whole input is over."""
        following = self._next(words)
        return self.last is None or following is None or following > self.deadline(words)

    def _whole(self, words: Mapping[str, str]) -> int | None:
        """When the time for the whole input is over, if there is one."""
        return self.since + int(words["whole"]) * SECOND if "whole" in words else None

    def _next(self, words: Mapping[str, str]) -> int | None:
        """When the next key must have come, if there is a time for it."""
        time = words.get("timeout") if self.last is None else words.get("further") or words.get("timeout")
        return None if time is None else (self.since if self.last is None else self.last) + int(time) * SECOND
