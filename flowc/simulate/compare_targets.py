"""Compares two targets: after the same outcomes, a call must be heard and continue alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from flowc.diagnostics.records import NamedTuple
from flowc.simulate.call_log import AUDIBLE, Ended, EndReason
from flowc.simulate.explore import Explorer, ExplorerState, Turn

#: Ends of only one carrier, which the compiler warns of: the call is over there, and may continue elsewhere.
_DECLARED = (EndReason.TALKED, EndReason.DECLINED)
#: An outcome that some carriers do not report; the language promises no more than its best effort.
_BEST_EFFORT = "no-recording"


class TargetDifference(NamedTuple):
    """Where two targets differ: the outcomes that lead there, what each does, and the turn of the first."""

    path: tuple[str, ...]
    first: str
    second: str
    turn: Turn | None


def differences(
    one: Explorer, other: Explorer, first: ExplorerState, second: ExplorerState
) -> Iterator[TargetDifference]:
    """Yield the first difference on every path that both targets can take."""
    todo: deque[tuple[ExplorerState | Ended, ExplorerState | Ended, tuple[str, ...]]] = deque([(first, second, ())])
    seen = set()
    while todo:
        here, there, path = todo.popleft()
        if isinstance(here, Ended) or isinstance(there, Ended):
            ends = [_end(here), _end(there)]
            if ends[0] != ends[1] and not any(
                isinstance(end, Ended) and end.what in _DECLARED for end in (here, there)
            ):
                yield TargetDifference(path, ends[0], ends[1], None)
            continue
        if (here.key, there.key) in seen:
            continue
        seen.add((here.key, there.key))
        turns = one.turn(here), other.turn(there)
        shown = _summary(turns[0]), _summary(turns[1])
        if shown[0] != shown[1] and "" not in shown:
            yield TargetDifference(path, shown[0], shown[1], turns[0])
            continue
        leads = turns[1].transitions
        for outcome, transition in turns[0].transitions.items():
            if outcome in leads and outcome != _BEST_EFFORT:
                todo.append((transition.to, leads[outcome].to, (*path, outcome)))


def _summary(turn: Turn) -> str:
    """Return what is heard, and what the call then waits for or how it ends."""
    if turn.ended is not None and turn.ended.what in _DECLARED:
        return ""
    heard = [entry.text for entry in turn.log if entry.what in AUDIBLE]
    after = turn.pending.kind if turn.pending is not None else _end(turn.ended)
    return " / ".join([*heard, after])


def _end(end: ExplorerState | Ended | None) -> str:
    if isinstance(end, Ended):
        return "the call ends" if end.what in (EndReason.HANGUP, EndReason.RAN_OUT) else end.what
    return "the call continues"
