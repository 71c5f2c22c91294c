"""What can happen where a call waits: the choices that the explorer tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowc.simulate import callees, queues
from flowc.simulate.call import Call
from flowc.simulate.decisions import Answered, Choice, PendingInput, Pressed, Recorded, Spoke, Stayed
from flowc.simulate.gathers import KEYS, NO_INPUT, InputType, input_types, longest_silence, valid_keys
from flowc.simulate.rules import Does

#: The outcome of keys that no case matches.
NO_MATCH = "no-match"
#: The outcome if the caller presses nothing but the key that ends the input.
FINISH_ALONE = "the finish key alone"
#: More keys than this are not needed to find an input that no case matches.
_MOST_KEYS = 4


def choices(call: Call, pending: PendingInput, cases: Sequence[str]) -> Iterator[tuple[str, Choice]]:
    """Yield what can happen, each with the name of its outcome; `cases` are the keys that the decision has cases for.

    Times are the longest that the document allows. A caller who stays in a queue decides nothing.
    """
    settings = pending.settings
    match pending.kind:
        case Does.GATHER:
            yield from _inputs(pending, call.clock, cases)
        case Does.DIAL:
            yield from callees.outcomes(call, pending)
        case Does.RECORD:
            yield "recorded", Recorded(int(settings["limit"]))
            yield "no-recording", Recorded(0)
        case Does.ROOM:
            yield "ended", Stayed(int(settings["limit"]))
            yield "full", Stayed(0, full=True)
        case Does.QUEUE | Does.SERVE:
            yield from queues.choices(call, pending)
        case Does.SERVER:
            for step, entry in pending.returns.items():
                yield step, Answered(step, entry)
            yield Does.HANGUP, Answered(Does.HANGUP)


def _inputs(pending: PendingInput, now: int, cases: Sequence[str]) -> Iterator[tuple[str, Choice]]:
    accepted = input_types(pending.settings)
    if InputType.KEYS in accepted:
        for keys in cases:
            yield keys, Pressed(keys)
        size = min(int(pending.settings["digits"]), _MOST_KEYS)
        others = (key * size for key in valid_keys(pending) if key * size not in cases)
        if (other := next(others, None)) is not None:
            yield NO_MATCH, Pressed(other)
        if (finish := pending.settings["finish"]) in set(KEYS):
            yield FINISH_ALONE, Pressed(finish)
    if InputType.SPEECH in accepted:
        yield "speech", Spoke("something")
    yield NO_INPUT, longest_silence(pending, now)
