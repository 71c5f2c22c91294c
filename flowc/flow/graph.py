"""The flow as a graph of steps, built once and without recursion; rules and lowering share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from flowc.flow.actions import Action, Goto
from flowc.flow.model import Flow, Step
from flowc.flow.values import ToStep


class Reference(NamedTuple):
    """A mention of a step. `final` says that it is a goto at the end of its step."""

    origin: str
    to: ToStep
    final: bool


class Graph(NamedTuple):
    """The steps of a flow by name, all mentions of steps, the reachable steps, and those that are inlined."""

    steps: dict[str, Step]
    references: tuple[Reference, ...]
    reachable: frozenset[str]
    inlined: frozenset[str]


def mentions(action: Action) -> Iterator[ToStep]:
    """Yield the steps to which an action leads."""
    if isinstance(action, Goto):
        if isinstance(action.to, ToStep):
            yield action.to
    elif action.then is not None:
        for destination in action.then.destinations():
            if isinstance(destination, ToStep):
                yield destination


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


def build_graph(flow: Flow) -> Graph:
    """Return the graph of a flow; names of unknown steps remain references."""
    steps = {step.name: step for step in flow.steps}
    references = [Reference("", root, False) for root in flow.roots()]
    leads: dict[str, set[str]] = {name: set() for name in steps}
    for step in flow.steps:
        for action in step.actions:
            for to in mentions(action):
                final = isinstance(action, Goto) and action is step.actions[-1]
                references.append(Reference(step.name, to, final))
                leads[step.name].add(to.step)
    reachable = _reachable(flow, leads)
    return Graph(steps, tuple(references), reachable, _inlined(references, reachable) & steps.keys())


def _reachable(flow: Flow, leads: dict[str, set[str]]) -> frozenset[str]:
    todo = [root.step for root in flow.roots()]
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
