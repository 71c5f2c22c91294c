"""Who is recorded has been told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather, Preanswer
from flowc.flow.graph import mentions, walked
from flowc.flow.verbs import VERBS, recording
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC365 a talk that is recorded, and a way there on which no text speaks of a recording."""
    if not any(map(recording, subject.actions)):
        return
    # Everybody hears what is asked before the recording of a dial begins, but not what the callee hears.
    for action in walked(
        subject.graph.steps, subject.entry, lambda one: None if _told(subject, one) else mentions(one)
    ):
        recorded = recording(action)
        if recorded is not None:
            message = "a caller can come here without having been told of the recording"
            yield Finding("FC365", recorded.at, message, "Say before it that the call is recorded.")


def _told(subject: Subject, action: Action) -> bool:
    return any(_tells(subject, heard) for heard in _heard(action))


def _heard(action: Action) -> Iterable[Action]:
    """What the caller hears of an action before it does anything."""
    return action.prompt if isinstance(action, (Gather, Preanswer)) else (action,)


def _tells(subject: Subject, heard: Action) -> bool:
    """Whether something that is heard speaks of a recording; what cannot be read is taken to do so."""
    takes = VERBS[heard.verb].timing
    if takes != "speech":
        return takes == "file"
    text, tongue = heard.setting("text"), subject.tongue(heard)
    return text is None or tongue is None or tongue.records(str(text.value))
