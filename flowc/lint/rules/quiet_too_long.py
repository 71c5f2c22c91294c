"""Pauses that are long enough for the silence that they wait for."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.values import Duration
from flowc.flow.verbs import verbs_with
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

_PAUSES = verbs_with(lambda verb: verb.timing == "silence")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a `quiet` that is as long as its pause, or longer (FC327)."""
    for action in context.with_verbs(_PAUSES):
        quiet, length = action.setting("quiet"), action.setting("length")
        if quiet is None or length is None:
            continue
        if isinstance(quiet.value, Duration) and isinstance(length.value, Duration) and quiet.value >= length.value:
            message = "the pause ends before it can be quiet for that long"
            yield Finding("FC327", quiet.at, message, "Make length: longer than quiet:.")
