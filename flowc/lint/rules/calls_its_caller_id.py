"""Calls to the carrier's API, which do not call their own caller ID."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a request that calls the number it calls from (FC375)."""
    for request in context.flow.requests:
        sender = request.sender
        if sender is None or not sender.kind:
            continue
        callee = next((callee for callee in request.to if callee.address == sender.address), None)
        if callee is not None:
            message = f"{shown(callee.address)} is both the callee and the caller ID"
            help_ = "Remove it, or call from another number."
            yield Finding("FC375", callee.mentioned, message, help_, (Related(sender.at, "the caller ID"),))
