"""Places to which the author's server may return a call."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.model import servers
from flowc.flow.values import End, ToStep
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report an exit of a part in `returns:` that leads to no step, so that it has no URL (FC396)."""
    # Few servers return calls.
    returning = any(endpoint.returns for endpoint in context.endpoints)
    for action in context.actions if returning else ():
        for to in (to for endpoint in servers(action) for to in endpoint.returns):
            if not isinstance(to, ToStep):
                why = "ends the call" if isinstance(to, End) else "leads to a server"
                message = f"your server cannot return the call to this exit, which {why}"
                yield Finding("FC396", to.at, message, "Let the exit lead to a step, or leave it out of returns:.")
