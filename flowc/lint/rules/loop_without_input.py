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
        message = f"infinite loop without caller input: {loop.path}"
        help_ = "Lead out of the loop when there is no input, such as to end."
        yield Finding("FC335", loop.closed_at, message, help_)
