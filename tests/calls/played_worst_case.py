"""The worst case of a flow by trying every call: the oracle for `flowc.lower.worst_case`, which reads the program.

It follows carrier.yaml and the compiled documents instead of target.yaml and the program, so it is independent of what
it tests. The two differ by design in one thing: here, keys are pressed immediately, there at the last moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flowc.simulate.call_log import Ended, Event
from flowc.simulate.explore import ExplorerState, Key, Turn
from flowc.simulate.rules import Does


class PlayedWorstCase(NamedTuple):
    """The most seconds, dials and documents of a call; each may be of another call."""

    seconds: int
    dials: int
    fetches: int


def played_worst_case(turns: Iterable[tuple[ExplorerState, Turn]]) -> PlayedWorstCase | None:
    """Return the worst case over all states that can be reached from the first one; None if there is a loop."""
    known = {state.key: turn for state, turn in turns}
    order = _order(known)
    if order is None:
        return None
    most: dict[Key, PlayedWorstCase] = {}
    for key in order:
        turn = known[key]
        fetches = sum(entry.what is Event.FETCHED for entry in turn.log)
        best = PlayedWorstCase(turn.took, 0, fetches)
        for outcome, transition in turn.transitions.items():
            after = PlayedWorstCase(0, 0, 0) if isinstance(transition.to, Ended) else most[transition.to.key]
            # A fact leads to the same state once more, before the dial.
            dial = outcome in turn.outcomes and turn.pending is not None and turn.pending.kind is Does.DIAL
            found = (transition.took + after.seconds, dial + after.dials, transition.fetches + after.fetches)
            best = PlayedWorstCase(*map(max, best, found))
        most[key] = best
    first = most[order[-1]]
    return first._replace(seconds=first.seconds // 1000)


def _order(known: Mapping[Key, Turn]) -> list[Key] | None:
    """Return the states in an order in which each comes after its successors; None if there is a loop."""
    order: list[Key] = []
    state: dict[Key, int] = {}
    todo = [next(iter(known))]
    while todo:
        key = todo[-1]
        if state.get(key) is None:
            state[key] = 1
        successors = [one.to.key for one in known[key].transitions.values() if isinstance(one.to, ExplorerState)]
        unvisited = [one for one in successors if state.get(one) is None]
        if any(state.get(one) == 1 for one in successors):
            return None
        if unvisited:
            todo.append(unvisited[0])
            continue
        todo.pop()
        if state[key] == 1:
            state[key] = 2
            order.append(key)
    return order
