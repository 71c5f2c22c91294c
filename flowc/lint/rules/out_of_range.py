"""Ranges whose ends are in order."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Gather
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a least number of keys that exceeds the most (FC206); single values are checked by the schema."""
    for gather in context.of(Gather):
        if gather.least > gather.most:
            message = f"the minimum of {gather.least} keys is larger than the maximum of {gather.most}"
            yield Finding("FC206", gather.digits_at, message, "Make max: at least as large as min:.")
