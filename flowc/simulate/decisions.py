"""What a call asks, what may be chosen, and what is noted of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flowc.profiles.speech import KEY_MS
from flowc.simulate.documents import CarrierRequest, Page
from flowc.simulate.key_input import Typed
from flowc.syntax.markup import Tag


class Pressed(NamedTuple):
    """The caller presses these keys, each so long after the one before (milliseconds)."""

    keys: str
    every: int = KEY_MS


class Spoke(NamedTuple):
    """The caller says this."""

    text: str


class Silent(NamedTuple):
    """The caller does nothing."""


class HungUp(NamedTuple):
    """The caller hangs up."""


class Dialled(NamedTuple):
    """A dial ends so after ringing and talking (seconds); `who` of those called is the one who answered.

    The outcome is completed, busy, no-answer, timeout, failed, canceled, or declined (the callee did not confirm).
    """

    outcome: str
    ring: int = 0
    talk: int = 0
    who: int = 0


class Recorded(NamedTuple):
    """The caller says something for so long (s), or nothing."""

    seconds: int


class Stayed(NamedTuple):
    """The caller stays in the room for so long (s), or finds it full."""

    seconds: int
    full: bool = False


Choice = Pressed | Spoke | Silent | HungUp | Dialled | Recorded | Stayed


class PendingInput(NamedTuple):
    """What the call waits for: the kind (gather, dial, record, room), the element, and the numbers that are dialled.

    `typed` is the input of a gather so far.
    """

    what: str
    element: Tag
    words: Mapping[str, str]
    callees: tuple[Mapping[str, str], ...] = ()
    typed: Typed | None = None


class Ended(NamedTuple):
    """Why a call ended: what happened (hangup, caller, server, ...), and the carrier's own code and words for it."""

    what: str
    code: str
    why: str

    @property
    def is_error(self) -> bool:
        """Whether the carrier gave up the call: a document is missing or cannot be run, or the call runs in a loop.

        So is a call that is left up in silence.
        """
        return self.what in ("loop", "stuck") or self.what.endswith(("-unreachable", "-unusable"))


class Entry(NamedTuple):
    """One thing that happened: when (milliseconds since the call began), what, in words, and where in the bundle.

    `asked` is the request, where there was one, and `who` are the addresses that were dialled; `answered` tells which
    of these took the call.
    """

    at: int
    what: str
    text: str
    page: Page | None
    element: int
    asked: CarrierRequest | None = None
    who: tuple[str, ...] = ()
    answered: int | None = None
