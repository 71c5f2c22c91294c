"""Steps that end explicitly."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.verbs import VERBS, ends_step
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.step_ends import early_end, message_steps, names_next

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a step whose last action does not end it (FC313), unless an action before it does (FC330)."""
    for step in context.flow.steps:
        last = step.actions[-1]
        if step.name in context.cached(message_steps) or names_next(last) or VERBS[last.verb].hangs_up:
            continue
        if not ends_step(last) and early_end(step) is None:
            help_ = "Add hangup at its end, or goto: with the next step."
            when = VERBS[last.verb].continues_when if last.action is not None and last.action.follow else ""
            yield Finding("FC313", last.at, f"{when}the call ends here, at the end of the step {step.written}", help_)
