"""Where a step ends, the author says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Goto
from flowc.flow.values import Following, ToStep
from flowc.flow.verbs import VERBS, ends_step, hangs_up, leads
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC307 `next` with nothing behind it, FC313 a step that runs off its end, FC330 actions behind its end."""
    messages = _messages(subject)
    for step in subject.flow.steps:
        last = step.actions[-1]
        behind = next((pair for pair in pairwise(step.actions) if ends_step(pair[0]) and not _closes(*pair)), None)
        if behind is not None:
            yield _never_reached(*behind)
        named = isinstance(last, Goto) or last.then is not None
        for to in leads(last) if named else ():
            if isinstance(to, Following):
                help_ = "Add the action that is to follow, or name a step, or write end."
                yield Finding("FC307", to.at, "next leads nowhere: nothing follows in this step", help_)
        if step.name in messages:
            continue
        if VERBS[last.verb].hangs_up and not hangs_up(last):
            help_ = "Put behind it what runs meanwhile, such as a pause: or a dial:, or write hangup alone."
            yield Finding("FC307", last.at, "nothing follows here that could run until the call is hung up", help_)
        elif behind is None and not named and not ends_step(last):
            help_ = "Add hangup at its end, or goto: with the step that follows."
            when = VERBS[last.verb].continues_when if last.action is not None and last.action.follow else ""
            yield Finding("FC313", last.at, f"{when}the call ends here, at the end of the step {step.name}", help_)


def _messages(subject: Subject) -> set[str]:
    """The steps that answer a text message and nothing else: there is no call to be ended."""
    asked = [request.answered_by("message") for request in subject.flow.requests]
    named = [to.step for to in asked if isinstance(to, ToStep)]
    references = [reference.to.step for reference in subject.graph.references]
    return {step for step in named if references.count(step) == named.count(step)}


def _never_reached(end: Action, following: Action) -> Finding:
    if end.endless:
        why = f"{end.verb} repeats until the call ends (loop: 0)"
        help_ = f"Write how often {end.verb} is heard, such as loop: 3, or remove what follows it."
    elif hangs_up(end):
        why, help_ = "the call has ended", f"Remove it, or put it before {end.verb}."
    else:
        why = f"{end.verb} goes elsewhere, whatever happens"
        help_ = f"Put it before {end.verb}, or into the step that follows."
    return Finding("FC330", following.at, f"this is never reached: {why}", help_)


def _closes(end: Action, following: Action) -> bool:
    """Whether a hangup only says what is so: a caller who hears a sound that never ends hangs up."""
    return end.endless and following.verb == "hangup" and hangs_up(following)
