"""Recordings in the background, after which the call continues in its step."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.verbs import in_background, verbs_with
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS

_BACKGROUND = verbs_with(lambda verb: verb.background)


def check(context: LintContext) -> Iterator[Finding]:
    """Report a recording in the background that names what follows (FC324)."""
    for action in filter(in_background, context.with_verbs(_BACKGROUND)):
        if action.then is not None:
            message = "a recording in the background has no outcome: the call continues immediately"
            help_ = "Remove then:, and write the next actions after the recording; events: reports it to your server."
            yield Finding("FC324", action.then.at, message, help_)
        elif action.action is not None and action.action.follow:
            message = "this server would take over the call as soon as the recording in the background starts"
            help_ = "Use events:, or write action: {url: ..., follow: false}."
            yield Finding("FC324", action.action.endpoint.at, message, help_)
