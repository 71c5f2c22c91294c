"""A `then` that decides something."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import Location
from flowc.flow.actions import Action, Gather, Switch
from flowc.flow.values import Then, ToStep, destination_key, is_keys
from flowc.lint import loops
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC333 a then: whose choices all lead to the same place.

    The outcomes of a dial or a recording are a closed list, so naming them one by one is a way to say that all were
    thought of. A choice that the author made up, or an else beside such outcomes, says that there is a difference.
    Choices of which one closes a loop without input (FC335) are reported as that alone.
    """
    looping: set[Location] | None = None
    for action in subject.actions:
        then = action.then
        if then is None or len(places := then.destinations()) == 1 or len({destination_key(to) for to in places}) > 1:
            continue
        if then.otherwise is not None or any(_made_up(action, case.outcome) for case in then.cases):
            if looping is None:
                looping = {finding.at for finding in loops.check(subject) if finding.code == loops.WITHOUT_INPUT}
            if looping & {to.at for to in places}:
                continue
            help_ = f"Write then: {_written(then)}, or lead one of them elsewhere."
            yield Finding("FC333", then.at, "all of these lead to the same place", help_)


def _made_up(action: Action, outcome: str) -> bool:
    """Whether an outcome is the author's own word: a value of a switch, keys of a gather."""
    return isinstance(action, Switch) or (isinstance(action, Gather) and is_keys(outcome))


def _written(then: Then) -> str:
    to = then.destinations()[0]
    return (
        to.step if isinstance(to, ToStep) else {"End": "end", "Following": "next"}.get(type(to).__name__, "{url: ...}")
    )
