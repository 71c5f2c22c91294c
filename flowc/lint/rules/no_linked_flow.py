"""Links to flows of the build."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import suggestion
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a destination in a flow that is not in the build (FC385), once for that flow."""
    if context.names is None:
        return
    for name, reference in context.links.items():
        if name not in context.names:
            message = f'"{reference.to.step}" is a step of another flow, and no flow of this project is named {name}'
            help_ = suggestion(name, context.names) or "Write a step of this flow, or the name: of another one."
            help_ = f"{name} is a part: write use: {{part: {name}}}." if name in context.flow.parts else help_
            yield Finding("FC385", reference.to.mentioned, message, help_)
