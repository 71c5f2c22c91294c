"""Recordings that are announced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather, Preanswer
from flowc.flow.graph import walked
from flowc.flow.model import mentions
from flowc.flow.verbs import VERBS, recording
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a recorded talk that a caller can reach without a text about a recording (FC365)."""
    steps = context.graph.steps.values()  # those of linked flows, too
    if not any(recording(action) for step in steps for action in step.actions):
        return
    # The caller hears the prompt of an action, but not what a callee hears before confirming.
    for action in walked(
        context.graph.steps, context.entry_steps, lambda one: None if _announces(context, one) else mentions(one)
    ):
        recorded = recording(action)
        if recorded is not None:
            message = "a caller can reach this without hearing that the call is recorded"
            yield Finding("FC365", recorded.at, message, "Announce the recording before it starts.")


def _announces(context: LintContext, action: Action) -> bool:
    return any(_mentions_recording(context, heard) for heard in _heard(action))


def _heard(action: Action) -> Iterable[Action]:
    """Return what the caller hears before an action does something."""
    return action.prompt if isinstance(action, (Gather, Preanswer)) else (action,)


def _mentions_recording(context: LintContext, heard: Action) -> bool:
    """Whether a sound mentions a recording; one whose words are unknown may do so."""
    takes = VERBS[heard.verb].timing
    if takes != "speech":
        return takes == "file"
    text, language = heard.setting("text"), context.prompt_language(heard)
    return text is None or language is None or language.records(str(text.value))
