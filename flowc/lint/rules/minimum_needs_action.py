"""A least number of keys, which only a server can check."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Gather
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a minimum without `action:` (FC306)."""
    for gather in context.of(Gather):
        if 1 < gather.least < gather.most and gather.action is None:
            message = f"no carrier checks that at least {gather.least} keys are pressed"
            help_ = "Write an exact number of digits, or let your own server check: action: instead of then:."
            yield Finding("FC306", gather.digits_at, message, help_)
