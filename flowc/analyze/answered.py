"""What must come before the call is answered comes before it: preanswer and reject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.graph import mentions, walked
from flowc.model import Action, Goto, Preanswer, Switch, ToStep

_ADVICE = {
    "preanswer": "Put it first, in the step that entry: names.",
    "reject": "Decide before anything is said or dialled, such as by a switch: at the start; here, write hangup.",
}


def check(subject: Subject) -> Iterator[Finding]:
    """FC328 a preanswer, or a reject, where the call is answered already."""
    ringing = _ringing(subject)
    for action in subject.actions:
        if action.verb in _ADVICE and action not in ringing:
            yield Finding("FC328", action.at, "the call is answered before this is reached", _ADVICE[action.verb])


def _ringing(subject: Subject) -> set[Action]:
    """The actions that a call can reach unanswered; steps that no call comes to are taken to begin so."""
    reachable = subject.graph.reachable

    def onward(action: Action) -> Iterable[ToStep] | None:
        if isinstance(action, (Goto, Switch)):
            return mentions(action) if action.id.step in reachable else ()
        return () if isinstance(action, Preanswer) or action.verb == "pause" else None

    steps = subject.graph.steps
    return set(walked(steps, (*(steps.keys() - reachable), *subject.entry), onward))
