"""Where a step ends, the author says so."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Action, Destination, Dial, Following, Gather, Goto, Record, Redirect, Switch


def check(subject: Subject) -> Iterator[Finding]:
    """FC307 `next` with nothing behind it, FC313 a step that runs off its end."""
    for step in subject.flow.steps:
        last = step.actions[-1]
        destinations: tuple[Destination, ...] = (last.to,) if isinstance(last, Goto) else ()
        if isinstance(last, (Gather, Dial, Record, Switch)) and last.then is not None:
            destinations = last.then.destinations()
        for to in destinations:
            if isinstance(to, Following):
                help_ = "Add the action that is to follow, or name a step, or write end."
                yield Finding("FC307", to.at, "next leads nowhere: nothing follows in this step", help_)
        if last.verb == "hangup" and last.settings:
            help_ = "Put behind it what runs meanwhile, such as a pause: or a dial:, or write hangup alone."
            yield Finding("FC307", last.at, "nothing follows here that could run until the call is hung up", help_)
        elif _runs_off(last):
            help_ = "Add hangup at its end, or goto: with the step that follows."
            yield Finding("FC313", last.at, f"the call ends here, at the end of the step {step.name}", help_)


def _runs_off(last: Action) -> bool:
    match last:
        case Goto() | Redirect() | Switch() | Dial():
            return False
        case Gather() | Record():
            return last.then is None
    return last.verb != "hangup"
