"""A line that calls itself goes round without end."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Dial
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """FC347 a dial that calls the number which it shows as its own."""
    for action in context.actions:
        shown = action.setting("caller_id") if isinstance(action, Dial) else None
        for callee in action.parties() if shown else ():
            if shown and callee.kind == "number" and callee.address == shown.value:
                message = (
                    f"this calls {callee.address}, which the dial shows as its own number: the line may call itself"
                )
                help_ = "Dial somebody else, or show another caller_id."
                yield Finding("FC347", callee.at, message, help_, (Related(shown.at, "the number that is shown"),))
