"""What a call waits for, and what the caller or the callees can do then."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

from flowc.bundle.step_entry import StepEntry
from flowc.profiles.speech import KEY_MS
from flowc.simulate.elements import CarrierElement
from flowc.simulate.key_input import SECOND, KeyInput
from flowc.simulate.rules import Does


class Pressed(NamedTuple):
    """The caller presses these keys, each so many milliseconds after the one before."""

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
    """How a dial ends, after ringing and talking for so many seconds; `callee` is the index of the one that answered.

    The outcome is completed, busy, no-answer, timeout, failed, canceled, or declined (the callee did not confirm).
    `screened` is how many milliseconds the callee hears something before the talk, while it still rings for the caller.
    """

    outcome: str
    ring: int = 0
    talk: int = 0
    callee: int = 0
    screened: int = 0


class Recorded(NamedTuple):
    """The caller speaks for so many seconds; 0 means silence."""

    seconds: int


class Stayed(NamedTuple):
    """The caller stays in the room for so many seconds, or finds it full."""

    seconds: int
    full: bool = False


class Answered(NamedTuple):
    """The author's server returns the call to a step, by the step's name as an outcome, or (no entry) ends it."""

    outcome: str
    entry: StepEntry | None = None


#: How a caller in a queue meets an agent, or does not.
ANSWERED, WAITING = "answered", "waiting"


class Met(NamedTuple):
    """How a caller in a queue and an agent meet, after so many seconds, for a talk of so many.

    Of the caller, the outcome is answered, full, failed, or waiting (in vain). Of the agent, it is
    completed, empty or failed. `heard` says that what the caller hears meanwhile is played.
    """

    outcome: str
    after: int = 0
    talk: int = 0
    position: int = 1
    heard: bool = True


Choice = Pressed | Spoke | Silent | HungUp | Dialled | Recorded | Stayed | Answered | Met


class PendingInput(NamedTuple):
    """What a call waits for: the kind, the element with its settings, and the callees.

    The kind is gather, dial, record, room, server, queue, serve, or pause: the caller stays in a queue, or hangs up.
    `typed` is the input of a gather so far, and `returns` are the steps to which a server may return the call, by their
    names.
    """

    kind: Does
    element: CarrierElement
    settings: Mapping[str, str]
    callees: tuple[Mapping[str, str], ...] = ()
    typed: KeyInput | None = None
    returns: Mapping[str, StepEntry] = {}

    def patience(self, now: int) -> float:
        """Return for how many more milliseconds the carrier waits for the caller."""
        if self.typed is not None:
            return self.typed.deadline(self.settings) - now
        return int(self.settings["timeout"]) * SECOND if "timeout" in self.settings else inf


def outcome_of(choice: Choice) -> str:
    """Return the outcome of a decision; that of keys depends on the gather."""
    match choice:
        case Recorded(seconds):
            return "recorded" if seconds else "no-recording"
        case Stayed(_, full):
            return "full" if full else "ended"
        case HungUp():
            return Does.HANGUP
        case Dialled(outcome) | Answered(outcome):
            return outcome
        case Met(outcome):
            return WAITING if outcome == ANSWERED else outcome
    raise AssertionError(choice)
