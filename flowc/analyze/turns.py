"""Numbers that ring in turn are tried by the bundle's own routes, which no server can take over half-way."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding
from flowc.model import Dial


def check(subject: Subject) -> Iterator[Finding]:
    """FC316 ring: in-turn beside action:."""
    for action in subject.actions():
        if isinstance(action, Dial) and action.in_turn and action.action is not None:
            message = "with ring: in-turn only the last number's outcome would reach this server"
            help_ = "Use then:, with {url: ...} where your server goes on; events: tells it of every number."
            yield Finding("FC316", action.action.at, message, help_)
