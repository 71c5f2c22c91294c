"""Actions that need something after them in their step."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.flow.values import Following
from flowc.flow.verbs import REPEAT, USE, VERBS, hangs_up, leads
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
                yield _nowhere(to.at)
        if VERBS[last.verb].hangs_up and not hangs_up(last) and step.name not in context.cached(message_steps):
            help_ = "Add the action that runs until then, such as pause: or dial:, or write hangup alone."
            yield Finding("FC307", last.at, "no action follows that runs until the call is hung up", help_)


def _nowhere(at: NodeRef) -> Finding:
    """Return the finding about a `next` that the author wrote, or that a missing `then:` means."""
    if at.part != "key":
        help_ = "Add an action after it, or write the name of a step, or end."
        return Finding("FC307", at, "next leads nowhere: nothing follows in this step", help_)
    what = str(at.key) if at.key in (USE, REPEAT) else "the part"
    help_ = "Write then: with the name of a step, or end, or add an action after it."
    return Finding("FC307", at, f"nothing follows {what} in this step, and it has no then:", help_)
