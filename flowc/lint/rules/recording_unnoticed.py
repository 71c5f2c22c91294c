"""Recordings that are reported to a server."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Record
from flowc.flow.verbs import VERBS, in_background, recording, verbs_with
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling

STAGE = Stage.PATHS

_REPORTING = verbs_with(lambda verb: verb.recording_callback)


def check(context: LintContext) -> Iterator[Finding]:
    """Report a recording without a callback or `action:` (FC314)."""
    for action in context.with_verbs(_REPORTING):
        field = VERBS[action.verb].recording_callback
        record = recording(action)
        at = action.at if isinstance(action, Record) else record.at if record else None
        if at and action.callback(field) is None and action.action is None:
            help_ = f"Add {_fields(context, action, field)} with your server's URL."
            yield Finding("FC314", at, "this recording is not reported to any server", help_)


def _fields(context: LintContext, action: Action, field: str) -> str:
    if in_background(action):
        return f"{field}:"
    reports = not isinstance(action, Record) or all(_reports(profile, action, field) for profile in context.profiles)
    return f"{field}: (or action:)" if reports else "action:"


def _reports(profile: Profile, action: Action, field: str) -> bool:
    """Whether a target can report a recording to the server that a field names, while the call continues."""
    row = profile.row(action.verb)
    return isinstance(row, NodeRow) and isinstance(row.fields.get(field), Spelling)
