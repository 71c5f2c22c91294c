"""Actions that need something after them in their step."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.values import Following
from flowc.flow.verbs import VERBS, hangs_up, leads
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.step_ends import message_steps, names_next

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report `next`, and a hangup after a time, at the end of a step (FC307)."""
    for step in context.flow.steps:
        last = step.actions[-1]
        for to in leads(last) if names_next(last) else ():
            if isinstance(to, Following):
                help_ = "Add an action after it, or write the name of a step, or end."
                yield Finding("FC307", to.at, "next leads nowhere: nothing follows in this step", help_)
        if VERBS[last.verb].hangs_up and not hangs_up(last) and step.name not in context.cached(message_steps):
            help_ = "Add the action that runs until then, such as pause: or dial:, or write hangup alone."
            yield Finding("FC307", last.at, "no action follows that runs until the call is hung up", help_)
