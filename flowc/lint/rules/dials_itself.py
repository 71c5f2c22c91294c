"""Dials that do not call their own line, which would be an infinite loop."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Dial
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a dial that calls its caller ID (FC347)."""
    for dial in context.of(Dial):
        shown = dial.setting("caller_id")
        for callee in dial.to if shown else ():
            if shown and callee.kind == "number" and callee.address == shown.value:
                message = f"this dial calls {callee.address}, which it shows as caller ID: the line may call itself"
                help_ = "Dial another number, or write another caller_id."
                yield Finding("FC347", callee.at, message, help_, (Related(shown.at, "the caller ID"),))
