"""A pause that waits for silence is long enough for it."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.values import Duration
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """FC327 a quiet that the pause is too short for."""
    for action in context.all_actions:
        quiet, length = action.setting("quiet"), action.setting("length")
        if quiet is None or length is None:
            continue
        if isinstance(quiet.value, Duration) and isinstance(length.value, Duration) and quiet.value >= length.value:
            message = "the pause is over before it can have been quiet for so long"
            yield Finding("FC327", quiet.at, message, "Make length: longer than quiet:.")
