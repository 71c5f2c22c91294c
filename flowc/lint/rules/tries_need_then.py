"""Tries of a gather, which routes of the bundle make and no server can replace halfway."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Gather
from flowc.flow.values import ActionUrl
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report tries, or a prompt after a wrong key, that exclude `action:` (FC329)."""
    for gather in context.of(Gather):
        if gather.action is not None:
            yield from _tries(gather, gather.action)


def _tries(gather: Gather, action: ActionUrl) -> Iterator[Finding]:
    if gather.tries > 1 and not action.follow:
        message = "with follow: false the next actions run after an answer too, so the further tries would ask again"
        yield Finding("FC329", action.follow_at, message, "Remove tries, or use then: instead.")
    if gather.again_after_wrong:
        message = "with action: your server decides which keys are wrong"
        help_ = "Remove no-match from retry:, or use then: instead."
        yield Finding("FC329", gather.again_after_wrong[0].at, message, help_)
