"""Who is recorded has been told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather, Preanswer
from flowc.flow.graph import mentions, walked
from flowc.flow.verbs import VERBS, recording
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """FC365 a talk that is recorded, and a way there on which no text speaks of a recording."""
    if not any(map(recording, context.actions)):
        return
    # Everybody hears what is asked before the recording of a dial begins, but not what the callee hears.
    for action in walked(
        context.graph.steps, context.entry_steps, lambda one: None if _told(context, one) else mentions(one)
    ):
        recorded = recording(action)
        if recorded is not None:
            message = "a caller can come here without having been told of the recording"
            yield Finding("FC365", recorded.at, message, "Say before it that the call is recorded.")


def _told(context: LintContext, action: Action) -> bool:
    return any(_tells(context, heard) for heard in _heard(action))


def _heard(action: Action) -> Iterable[Action]:
    """What the caller hears of an action before it does anything."""
    return action.prompt if isinstance(action, (Gather, Preanswer)) else (action,)


def _tells(context: LintContext, heard: Action) -> bool:
    """Whether something that is heard speaks of a recording; what cannot be read is taken to do so."""
    takes = VERBS[heard.verb].takes
    if takes != "speech":
        return takes == "file"
    text, tongue = heard.setting("text"), context.prompt_language(heard)
    return text is None or tongue is None or tongue.records(str(text.value))
