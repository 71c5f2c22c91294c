"""The longest call that a flow allows: seconds, dials and documents, over all ways at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flowc.simulate.decisions import Ended
from flowc.simulate.explore import ExplorerState, Key, Turn


class Worst(NamedTuple):
    """The most a call can take; each of its own way. None: there is a round, and no bound."""

    seconds: int
    dials: int
    fetches: int


def worst(turns: Iterable[tuple[ExplorerState, Turn]]) -> Worst | None:
    """The worst case over every spot that can be reached, from the first one on."""
    known = {spot.key: turn for spot, turn in turns}
    order = _order(known)
    if order is None:
        return None
    most: dict[Key, Worst] = {}
    for key in order:
        turn = known[key]
        fetches = sum(entry.what == "fetched" for entry in turn.log)
        best = Worst(turn.took, 0, fetches)
        for way in turn.leads.values():
            after = Worst(0, 0, 0) if isinstance(way.to, Ended) else most[way.to.key]
            dial = turn.asks is not None and turn.asks.what == "dial"
            found = (way.took + after.seconds, dial + after.dials, way.fetches + after.fetches)
            best = Worst(*map(max, best, found))
        most[key] = best
    first = most[order[-1]]
    return first._replace(seconds=first.seconds // 1000)


def _order(known: Mapping[Key, Turn]) -> list[Key] | None:
    """The spots, each behind those it leads to; None if some lead in a round."""
    order: list[Key] = []
    state: dict[Key, int] = {}
    first = next(iter(known))
    todo = [first]
    while todo:
        key = todo[-1]
        if state.get(key) is None:
            state[key] = 1
        nexts = [way.to.key for way in known[key].leads.values() if isinstance(way.to, ExplorerState)]
        open_ = [one for one in nexts if state.get(one) is None]
        if any(state.get(one) == 1 for one in nexts):
            return None
        if open_:
            todo.append(open_[0])
            continue
        todo.pop()
        if state[key] == 1:
            state[key] = 2
            order.append(key)
    return order
