"""Loops that cost something each time."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.loops import find_loops
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH


def check(context: LintContext) -> Iterator[Finding]:
    """Report a loop that a caller can repeat without a limit, at the author's cost (FC336)."""
    for loop in context.cached(find_loops).costly:
        message = f"this loop has no limit, and each pass {loop.cost}: {loop.path}"
        help_ = "Continue elsewhere, such as with a mailbox, or write hangup: {after: 30m} before the loop."
        yield Finding("FC336", loop.closed_at, message, help_)
