"""What can happen where a call waits: the choices that the explorer tries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowc.simulate import queues
from flowc.simulate.call import Call
from flowc.simulate.decisions import Choice, Dialled, PendingInput, Pressed, Recorded, Silent, Spoke, Stayed
from flowc.simulate.gathers import NO_INPUT, InputType, input_types
from flowc.simulate.rules import Does

#: The outcome of keys that no case matches.
NO_MATCH = "no-match"
#: The outcome if the caller presses nothing but the key that ends the input.
FINISH_ALONE = "the finish key alone"
_KEYS = "0123456789*#"
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
            rings, talks = int(settings["timeout"]), int(settings["limit"])
            # A dial without callees always fails.
            for outcome in call.rules.outcomes if pending.callees else ("failed",):
                if outcome != "declined":
                    yield outcome, Dialled(outcome, rings, talks if outcome == "completed" else 0)
        case Does.RECORD:
            yield "recorded", Recorded(int(settings["limit"]))
            yield "no-recording", Recorded(0)
        case Does.ROOM:
            yield "ended", Stayed(int(settings["limit"]))
            yield "full", Stayed(0, full=True)
        case Does.QUEUE | Does.SERVE:
            yield from queues.choices(call, pending)


def _inputs(pending: PendingInput, now: int, cases: Sequence[str]) -> Iterator[tuple[str, Choice]]:
    accepted = input_types(pending.settings)
    if InputType.KEYS in accepted:
        for keys in cases:
            yield keys, Pressed(keys)
        size = min(int(pending.settings["digits"]), _MOST_KEYS)
        others = (key * size for key in _valid_keys(pending) if key * size not in cases)
        if (other := next(others, None)) is not None:
            yield NO_MATCH, Pressed(other)
        if (finish := pending.settings["finish"]) in set(_KEYS):
            yield FINISH_ALONE, Pressed(finish)
    if InputType.SPEECH in accepted:
        yield "speech", Spoke("something")
    yield NO_INPUT, longest_silence(pending, now)


def longest_silence(pending: PendingInput, now: int) -> Choice:
    """Return the input without effect that takes longest: an invalid key at the last moment, or silence."""
    invalid = next((key for key in _KEYS if key not in (*_valid_keys(pending), pending.settings["finish"])), None)
    if invalid is None or pending.typed is None:
        return Silent()
    return Pressed(invalid, pending.typed.deadline(pending.settings) - now)


def _valid_keys(pending: PendingInput) -> list[str]:
    """Return the keys that an input may contain."""
    finish, valid = pending.settings["finish"], pending.settings.get("valid")
    return [key for key in _KEYS if key != finish and (valid is None or key in valid)]
