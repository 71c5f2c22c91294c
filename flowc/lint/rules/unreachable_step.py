"""Steps that no call can come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import counted
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH


def check(context: LintContext) -> Iterator[Finding]:
    """FC331 a step that nothing leads to; those that only it leads to are counted, not told one by one."""
    graph = context.graph
    lost = [step for step in context.flow.steps if step.name not in graph.reachable]
    leads: dict[str, list[str]] = {step.name: [] for step in lost}
    led_to = set()
    for reference in graph.references:
        if reference.origin in leads and reference.to.step in leads and reference.origin != reference.to.step:
            leads[reference.origin].append(reference.to.step)
            led_to.add(reference.to.step)
    told: set[str] = set()
    # Steps that only lead to each other have no first one: then the earliest is told.
    for step in (*(step for step in lost if step.name not in led_to), *lost):
        if step.name not in told:
            behind = _behind(step.name, leads, told)
            more = f", nor {counted(behind, 'step')} behind it" if behind else ""
            help_ = "Name it in a then: or goto: of a step that is reached, or remove it."
            yield Finding("FC331", step.at, f"no call comes to the step {step.name}{more}", help_)


def _behind(name: str, leads: Mapping[str, list[str]], told: set[str]) -> int:
    """How many further steps a step leads to that were not told of yet; all of them are added to `told`."""
    before = len(told)
    todo = [name]
    while todo:
        step = todo.pop()
        if step not in told:
            told.add(step)
            todo += leads[step]
    return len(told) - before - 1
