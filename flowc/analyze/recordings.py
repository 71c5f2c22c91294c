"""A recording is told to somebody."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Record


def check(subject: Subject) -> Iterator[Finding]:
    """FC314 a recording without events: and action:."""
    for action in subject.actions():
        if isinstance(action, Record) and action.events is None and action.action is None:
            help_ = "Add events: (or action:) with your server's URL; else look for it in the carrier's console."
            yield Finding("FC314", action.at, "nobody is told of this recording", help_)
