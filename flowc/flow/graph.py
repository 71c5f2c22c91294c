"""The flow as a graph of steps, built once and without recursion; rules and lowering share it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import Action, Goto
from flowc.flow.model import Flow, Step, mentions
from flowc.flow.values import ToStep


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
    leads = {name: {to.step for action in step.actions for to in mentions(action)} for name, step in foreign.items()}
    for name, mentioned in flow.mentions.items():
        leads[name] = {to.step for to in mentioned}
        final = len(mentioned) - 1 if _ends_with_goto(own[name]) else None
        references += [Reference(name, to, number == final) for number, to in enumerate(mentioned)]
    reachable = _reachable((reference.to.step for reference in references if not reference.origin), leads)
    inlined = _inlined(references, reachable) & own.keys()
    return Graph(steps, tuple(references), reachable, inlined, linked & own.keys())


def _ends_with_goto(step: Step) -> bool:
    last = step.actions[-1] if step.actions else None
    return isinstance(last, Goto) and isinstance(last.to, ToStep)


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
    count = Counter([reference.to.step for reference in references])
    return frozenset(
        reference.to.step
        for reference in references
        if reference.final
        and count[reference.to.step] == 1
        and reference.origin in reachable
        and reference.origin != reference.to.step
    )
