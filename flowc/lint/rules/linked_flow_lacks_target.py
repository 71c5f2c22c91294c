"""Links to flows that are compiled for the same targets."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a destination in a flow that is not compiled for a target of this flow (FC386), once for that flow."""
    for name, reference in context.links.items():
        if name not in context.linked:
            continue
        missing = [one.name for one in context.profiles if one.name not in context.linked[name]]
        if missing:
            targets = listing(missing, "and")
            message = f"the flow {name}, in which the call continues here, is not compiled for {targets}"
            yield Finding("FC386", reference.to.mentioned, message, f"Add {targets} to the targets of {name}.")
