"""Dials that call each number once."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Dial
from flowc.flow.callees import KEYS_SENT
from flowc.flow.values import Callee
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report one address under two names in one dial (FC348); one name twice is FC207."""
    for action in context.of(Dial):
        if len(action.to) == 1:
            continue
        first: dict[tuple[str, str, str], Callee] = {}
        for callee in action.to:
            # One main number may have several extensions.
            keys = next((str(one.value) for one in callee.settings if one.name in KEYS_SENT), "")
            known = first.setdefault((callee.kind, callee.address, keys), callee)
            if known is not callee and callee.kind:
                busy = "" if action.in_turn else ", and finds it busy"
                message = f"this dial calls {callee.address} twice{busy}"
                help_ = "Remove one of them, or check the numbers in the phone book."
                yield Finding("FC348", callee.at, message, help_, (Related(known.at, "the other one"),))
