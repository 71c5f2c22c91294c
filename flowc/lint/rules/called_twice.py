"""Calls to the carrier's API, which call each number once."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import shown
from flowc.flow.values import Callee
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a number that one request calls twice (FC374)."""
    for request in context.flow.requests:
        first: dict[str, Callee] = {}
        for callee in request.to:
            known = first.setdefault(callee.address, callee)
            if known is not callee and callee.kind:
                message = f"{shown(callee.address)} is called twice"
                help_ = "Remove one of them: both calls would be made at the same time."
                yield Finding("FC374", callee.mentioned, message, help_, (Related(known.mentioned, "the other one"),))
