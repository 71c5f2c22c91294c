"""What a call waits for, and what the caller or the callees can do then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flowc.profiles.speech import KEY_MS
from flowc.simulate.key_input import KeyInput
from flowc.simulate.rules import Does
from flowc.syntax.markup import Tag


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
    """

    outcome: str
    ring: int = 0
    talk: int = 0
    callee: int = 0


class Recorded(NamedTuple):
    """The caller speaks for so many seconds; 0 means silence."""

    seconds: int


class Stayed(NamedTuple):
    """The caller stays in the room for so many seconds, or finds it full."""

    seconds: int
    full: bool = False


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


Choice = Pressed | Spoke | Silent | HungUp | Dialled | Recorded | Stayed | Met


class PendingInput(NamedTuple):
    """What a call waits for: the kind of the element, the element with its settings, and the callees.

    The kind is gather, dial, record, room, queue, serve, or pause: the caller stays in a queue, or hangs up.

    `typed` is the input of a gather so far.
    """

    kind: Does
    element: Tag
    settings: Mapping[str, str]
    callees: tuple[Mapping[str, str], ...] = ()
    typed: KeyInput | None = None
