"""Entries of the phone book that nothing names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from flowc.diagnostics.findings import MOST_FAULTS, Finding
from flowc.diagnostics.wording import nearest
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC332 a number of the phone book that nothing uses; the first thousand. (Variables: `project.variables`.)"""
    return islice(_unused(subject), MOST_FAULTS)


def _unused(subject: Subject) -> Iterator[Finding]:
    book = [entry.name for entry in subject.flow.numbers]
    unknown = {callee.name for callee in subject.parties if not callee.kind}
    unknown |= {callee.name for cases in subject.compared.values() for callee, _ in cases if not callee.kind}
    unknown |= {str(field.value) for action in subject.actions for field in subject.number_fields(action)}
    # What is meant by a name that is not there is told with that name.
    meant = {nearest(name, book) for name in unknown}
    for entry in subject.flow.numbers:
        if entry.name not in subject.flow.named and entry.name not in meant:
            help_ = "Use it, such as in to: or caller_id:, or remove it."
            yield Finding("FC332", entry.at._replace(part="key"), f"nothing uses the number {entry.name}", help_)
