"""A recording is told to somebody; one in the background leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Record
from flowc.flow.verbs import VERBS, in_background, recording
from flowc.lint.subject import Subject
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling

_UNNOTICED = "nobody is told of this recording"


def check(subject: Subject) -> Iterator[Finding]:
    """FC314 a recording without events: and action:, FC324 one in the background with then:."""
    for action in subject.actions:
        field = VERBS[action.verb].recording_callback
        record, background = recording(action), in_background(action)
        at = action.at if isinstance(action, Record) else record.at if record else None
        if field and at and action.callback(field) is None and action.action is None:
            told = not isinstance(action, Record) or all(_tells(profile, action, field) for profile in subject.profiles)
            fields = f"{field}:" if background else f"{field}: (or action:)" if told else "action:"
            yield Finding("FC314", at, _UNNOTICED, f"Add {fields} with your server's URL.")
        if background and action.then is not None:
            message = "a recording in the background has no outcome: the call goes on at once"
            help_ = "Remove then: and let the actions follow; events: tells your server of the recording."
            yield Finding("FC324", action.then.at, message, help_)
        elif background and action.action is not None and action.action.follow:
            message = "this server would take the call over as soon as the recording in the background begins"
            help_ = "Use events:, or write action: {url: ..., follow: false}."
            yield Finding("FC324", action.action.endpoint.at, message, help_)


def _tells(profile: Profile, action: Action, field: str) -> bool:
    """Whether the target can report a recording to the server that a field names, beside the flow."""
    row = profile.row(action.verb)
    return isinstance(row, NodeRow) and isinstance(row.fields.get(field), Spelling)
