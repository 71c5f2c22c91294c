"""The flow as a graph of steps, built once and without recursion; rules and lowering share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.model import Flow, Step
from flowc.flow.values import Destination, Endpoint, Leave, ToStep


class Reference(NamedTuple):
    """A mention of a step. `final` says that it is a goto at the end of its step."""

    origin: str
    to: ToStep
    final: bool


class Graph(NamedTuple):
    """The steps of a flow and of flows that it leads to, by name, and all mentions of steps in the flow.

    `reachable` are the steps that calls reach, `inlined` the flow's own that are part of another one's document, and
    `linked` its own to which other flows lead.
    """

    steps: dict[str, Step]
    references: tuple[Reference, ...]
    reachable: frozenset[str]
    inlined: frozenset[str]
    linked: frozenset[str] = frozenset()

    def begins(self, flow: Flow) -> list[str]:
        """Return the steps with which the flow's part of a call can begin."""
        return [*(root.step for root in flow.roots()), *sorted(self.linked)]


def mentions(action: Action) -> Iterator[ToStep]:
    """Yield the steps to which an action leads, also those to which the author's server may return the call."""
    yield from (to for to in _destinations(action) if isinstance(to, ToStep))
    yield from (to for endpoint in servers(action) for to in endpoint.steps)


def servers(action: Action) -> Iterator[Endpoint]:
    """Yield the author's servers that may continue the call after an action."""
    if isinstance(action, Redirect):
        yield action.endpoint
    if action.action is not None and action.action.follow:
        yield action.action.endpoint
    yield from (to.endpoint for to in _destinations(action) if isinstance(to, Leave))


def _destinations(action: Action) -> tuple[Destination, ...]:
    if isinstance(action, Goto):
        return (action.to,)
    return action.then.destinations() if action.then is not None else ()


def walked(
    steps: Mapping[str, Step], begins: Iterable[str], onward: Callable[[Action], Iterable[ToStep] | None]
) -> Iterator[Action]:
    """Yield the actions that a call can reach from these steps, each once.

    `onward` returns the steps to which an action leads besides the rest of its step; None: not to the rest either.
    """
    todo = list(begins)
    seen = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in steps:
            continue
        seen.add(name)
        for action in steps[name].actions:
            yield action
            leads = onward(action)
            if leads is None:
                break
            todo += [to.step for to in leads]


def build_graph(
    flow: Flow, foreign: Mapping[str, Step] = MappingProxyType({}), linked: frozenset[str] = frozenset()
) -> Graph:
    """Return the graph of a flow; names of unknown steps remain references.

    `foreign` are the steps that links can lead to, by names such as `office/start`, and `linked` are the flow's own to
    which other flows lead.
    """
    own = {step.name: step for step in flow.steps}
    steps = {**own, **foreign}
    references = [Reference("", root, False) for root in flow.roots()]
    references += (Reference("", ToStep(name, own[name].at), False) for name in sorted(linked & own.keys()))
    leads: dict[str, set[str]] = {}
    for name, step in steps.items():
        leads[name] = {to.step for action in step.actions for to in mentions(action)}
    for step in flow.steps:
        for action in step.actions:
            final = isinstance(action, Goto) and action is step.actions[-1]
            references += (Reference(step.name, to, final) for to in mentions(action))
    reachable = _reachable((reference.to.step for reference in references if not reference.origin), leads)
    inlined = _inlined(references, reachable) & own.keys()
    return Graph(steps, tuple(references), reachable, inlined, linked & own.keys())


def _reachable(begins: Iterable[str], leads: dict[str, set[str]]) -> frozenset[str]:
    todo = list(begins)
    seen = set()
    while todo:
        name = todo.pop()
        if name in leads and name not in seen:
            seen.add(name)
            todo += leads[name]
    return frozenset(seen)


def _inlined(references: list[Reference], reachable: frozenset[str]) -> frozenset[str]:
    """Return the steps to which only a final goto leads: they replace that goto."""
    count: dict[str, int] = {}
    for reference in references:
        count[reference.to.step] = count.get(reference.to.step, 0) + 1
    return frozenset(
        reference.to.step
        for reference in references
        if reference.final
        and count[reference.to.step] == 1
        and reference.origin in reachable
        and reference.origin != reference.to.step
    )
