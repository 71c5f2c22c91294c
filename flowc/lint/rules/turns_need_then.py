"""Dials that ring one number after another by routes of the bundle, which no server can replace halfway."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Dial
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report `ring: in-turn` together with `action:` (FC316)."""
    for dial in context.of(Dial):
        if dial.in_turn and dial.action is not None:
            message = "with ring: in-turn only the last number's outcome would reach this server"
            help_ = "Use then:, with {url: ...} where your server continues; events: reports every number to it."
            yield Finding("FC316", dial.action.endpoint.at, message, help_)
