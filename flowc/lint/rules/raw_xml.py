"""XML of the author's own, which flowc does not understand."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Raw
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report XML of the author's own (FC326)."""
    for action in context.all_actions:
        if isinstance(action, Raw):
            message = "raw XML is checked for its form alone: where it leads is unknown, and only this carrier takes it"
            yield Finding("FC326", action.at, message, "Prefer an action of the language where there is one.")
