"""Turns and tries are made by the bundle's own routes, which no server can take over half-way."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Dial, Gather
from flowc.flow.values import ActionUrl
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC316 ring: in-turn beside action:, FC329 tries, or words after a wrong key, that action: does not let be."""
    for action in subject.actions:
        if isinstance(action, Gather) and action.action is not None:
            yield from _tries(action, action.action)
        if isinstance(action, Dial) and action.in_turn and action.action is not None:
            message = "with ring: in-turn only the last number's outcome would reach this server"
            help_ = "Use then:, with {url: ...} where your server goes on; events: tells it of every number."
            yield Finding("FC316", action.action.endpoint.at, message, help_)


def _tries(gather: Gather, action: ActionUrl) -> Iterator[Finding]:
    if gather.tries > 1 and not action.follow:
        message = "with follow: false what follows runs after an answer too, so that the further tries would ask again"
        yield Finding("FC329", action.follow_at, message, "Leave tries out, or let then: decide.")
    if gather.again_after_wrong:
        message = "with action: it is your server that decides what a wrong key is"
        help_ = "Leave no-match out of retry:, or let then: decide."
        yield Finding("FC329", gather.again_after_wrong[0].at, message, help_)
