"""Calls that go round: without end and with nobody there, or as often as a caller likes, at the author's cost.

Keys and words of the caller, a talk, a message that is spoken need somebody; silence, a number that is engaged, a
switch (its facts stay what they are) and a goto need nobody. A call that was given an end by `hangup: {after: ...}`
goes round no longer than that, so nothing behind one is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action
from flowc.flow.cycles import components, leads_back, shortest_cycle
from flowc.flow.model import Step
from flowc.flow.values import Destination, Following, Then, ToStep
from flowc.flow.verbs import VERBS, leads
from flowc.lint.subject import Subject

#: The code of a loop for which nobody has to do anything.
WITHOUT_INPUT = "FC335"


class _ActionEdge(NamedTuple):
    """Where an action leads, and whether nobody has to do anything for it; `at` is where that is written."""

    to: Action
    alone: bool
    at: NodeRef


_Edges = Mapping[Action, list[_ActionEdge]]
_Leads = Mapping[Action, list[Action]]


def check(subject: Subject) -> Iterator[Finding]:
    """FC335 a round that needs nobody, FC336 one that costs something each time and that nothing bounds."""
    edges = _edges(subject)
    leads = {action: [edge.to for edge in own] for action, own in edges.items()}
    rounds = list(_rounds(leads))
    going_round = {action for component in rounds for action in component}
    order = {step.name: number for number, step in enumerate(subject.flow.steps)}
    endless: set[Action] = set()
    alone = {
        action: [edge.to for edge in edges[action] if edge.alone and edge.to in going_round] for action in going_round
    }
    for component in _rounds(alone):
        endless |= component
        way = shortest_cycle(min(component, key=lambda one: _rank(one, order)), alone, component)
        message = f"a call goes round here without end, and nobody has to do anything for it: {_shown(way)}"
        help_ = "Lead to a step outside of the round where nobody does anything, or to end."
        yield Finding(WITHOUT_INPUT, _closing(way, edges, alone=True), message, help_)
    for component in rounds:
        costly = [action for action in component if VERBS[action.verb].costs]
        if not costly or component & endless:
            continue
        cost = min(costly, key=lambda one: _rank(one, order))
        way = _from_earliest(shortest_cycle(cost, leads, component), order)
        often = f"a call can go round here without a bound, and each time it {VERBS[cost.verb].costs}: {_shown(way)}"
        help_ = "Go on elsewhere, such as with a mailbox, or bound the call with hangup: {after: 30m} before the round."
        yield Finding("FC336", _closing(way, edges, alone=False), often, help_)


def _rank(action: Action, order: Mapping[str, int]) -> tuple[int, int]:
    return (order[action.id.step], action.id.ordinal)


def _rounds(leads: _Leads) -> Iterator[set[Action]]:
    for component in components(leads):
        if leads_back(component, leads):
            yield set(component)


def _from_earliest(way: list[Action], order: Mapping[str, int]) -> list[Action]:
    first = way.index(min(way, key=lambda one: _rank(one, order)))
    return way[first:] + way[:first]


def _shown(way: list[Action]) -> str:
    """`menu -> desk -> menu`: the steps in the order in which a call comes to them."""
    steps = [action.id.step for number, action in enumerate(way) if number == 0 or action.id.ordinal == 1]
    return " -> ".join((*steps, steps[0]))


def _closing(way: list[Action], edges: _Edges, alone: bool) -> NodeRef:
    """Where the last action of a round leads back to its first."""
    return next(edge.at for edge in edges[way[-1]] if edge.to is way[0] and (edge.alone or not alone))


def _edges(subject: Subject) -> _Edges:
    """Where every action leads that a call can come to."""
    steps = subject.graph.steps
    todo = [steps[root.step].actions[0] for root in subject.flow.roots() if root.step in steps]
    edges: dict[Action, list[_ActionEdge]] = {}
    while todo:
        action = todo.pop()
        if action not in edges:
            edges[action] = list(_from(action, steps))
            todo += [edge.to for edge in edges[action]]
    return edges


def _from(action: Action, steps: Mapping[str, Step]) -> Iterator[_ActionEdge]:
    if VERBS[action.verb].hangs_up:
        return
    ways = _outcomes(action, action.then) if action.then else ((to, True) for to in leads(action))
    for to, alone in ways:
        after = _first(action, to, steps)
        if after is not None:
            yield _ActionEdge(after, alone, to.at)


def _outcomes(action: Action, then: Then) -> Iterator[tuple[Destination, bool]]:
    alone = VERBS[action.verb].passive_outcomes
    for case in then.cases:
        yield case.to, alone is None or case.outcome in alone
    if then.otherwise is not None:
        named = {case.outcome for case in then.cases}
        yield then.otherwise, alone is None or not alone <= named


def _first(action: Action, to: Destination, steps: Mapping[str, Step]) -> Action | None:
    """The action that a destination means; None where the call leaves the flow, or ends."""
    if isinstance(to, ToStep):
        return steps[to.step].actions[0] if to.step in steps else None
    behind = steps[action.id.step].actions[action.id.ordinal :]
    return behind[0] if isinstance(to, Following) and behind else None
