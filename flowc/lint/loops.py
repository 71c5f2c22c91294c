"""Loops of a flow: those that need no input, and those that cost something each time.

Input and speech of the caller, a talk, a spoken message and the author's server need a person. Silence, a busy number,
a switch (its facts never change) and a goto do not. A loop through `hangup: {after: ...}` has an end, so no loop is
followed through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action
from flowc.flow.cycles import components, leads_back, shortest_cycle
from flowc.flow.model import Step, servers
from flowc.flow.values import Destination, Following, Then, ToStep, flow_of
from flowc.flow.verbs import VERBS, leads
from flowc.lint.context import LintContext


class Loop(NamedTuple):
    """A shortest loop: `path` shows its steps, `closed_at` is the place that leads back, `cost` what is paid for."""

    path: str
    closed_at: NodeRef
    cost: str = ""


class Loops(NamedTuple):
    """The loops of a flow."""

    without_input: tuple[Loop, ...]
    costly: tuple[Loop, ...]


class _ActionEdge(NamedTuple):
    """Where an action leads, whether that needs no input, and the place that names it."""

    to: Action
    without_input: bool
    at: NodeRef


_Edges = Mapping[Action, list[_ActionEdge]]
_Successors = Mapping[Action, list[Action]]
_Order = Mapping[str, int]


def find_loops(context: LintContext) -> Loops:
    """Find one loop in each part of the flow that leads back to itself; a loop without input hides costly ones."""
    if not _may_return(context):
        return Loops((), ())
    edges = _edges(context)
    successors = {action: [edge.to for edge in own] for action, own in edges.items()}
    cyclic = list(_cyclic(successors))
    inside = {action for component in cyclic for action in component}
    order = {name: number for number, name in enumerate(context.graph.steps)}
    silent = {
        action: [edge.to for edge in edges[action] if edge.without_input and edge.to in inside] for action in inside
    }
    without_input: list[Loop] = []
    endless: set[Action] = set()
    for component in _cyclic(silent):
        endless |= component
        if not _is_reported_here(component, context):
            continue
        path = shortest_cycle(min(component, key=lambda one: _rank(one, order)), silent, component)
        without_input.append(Loop(_shown(path, context.flow.name), _closed_at(path, edges, without_input=True)))
    costly: list[Loop] = []
    for component in cyclic:
        paid = [action for action in component if VERBS[action.verb].costs]
        if paid and not component & endless and _is_reported_here(component, context):
            cost = min(paid, key=lambda one: _rank(one, order))
            path = _from_earliest(shortest_cycle(cost, successors, component), order)
            closed_at = _closed_at(path, edges, without_input=False)
            costly.append(Loop(_shown(path, context.flow.name), closed_at, VERBS[cost.verb].costs))
    return Loops(tuple(without_input), tuple(costly))


def _may_return(context: LintContext) -> bool:
    """Whether a step leads to itself or to an earlier one, whatever its actions do: without that, nothing is a loop."""
    graph = context.graph
    if len(graph.steps) > len(context.flow.steps):
        return True  # the graph has no references of other flows
    order = {name: number for number, name in enumerate(graph.steps)}
    after = len(order)
    return any(order.get(one.to.step, after) <= order.get(one.origin, -1) for one in graph.references)


def _is_reported_here(loop: Iterable[Action], context: LintContext) -> bool:
    """Whether a loop is this flow's: of several flows, the first one by name reports it."""
    steps = {action.id.step for action in loop}
    return context.flow.name == min(flow_of(step) or context.flow.name for step in steps)


def _rank(action: Action, order: _Order) -> tuple[int, int]:
    return (order[action.id.step], action.id.ordinal)


def _cyclic(successors: _Successors) -> Iterator[set[Action]]:
    for component in components(successors):
        if leads_back(component, successors):
            yield set(component)


def _from_earliest(path: list[Action], order: _Order) -> list[Action]:
    first = path.index(min(path, key=lambda one: _rank(one, order)))
    return path[first:] + path[:first]


def _shown(path: list[Action], flow: str) -> str:
    """Return the steps in the order in which a call reaches them: `menu -> desk -> menu`."""
    steps = [action.id.step for number, action in enumerate(path) if number == 0 or action.id.ordinal == 1]
    if any(map(flow_of, steps)):
        steps = [step if flow_of(step) else f"{flow}/{step}" for step in steps]
    return " -> ".join((*steps, steps[0]))


def _closed_at(path: list[Action], edges: _Edges, without_input: bool) -> NodeRef:
    """Return the place where the last action of a loop leads back to the first."""
    return next(edge.at for edge in edges[path[-1]] if edge.to is path[0] and (edge.without_input or not without_input))


def _edges(context: LintContext) -> _Edges:
    """Return where every reachable action leads."""
    steps = context.graph.steps
    todo = [steps[name].actions[0] for name in context.graph.begins(context.flow) if name in steps]
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
    destinations = _outcomes(action, action.then) if action.then else ((to, True) for to in leads(action))
    for to, without_input in destinations:
        after = _first(action, to, steps)
        if after is not None:
            yield _ActionEdge(after, without_input, to.at)
    for to in (to for endpoint in servers(action) for to in endpoint.steps):
        after = _first(action, to, steps)
        if after is not None:
            yield _ActionEdge(after, False, to.at)


def _outcomes(action: Action, then: Then) -> Iterator[tuple[Destination, bool]]:
    """Yield each destination, and whether it needs no input."""
    silent = VERBS[action.verb].passive_outcomes
    for case in then.cases:
        yield case.to, silent is None or case.outcome in silent
    if then.otherwise is not None:
        named = {case.outcome for case in then.cases}
        yield then.otherwise, silent is None or not silent <= named


def _first(action: Action, to: Destination, steps: Mapping[str, Step]) -> Action | None:
    """Return the action at a destination; None if the call ends or leaves the flow."""
    if isinstance(to, ToStep):
        return steps[to.step].actions[0] if to.step in steps else None
    if not isinstance(to, Following):
        return None
    actions = steps[action.id.step].actions
    return actions[action.id.ordinal] if action.id.ordinal < len(actions) else None
