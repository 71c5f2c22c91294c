"""XML of the author's own, which flowc does not understand."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.verbs import RAW
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

_RAW = frozenset({RAW})


def check(context: LintContext) -> Iterator[Finding]:
    """Report XML of the author's own (FC326)."""
    for action in context.with_verbs(_RAW):
        message = "only the form of raw XML is checked: flowc cannot follow it, and other carriers do not accept it"
        yield Finding("FC326", action.at, message, "Use an action of the language if there is one.")
