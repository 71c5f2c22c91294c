"""Menus that are spoken while the call listens for keys."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Action, Gather
from flowc.flow.verbs import VERBS, Timing
from flowc.lint.context import LintContext
from flowc.lint.menus import prompt_texts
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: What is heard directly before a gather and belongs to it.
_PLAYED: tuple[Timing, ...] = ("speech", "file", "silence")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a text that asks for keys before a gather which has no prompt (FC357)."""
    for step in context.flow.steps if context.of(Gather) else ():
        for index, action in enumerate(step.actions):
            if isinstance(action, Gather) and action.takes_keys and not action.prompt:
                yield from _before(context, action, step.actions[:index])


def _before(context: LintContext, gather: Gather, before: tuple[Action, ...]) -> Iterator[Finding]:
    for say in takewhile(lambda earlier: VERBS[earlier.verb].timing in _PLAYED, reversed(before)):
        for text in prompt_texts(context, [say]):
            if text.pressed:
                message = "keys that a caller presses during this text are lost"
                help_ = "Move the text into prompt: of the gather."
                related = (Related(gather.at, "the call listens for keys from here"),)
                yield Finding("FC357", text.setting.at, message, help_, related)
                return
