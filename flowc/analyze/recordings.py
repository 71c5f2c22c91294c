"""A recording is told to somebody."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Record
from flowc.profile import Kind, Profile, Spelling


def check(subject: Subject) -> Iterator[Finding]:
    """FC314 a recording without events: and action:."""
    for action in subject.actions():
        if isinstance(action, Record) and action.events is None and action.action is None:
            told = all(_tells(profile) for profile in subject.profiles)
            help_ = f"Add {'events: (or action:)' if told else 'action:'} with your server's URL."
            yield Finding("FC314", action.at, "nobody is told of this recording", help_)


def _tells(profile: Profile) -> bool:
    """Whether the target can tell a server of a recording beside the flow."""
    row = profile.nodes["record"]
    return isinstance(row, Kind) and isinstance(row.fields.get("events"), Spelling)
