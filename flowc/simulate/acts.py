"""What the caller of a scenario can do: the items of `play`, and the decisions that they are where a call waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from flowc.flow import verbs
from flowc.flow.scenario import ANSWERS, Behaviour, Item
from flowc.profiles.speech import spoken_ms
from flowc.simulate import queues
from flowc.simulate.decisions import (
    ANSWERED,
    WAITING,
    Choice,
    HungUp,
    Met,
    PendingInput,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does


class Act(StrEnum):
    """The items of `play`, in a scenario."""

    HEAR = "hear"
    PRESS = "press"
    SPEAK = "speak"
    SILENCE = "silence"
    WAIT = "wait"
    RING = "ring"
    QUEUE = verbs.QUEUE
    RECORD = "record"
    STAY = "stay"
    FULL = "full"
    SERVER = "server"
    HANGUP = "hangup"


#: Items that do not need the call to wait for an input.
PRELUDE = (Act.HEAR, Act.RING, Act.QUEUE, Act.WAIT)
#: Items after which a hangup takes effect immediately, whatever the call is doing.
TIMED = (Act.HEAR, Act.WAIT)

#: What a call waits for, in words.
WANTED = {
    Does.GATHER: "keys, speech or silence",
    Does.RECORD: "a recording",
    Does.ROOM: "a stay in the room",
    Does.PAUSE: "a hangup",
}
#: How an input ends if the caller does nothing.
IDLE: Mapping[Does, Choice] = {
    Does.GATHER: Silent(),
    Does.PAUSE: Silent(),
    Does.RECORD: Recorded(0),
    Does.ROOM: Stayed(86_400),
}

#: The decision that an item is, by what the call waits for.
DECISIONS: Mapping[tuple[str, str], Callable[[Item], Choice]] = {
    (Does.GATHER, Act.PRESS): lambda item: Pressed(item.text, item.every),
    (Does.GATHER, Act.SPEAK): lambda item: Spoke(item.text),
    (Does.GATHER, Act.SILENCE): lambda _: Silent(),
    (Does.RECORD, Act.RECORD): lambda item: Recorded(item.seconds),
    (Does.RECORD, Act.SILENCE): lambda _: Recorded(0),
    (Does.ROOM, Act.STAY): lambda item: Stayed(item.seconds),
    (Does.ROOM, Act.FULL): lambda _: Stayed(0, full=True),
    **{(kind, Act.HANGUP): lambda _: HungUp() for kind in WANTED},
}


def lasts(item: Item, pending: PendingInput, now: int) -> int:
    """Return how long an item lasts, in milliseconds."""
    match item.verb:
        case Act.PRESS:
            return len(item.text) * item.every
        case Act.SPEAK:
            return spoken_ms(item.text)
        case Act.SILENCE:
            return int(pending.patience(now))
    return item.seconds * SECOND


def met(pending: PendingInput, behaviour: Behaviour) -> Met:
    """Return how a caller in a queue meets an agent, or an agent meets a caller."""
    answers = behaviour.outcome == ANSWERS
    if pending.kind is Does.SERVE:
        waits, talks = int(pending.settings["timeout"]), int(pending.settings["limit"])
        if answers and behaviour.after <= waits:
            return Met(queues.COMPLETED, behaviour.after, min(behaviour.talk, talks))
        return Met(queues.FAILED if behaviour.outcome == queues.FAILED else queues.EMPTY, waits)
    outcome = ANSWERED if answers else WAITING
    return Met(
        behaviour.outcome if behaviour.outcome in (queues.FULL, queues.FAILED) else outcome,
        behaviour.after,
        behaviour.talk,
        behaviour.position,
    )
