"""Ways out of a queue: what the fields say about callers who leave."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Queue
from flowc.flow.values import LEFT, destination_key
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report contradictions about callers who leave a queue (FC417)."""
    for queue in context.of(Queue):
        yield from _contradictions(queue)


def _contradictions(queue: Queue) -> Iterator[Finding]:
    to = queue.leave.to if queue.leave is not None else None
    case = next((case for case in queue.then.cases if case.outcome == LEFT), None) if queue.then else None
    if case is not None and not queue.ends_wait:
        help_ = "Add leave: with a key, or max_wait: with a time, or remove left:."
        yield Finding("FC417", case.at, "no caller leaves this queue", help_)
    elif to is not None and queue.action is not None:
        help_ = "Remove to:, or write then: instead of action:."
        message = "the server of action: decides where a caller continues who leaves the queue"
        yield Finding("FC417", to.at, message, help_, (Related(queue.action.endpoint.at, "the server"),))
    elif to is not None and case is not None and destination_key(to) != destination_key(case.to):
        message = "the key of leave: and the outcome left lead to different places"
        help_ = "Write only one of them: carriers report the key and the end of max_wait alike."
        yield Finding("FC417", to.at, message, help_, (Related(case.at, "left leads elsewhere"),))
