"""Where steps end."""

from __future__ import annotations

from itertools import pairwise

from flowc.flow.actions import Action, Goto
from flowc.flow.model import Step
from flowc.flow.values import ToStep
from flowc.flow.verbs import HANGUP, ends_step, hangs_up
from flowc.lint.context import LintContext


def early_end(step: Step) -> tuple[Action, Action] | None:
    """Return the first action that ends a step before its last one, with the action that follows."""
    for action, following in pairwise(step.actions):
        if ends_step(action) and not _is_explicit(action, following):
            return action, following
    return None


def names_next(action: Action) -> bool:
    """Whether an action says itself where the call continues."""
    return isinstance(action, Goto) or action.then is not None


def message_steps(context: LintContext) -> set[str]:
    """Return the steps that only answer text messages: there is no call that could end."""
    answers = [request.answered_by("message") for request in context.flow.requests]
    named = [to.step for to in answers if isinstance(to, ToStep)]
    references = [reference.to.step for reference in context.graph.references]
    return {step for step in named if references.count(step) == named.count(step)}


def _is_explicit(end: Action, following: Action) -> bool:
    """Whether a hangup only states what happens anyway: a caller who hears an endless sound hangs up."""
    return end.endless and following.verb == HANGUP and hangs_up(following)
