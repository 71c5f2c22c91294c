"""Every step and every name of the phone book that is mentioned exists."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.wording import suggestion


def check(subject: Subject) -> Iterator[Finding]:
    """FC301 unknown step, FC302 unknown number, FC210 a step of another flow."""
    steps = subject.graph.steps
    for reference in subject.graph.references:
        name = reference.to.step
        if "/" in name:
            message = f'"{name}" names a step of another flow, and flows cannot be linked yet'
            yield Finding("FC210", reference.to.at, message, "Put the step into this flow, or redirect to its URL.")
        elif name not in steps:
            help_ = suggestion(name, steps) or f"Add a step {name}: under steps:."
            yield Finding("FC301", reference.to.at, f'there is no step "{name}"', help_)
    book = {callee.name for callee in subject.flow.numbers}
    for callee in subject.parties():
        if not callee.kind:
            help_ = suggestion(callee.name, book) or f"Add {callee.name}: to numbers:, or write a number."
            yield Finding("FC302", callee.at, f'there is no number "{callee.name}"', help_)
