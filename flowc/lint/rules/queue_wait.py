"""What a caller in a queue hears, and the fields that need it."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Queue
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report fields of a queue that its sound makes impossible (FC418)."""
    for queue in context.of(Queue):
        yield from _impossible(queue)


def _impossible(queue: Queue) -> Iterator[Finding]:
    needs = dict(_needs(queue))
    sound = queue.wait
    if needs and (sound is None or sound.endpoint is not None):
        player = "the carrier's own music is" if sound is None else "your own server plays what is"
        message = f"{listing(needs, 'and')} cannot be combined with this wait: {player} heard in the queue"
        related = (Related(sound.at, "the server"),) if sound is not None else ()
        help_ = 'Write a prompt, such as wait: [{say: Please hold.}, {play: "https://files.example.com/wait.mp3"}].'
        yield Finding("FC418", next(iter(needs.values())), message, help_, related)
        return
    if queue.position_at is not None and not queue.positions:
        help_ = 'Write the sentence with {position} for the number, such as position: "Number {position}."'
        yield Finding("FC418", queue.position_at, "flowc knows no sentence for position: in this language", help_)
    endless = next((action for action in sound.prompt if action.endless), None) if sound is not None else None
    later = [name for name in ("position", "max_wait") if name in needs]
    if endless is not None and later:
        message = f"{listing(later, 'and')} takes effect when the prompt ends, but this repeats without end"
        help_ = "Remove loop: 0; the prompt is repeated as long as the caller waits."
        yield Finding("FC418", endless.at, message, help_)


def _needs(queue: Queue) -> Iterator[tuple[str, NodeRef]]:
    """Yield the fields that need a prompt, with their places."""
    if queue.position_at is not None:
        yield "position", queue.position_at
    if queue.leave is not None:
        yield "leave", queue.leave.key.at
    if queue.max_wait is not None:
        yield "max_wait", queue.max_wait.at
