"""Steps that answer a text message, where there is no call."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Sms
from flowc.flow.model import Step
from flowc.flow.values import ToStep
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS

_MESSAGE = "message"


def check(context: LintContext) -> Iterator[Finding]:
    """Report an action that needs a call in a step that answers a text message (FC373)."""
    for request in context.flow.requests:
        to = request.answered_by(_MESSAGE)
        if isinstance(to, ToStep) and to.step in context.graph.steps:
            yield from _message(context.graph.steps[to.step], to)


def _message(step: Step, to: ToStep) -> Iterator[Finding]:
    for action in step.actions:
        if not isinstance(action, Sms):
            message = f"the step {step.written} answers a text message, so there is no call for {action.verb}"
            help_ = "Use only sms: in this step, or let your own server answer."
            yield Finding("FC373", action.at, message, help_, (Related(to.at, "it is named here"),))
