"""Two targets side by side: the same outcomes must be heard alike and lead alike."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from flowc.simulate.decisions import Ended
from flowc.simulate.explore import Explorer, ExplorerState, Turn

#: Ends that only one carrier knows, which the compiler warns of: the call is over there, and may go on elsewhere.
_DECLARED = ("talked", "declined")
#: An outcome that some carriers do not report; the language promises no more than its best effort.
_BEST_EFFORT = "no-recording"


class TargetDifference(NamedTuple):
    """Where two targets part: the outcomes that lead there, what each does, and the turn of the first."""

    path: tuple[str, ...]
    first: str
    second: str
    turn: Turn | None


def differences(
    one: Explorer, other: Explorer, first: ExplorerState, second: ExplorerState
) -> Iterator[TargetDifference]:
    """The first difference on every way that two targets can go together."""
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
        mine, theirs = one.turn(here), other.turn(there)
        told = (_told(mine), _told(theirs))
        if told[0] != told[1] and "" not in told:
            yield TargetDifference(path, told[0], told[1], mine)
            continue
        for outcome, way in mine.leads.items():
            if outcome in theirs.leads and outcome != _BEST_EFFORT:
                todo.append((way.to, theirs.leads[outcome].to, (*path, outcome)))


def _told(turn: Turn) -> str:
    """What is heard, and then asked or done."""
    if turn.ended is not None and turn.ended.what in _DECLARED:
        return ""
    heard = [entry.text for entry in turn.log if entry.what in ("heard", "played")]
    after = turn.asks.what if turn.asks is not None else _end(turn.ended)
    return " / ".join([*heard, after])


def _end(end: ExplorerState | Ended | None) -> str:
    if isinstance(end, Ended):
        return "the call ends" if end.what in ("hangup", "ran-out") else end.what
    return "the call goes on"
