"""Recordings in the background, after which the call continues in its step."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.verbs import in_background
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a recording in the background that names what follows (FC324)."""
    for action in filter(in_background, context.actions):
        if action.then is not None:
            message = "a recording in the background has no outcome: the call goes on at once"
            help_ = "Remove then: and let the actions follow; events: tells your server of the recording."
            yield Finding("FC324", action.then.at, message, help_)
        elif action.action is not None and action.action.follow:
            message = "this server would take the call over as soon as the recording in the background begins"
            help_ = "Use events:, or write action: {url: ..., follow: false}."
            yield Finding("FC324", action.action.endpoint.at, message, help_)
