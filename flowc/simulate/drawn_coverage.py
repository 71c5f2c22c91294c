"""Coverage in a drawing: which steps and edges of a flow its scenarios have tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from flowc.flow.drawing import END, DrawnEdge, Tried, edges
from flowc.flow.verbs import SWITCH
from flowc.simulate import Trial
from flowc.simulate.call_log import EndReason
from flowc.simulate.choices import NO_MATCH
from flowc.simulate.coverage import OutcomeCoverage, cover
from flowc.simulate.player import Played

#: Outcomes of the language that the explorer names otherwise: keys that no case matches are one outcome to it.
_EXPLORED_AS = {"digits": NO_MATCH}
#: Ends that are part of the flow.
_ENDS = (EndReason.HANGUP, EndReason.RAN_OUT, EndReason.REJECTED, EndReason.SCHEDULED, EndReason.TALKED)


def tried_by(trials: Sequence[Trial]) -> Tried:
    """Return what the scenarios of these trials, all of one flow, have tried of it on at least one target."""
    drawn = list(edges(trials[0].flow))
    steps: set[str] = set()
    found: set[int] = set()
    for trial in trials:
        played = [trial.player.play(scenario) for scenario in trial.scenarios]
        coverage = cover(trial.explorer, trial.starts(), played, trial.steps(), trial.flow)
        steps |= {step for step, reached in coverage.steps if reached}
        moves = {pair for one in played for pair in _moves(one)}
        found |= {number for number, edge in enumerate(drawn) if _is_tried(edge, drawn, coverage.outcomes, moves)}
    return Tried(frozenset(steps), frozenset(found))


def _is_tried(
    edge: DrawnEdge, drawn: Sequence[DrawnEdge], outcomes: Iterable[OutcomeCoverage], moves: set[tuple[str, str]]
) -> bool:
    """Whether a call took an edge: by its outcome, or for an edge without one by the steps that the call reached."""
    named = {_EXPLORED_AS.get(one.outcome, one.outcome) for one in drawn if one.action is edge.action}
    outcome = _EXPLORED_AS.get(edge.outcome, edge.outcome)
    own = [
        one
        for one in outcomes
        if one.at is not None
        and one.at.node == edge.action.at.node
        and one.action != SWITCH
        and (one.outcome not in named if outcome == "else" else one.outcome == outcome)
    ]
    return any(one.tried for one in own) if own else (edge.origin, edge.to.partition("#")[0]) in moves


def _moves(played: Played) -> Iterator[tuple[str, str]]:
    """Yield each step with the one that came after it, and the last one with where the call went from there."""
    yield from pairwise(played.steps)
    if not played.steps or played.ended is None:
        return
    last = played.steps[-1]
    if played.ended.what in _ENDS:
        yield last, END
    elif played.ended.what == EndReason.SERVER:
        yield last, next(entry.request.url for entry in reversed(played.log) if entry.request).partition("#")[0]
