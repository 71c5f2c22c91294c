"""Values of a switch that can be told apart, by every carrier and every host."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding, Related
from flowc.model import Case, Switch
from flowc.wording import shown


def check(subject: Subject) -> Iterator[Finding]:
    """FC304 an empty value, FC317 two values that are one to a carrier (a number's plus) or a host (capitals)."""
    for action in subject.actions:
        if not isinstance(action, Switch):
            continue
        first: dict[str, Case] = {}
        for case in action.then.cases if action.then else ():
            if not case.outcome:
                message = "an empty value never arrives as one: it counts as left out"
                yield Finding("FC304", case.at, message, "Remove it: else: is taken where there is no value.")
                continue
            known = first.setdefault(case.outcome.removeprefix("+").casefold(), case)
            if known is not case:
                message = f"{shown(case.outcome)} cannot be told apart from {shown(known.outcome)}"
                help_ = "Keep one of them: a number is the same without its plus, and capitals make no difference."
                yield Finding("FC317", case.at, message, help_, (Related(known.at, "the other one"),))
