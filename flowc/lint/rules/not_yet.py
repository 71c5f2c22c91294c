"""Steps of other flows, for which the language reserves names with a slash."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.values import is_link
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a destination in another flow (FC210)."""
    for reference in context.graph.references:
        if is_link(reference.to.step):
            message = f'"{reference.to.step}" is a step of another flow, and flows cannot be linked yet'
            yield Finding("FC210", reference.to.at, message, "Move the step into this flow.")
