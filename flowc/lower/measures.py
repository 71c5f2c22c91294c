"""What calls take: how long they last, how often they dial, ask and speak; and how that is printed."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import counted, lasting, listing
from flowc.flow.values import BundledUrl
from flowc.profiles.speech import FILE_MS


def file_ms(url: object) -> int:
    """Return how long an audio file lasts, in milliseconds; an assumption for a file of another server."""
    return url.ms if isinstance(url, BundledUrl) else FILE_MS


class Measures(NamedTuple):
    """What a call takes: milliseconds in all, in talk and of ringing; dials, prompts, and requests for documents.

    `talking` is the part of `time` in which callers talk to callees, or stay in a room: only a time limit ends it.
    `math.inf` means unbounded.
    """

    time: float = 0
    talking: float = 0
    ringing: float = 0
    dials: float = 0
    prompts: float = 0
    fetches: float = 0

    def plus(self, other: Measures) -> Measures:
        """Return both, one after the other."""
        return Measures(*(one + more for one, more in zip(self, other, strict=True)))

    def times(self, often: int) -> Measures:
        """Return the same so often, one after the other."""
        return Measures(*(often * one for one in self)) if often else Measures()

    def or_more(self, other: Measures) -> Measures:
        """Return the maximum of each measure; `talking` remains the part of the longer call."""
        talking = max((self.time, self.talking), (other.time, other.talking))[1]
        return Measures(*map(max, self, other))._replace(talking=talking)

    def within(self, ms: float) -> Measures:
        """Return the same for a call that is hung up after so many milliseconds."""
        time = min(self.time, ms)
        return self._replace(time=time, talking=min(self.talking, time))

    def length(self) -> str:
        """Return the length of a bounded call in words: `4h22s (including 4h of talking)`."""
        talking = f" (including {lasting(self.talking)} of talking)" if self.talking else ""
        return f"{lasting(self.time)}{talking}"


class WorstCase(NamedTuple):
    """The most that a call can take, and the steps of a loop, the first one again at its end (empty: no loop).

    A loop does not unbound every measure: the dials of one that does not dial remain countable. If there are loops that
    dial, `loop` is one of them.
    """

    most: Measures
    loop: tuple[str, ...]

    def describe(self) -> str:
        """Return the worst case in words: the bounded measures, then the unbounded ones and the loop."""
        most = self.most
        measures: tuple[tuple[str, float, Callable[[], str]], ...] = (
            ("length", most.time, most.length),
            ("ringing", most.ringing, lambda: f"{lasting(most.ringing)} of ringing"),
            ("dials", most.dials, lambda: counted(int(most.dials), "dial")),
            ("prompts", most.prompts, lambda: counted(int(most.prompts), "prompt")),
            ("fetches", most.fetches, lambda: "1 fetch" if most.fetches == 1 else f"{int(most.fetches)} fetches"),
        )
        bounded = ", ".join(words() for _, much, words in measures if much < inf)
        unbounded = [name for name, much, _ in measures if much == inf]
        loop = f" (loop: {' -> '.join(self.loop)})" if self.loop else ""
        return "; ".join(filter(None, (bounded, f"unbounded {listing(unbounded, 'and')}{loop}" if unbounded else "")))
