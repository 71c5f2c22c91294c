"""Steps that calls reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import counted
from flowc.flow.model import servers
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH


def check(context: LintContext) -> Iterator[Finding]:
    """Report a step that no call reaches, with the number of steps that only it leads to (FC331)."""
    graph = context.graph
    lost = [step for step in context.flow.steps if step.name not in graph.reachable]
    if not lost:
        return
    served = any(True for action in context.actions for _ in servers(action))
    leads: dict[str, list[str]] = {step.name: [] for step in lost}
    led_to = set()
    for reference in graph.references:
        if reference.origin in leads and reference.to.step in leads and reference.origin != reference.to.step:
            leads[reference.origin].append(reference.to.step)
            led_to.add(reference.to.step)
    reported: set[str] = set()
    # Steps that only lead to each other have no first one: then the earliest is reported.
    for step in (*(step for step in lost if step.name not in led_to), *lost):
        if step.name not in reported:
            further = _count_further(step.name, leads, reported)
            more = f", nor {counted(further, 'step')} after it" if further else ""
            returns = f"write returns: [{step.written}] at the URL of your server, " if served else ""
            help_ = f"Name it in then: or goto: of a reachable step, {returns}or remove it."
            yield Finding("FC331", step.at, f"no call reaches the step {step.written}{more}", help_)


def _count_further(name: str, leads: Mapping[str, list[str]], reported: set[str]) -> int:
    """Count the steps after a step that are not reported yet, and add all of them to `reported`."""
    before = len(reported)
    todo = [name]
    while todo:
        step = todo.pop()
        if step not in reported:
            reported.add(step)
            todo += leads[step]
    return len(reported) - before - 1
