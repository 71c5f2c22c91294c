"""Every step and every name of the phone book that is mentioned exists.

A name that is missing, and one that is near to it and that nothing else mentions, are the two ends of one fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, nearest, suggestion
from flowc.flow.values import is_name
from flowc.lint.subject import Subject
from flowc.profiles.foreign import foreign_term

#: The field that holds the name of a caller ID.
_CALLER_ID = "caller_id"
#: So many steps are named where none of them is near to an unknown one.
_MOST_NAMED = 6
#: For so many unknown names it is looked for what they may mean.
_HINTS = 100


def check(subject: Subject) -> Iterator[Finding]:
    """FC301 unknown step, FC302 unknown number, FC210 a step of another flow."""
    steps = subject.graph.steps
    named = {reference.to.step for reference in subject.graph.references}
    loose = {name: step.at for name, step in steps.items() if name not in named}
    unknown = 0
    for reference in subject.graph.references:
        name = reference.to.step
        if "/" in name:
            message = f'"{name}" names a step of another flow, and flows cannot be linked yet'
            yield Finding("FC210", reference.to.at, message, "Put the step into this flow.")
        elif name not in steps:
            unknown += 1
            if unknown > MOST_FAULTS:
                yield too_many(subject.flow.at.file)
                break
            known = steps if unknown <= _HINTS else {}
            help_ = suggestion(name, known) or _otherwise(name, known, bool(reference.origin))
            yield Finding("FC301", reference.to.at, f'there is no step "{name}"', help_, _meant(name, known, loose))
    yield from _numbers(subject)


def _otherwise(name: str, steps: Mapping[str, object], is_destination: bool) -> str:
    """What to do about the name of a step that is near to none."""
    if is_destination and (word := foreign_term("destination", name, ())):
        return word.advice
    few = f"Write {listing(steps)}, or add" if 0 < len(steps) <= _MOST_NAMED else "Add"
    return f"{few} a step {name}: under steps:."


def _numbers(subject: Subject) -> Iterator[Finding]:
    flow = subject.flow
    book = {callee.name: callee.at._replace(part="key") for callee in flow.numbers}
    loose = {name: at for name, at in book.items() if name not in flow.named}
    for callee in subject.parties:
        if not callee.kind:
            help_ = suggestion(callee.name, book) or f"Add {callee.name}: to numbers:, or write a number."
            related = _meant(callee.name, book, loose)
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_, related)
    for action in subject.actions:
        for field in subject.number_fields(action):
            text = str(field.value)
            if is_name(text) and text != "caller":
                own = ", or caller for the caller's own" if field.name == _CALLER_ID else ""
                help_ = suggestion(text, book) or f"Write a number such as +12025550100{own}."
                related = _meant(text, book, loose)
                yield Finding("FC302", field.at, f'there is no number "{text}"', help_, related)


def _meant(name: str, known: Mapping[str, object], loose: Mapping[str, NodeRef]) -> tuple[Related, ...]:
    """The definition that is probably meant, if nothing else mentions it."""
    near = nearest(name, known)
    return (Related(loose[near], "nothing else names this"),) if near in loose else ()
