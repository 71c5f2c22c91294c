"""Coverage in a drawing: which steps and edges of a flow its scenarios have tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from flowc.flow.drawing import END, SERVER, DrawnEdge, Tried, edges
from flowc.flow.verbs import SWITCH
from flowc.simulate import Trial
from flowc.simulate.call_log import EndReason, Event
from flowc.simulate.choices import NO_MATCH
from flowc.simulate.coverage import OutcomeCoverage, cover
from flowc.simulate.player import Played
from flowc.simulate.rules import Does
from flowc.simulate.source_map import SourceMap

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
        moves = {pair for one in played for pair in _moves(one, trial.player.source)}
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
        and (one.action == Does.SERVER) == (edge.label == SERVER)
        and (one.outcome not in named if outcome == "else" else one.outcome == outcome)
    ]
    return any(one.tried for one in own) if own else (edge.origin, edge.to.partition("#")[0]) in moves


def _moves(played: Played, source: SourceMap) -> Iterator[tuple[str, str]]:
    """Yield each step with the one that came after it, the last one with the end, and steps with URLs they request."""
    yield from pairwise(played.steps)
    if played.steps and played.ended is not None and played.ended.what in _ENDS:
        yield played.steps[-1], END
    for entry in played.log:
        if entry.what is Event.FETCHED and entry.request is not None:
            yield source.step_of(entry), entry.request.url.partition("#")[0]
