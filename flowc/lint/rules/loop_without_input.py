"""Loops that need no input of a caller: the call never ends."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.loops import find_loops
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH


def check(context: LintContext) -> Iterator[Finding]:
    """Report a loop that needs no input (FC335)."""
    for loop in context.cached(find_loops).without_input:
        message = f"a call goes round here without end, and nobody has to do anything for it: {loop.path}"
        help_ = "Lead to a step outside of the round where nobody does anything, or to end."
        yield Finding("FC335", loop.closed_at, message, help_)
