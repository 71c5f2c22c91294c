"""Links: destinations in other flows of the same build, such as `office/start`.

What a flow sees of the others has names like that, and so have its own steps where others lead back to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.model import Flow, Step
from flowc.flow.values import Destination, Endpoint, Leave, ToStep, flow_of

_Action = TypeVar("_Action", bound=Action)


class FlowLinks(NamedTuple):
    """The links of one flow.

    `flows` are the other flows in which its calls may continue, by name, and `steps` their steps. `linked` are the
    flow's own steps to which other flows lead.
    """

    flows: Mapping[str, Flow] = {}
    steps: Mapping[str, Step] = {}
    linked: frozenset[str] = frozenset()


class Links:
    """How the flows of one build lead to each other."""

    def __init__(self, flows: Iterable[Flow], parts: Iterable[Flow] = ()) -> None:
        """No flow can lead to `parts` that are compiled alone. Of several flows of one name, the last one counts."""
        self.flows = {flow.name: flow for flow in flows}
        self._leads = {name: _flows_of(flow) for name, flow in self.flows.items()}
        self._linked: dict[str, set[str]] = {}
        for flow in (*self.flows.values(), *parts):
            for to in flow.links:
                name, _, step = to.step.partition("/")
                self._linked.setdefault(name, set()).add(step)
        self._steps: dict[str, dict[str, Step]] = {}
        self._known: dict[Flow, FlowLinks] = {}

    def of(self, flow: Flow) -> FlowLinks:
        """Return the links of a flow."""
        known = self._known.get(flow)
        if known is None:
            known = self._known[flow] = self._of(flow)
        return known

    def _of(self, flow: Flow) -> FlowLinks:
        is_known = self.flows.get(flow.name) is flow  # a part that is compiled alone is not
        leads = self._leads[flow.name] if is_known else _flows_of(flow)
        linked = self._linked.get(flow.name, ()) if is_known else ()
        if not leads and not linked:
            return FlowLinks()
        names = [name for name in _walk(flow.name, {**self._leads, flow.name: leads}) if name in self.flows]
        steps = {name: step for other in names for name, step in self._named(other).items()}
        # Those who lead back mean the flow's own steps.
        steps |= {f"{flow.name}/{step.name}": step for step in flow.steps}
        others = {name: self.flows[name] for name in names if name != flow.name}
        return FlowLinks(others, steps, frozenset(linked))

    def connected(self, name: str) -> frozenset[str]:
        """Return the names of all flows that links connect with a flow, in either direction, and its own."""
        return frozenset(_walk(name, self._either)) | {name}

    @cached_property
    def _either(self) -> Mapping[str, set[str]]:
        """The flows that each flow leads to, or that lead to it."""
        either: dict[str, set[str]] = {}
        for origin, leads in self._leads.items():
            for to in leads & self.flows.keys():
                either.setdefault(origin, set()).add(to)
                either.setdefault(to, set()).add(origin)
        return either

    def _named(self, name: str) -> dict[str, Step]:
        """Return the steps of a flow as other flows see them."""
        known = self._steps.get(name)
        if known is None:
            steps = (_seen_from_outside(step, name) for step in self.flows[name].steps)
            known = self._steps[name] = {step.name: step for step in steps}
        return known


def _flows_of(flow: Flow) -> set[str]:
    """Return the names of the flows that a flow leads to."""
    return {flow_of(to.step) for to in flow.links}


def _walk(name: str, leads: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names that a name leads to, at once or through others."""
    todo, seen = sorted(leads.get(name, ())), dict[str, None]()
    while todo:
        one = todo.pop()
        if one not in seen:
            seen[one] = None
            todo += sorted(leads.get(one, ()))
    return list(seen)


def _seen_from_outside(step: Step, flow: str) -> Step:
    return step._replace(name=f"{flow}/{step.name}", actions=tuple(_action(one, flow) for one in step.actions))


def _action(action: _Action, flow: str) -> _Action:
    identity = action.id._replace(step=f"{flow}/{action.id.step}")
    if isinstance(action, Goto):
        return replace(action, id=identity, to=_to(action.to, flow))
    if isinstance(action, Redirect):
        return replace(action, id=identity, endpoint=_server(action.endpoint, flow))
    if action.action is not None:
        server = action.action._replace(endpoint=_server(action.action.endpoint, flow))
        return replace(action, id=identity, action=server)
    if action.then is None:
        return replace(action, id=identity)
    cases = tuple(case._replace(to=_to(case.to, flow)) for case in action.then.cases)
    otherwise = action.then.otherwise
    then = action.then._replace(cases=cases, otherwise=None if otherwise is None else _to(otherwise, flow))
    return replace(action, id=identity, then=then)


def _to(to: Destination, flow: str) -> Destination:
    if isinstance(to, Leave):
        return to._replace(endpoint=_server(to.endpoint, flow))
    return to._replace(step=f"{flow}/{to.step}") if isinstance(to, ToStep) and not flow_of(to.step) else to


def _server(endpoint: Endpoint, flow: str) -> Endpoint:
    return endpoint._replace(returns=tuple(_to(to, flow) for to in endpoint.returns))
