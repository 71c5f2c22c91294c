"""What must come before the call is answered comes before it: preanswer and reject."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.graph import mentions
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
    entry, graph = subject.flow.entry, subject.graph
    todo = [*(graph.steps.keys() - graph.reachable), *([entry.step] if isinstance(entry, ToStep) else ())]
    seen: set[str] = set()
    reached: set[Action] = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in graph.steps:
            continue
        seen.add(name)
        for action in graph.steps[name].actions:
            reached.add(action)
            if isinstance(action, (Goto, Switch)):
                todo += [to.step for to in mentions(action) if name in graph.reachable]
            elif not isinstance(action, Preanswer) and action.verb != "pause":
                break
    return reached
