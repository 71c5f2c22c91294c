"""Coverage in a drawing: which steps and edges of a flow its scenarios have tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from flowc.flow.drawing import END, DrawnEdge, Tried, edges
from flowc.simulate import Trial
from flowc.simulate.coverage import OutcomeCoverage, cover
from flowc.simulate.player import Played

#: As what the exploration knows an outcome that authors call otherwise: keys that no case names are one way.
_KNOWN_AS = {"digits": "no-match"}
#: Ends that lie in the flow.
_OVER = ("hangup", "ran-out", "rejected", "scheduled", "talked")


def tried_by(trials: Sequence[Trial]) -> Tried:
    """What the scenarios have tried of a flow, whose trials these are: on one of its targets at least."""
    drawn = list(edges(trials[0].flow))
    steps: set[str] = set()
    found: set[int] = set()
    for trial in trials:
        played = [trial.player.play(scenario) for scenario in trial.scenarios]
        coverage = cover(trial.explorer, trial.starts(), played, trial.steps())
        steps |= {step for step, reached in coverage.steps if reached}
        gone = {pair for one in played for pair in _gone(one)}
        found |= {number for number, edge in enumerate(drawn) if _went(edge, drawn, coverage.ways, gone)}
    return Tried(frozenset(steps), frozenset(found))


def _went(
    edge: DrawnEdge, drawn: Sequence[DrawnEdge], ways: Iterable[OutcomeCoverage], gone: set[tuple[str, str]]
) -> bool:
    """Whether a call went along an edge: by its outcome, or where there are none, by the steps it has reached."""
    named = {_KNOWN_AS.get(one.outcome, one.outcome) for one in drawn if one.action is edge.action}
    outcome = _KNOWN_AS.get(edge.outcome, edge.outcome)
    own = [
        way
        for way in ways
        if way.at is not None
        and way.at.node == edge.action.at.node
        and way.action != "switch"
        and (way.outcome not in named if outcome == "else" else way.outcome == outcome)
    ]
    return any(way.tried for way in own) if own else (edge.origin, edge.to.partition("#")[0]) in gone


def _gone(played: Played) -> Iterator[tuple[str, str]]:
    """The steps, each with the one that came after it, and where the call went at last."""
    yield from pairwise(played.steps)
    if not played.steps or played.ended is None:
        return
    last = played.steps[-1]
    if played.ended.what in _OVER:
        yield last, END
    elif played.ended.what == "server":
        yield last, next(entry.asked.url for entry in reversed(played.log) if entry.asked).partition("#")[0]
