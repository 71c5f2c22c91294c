"""A recording is told to somebody; one in the background leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.model import Record
from flowc.lint.subject import Subject
from flowc.profiles.profile import Kind, Profile, Spelling

_UNNOTICED = "nobody is told of this recording"
#: Verbs that record among other things, and the field that tells of it.
_ROOMS = {"conference": "events", "multiparty": "recording_events"}


def check(subject: Subject) -> Iterator[Finding]:
    """FC314 a recording without events: and action:, FC324 one in the background with then:."""
    for action in subject.actions:
        record = action.setting("record")
        if action.verb in _ROOMS and record is not None and record.value is True:
            field = _ROOMS[action.verb]
            if action.tells(field) is None and action.action is None:
                yield Finding("FC314", record.at, _UNNOTICED, f"Add {field}: (or action:) with your server's URL.")
        if not isinstance(action, Record):
            continue
        if action.tells("events") is None and action.action is None:
            told = all(_tells(profile) for profile in subject.profiles)
            fields = "events:" if action.in_background else "events: (or action:)" if told else "action:"
            help_ = f"Add {fields} with your server's URL."
            yield Finding("FC314", action.at, _UNNOTICED, help_)
        if action.in_background and action.then is not None:
            message = "a recording in the background has no outcome: the call goes on at once"
            help_ = "Remove then: and let the actions follow; events: tells your server of the recording."
            yield Finding("FC324", action.then.at, message, help_)
        elif action.in_background and action.action is not None and action.action.follow:
            message = "this server would take the call over as soon as the recording in the background begins"
            help_ = "Use events:, or write action: {url: ..., follow: false}."
            yield Finding("FC324", action.action.link.at, message, help_)


def _tells(profile: Profile) -> bool:
    """Whether the target can tell a server of a recording beside the flow."""
    row = profile.nodes["record"]
    return isinstance(row, Kind) and isinstance(row.fields.get("events"), Spelling)
