"""Prompts that end, so that the call continues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Confirm, Dial, Gather, Preanswer
from flowc.flow.verbs import verbs_with
from flowc.lint.context import LintContext
from flowc.lint.menus import confirmations
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: What cannot happen after the prompt of an action.
_NEVER: Mapping[type[Action], str] = {
    Gather: "the time to answer never begins, so no-input cannot happen",
    Preanswer: "the call is never answered",
}
_PROMPTING = verbs_with(lambda verb: verb.model in _NEVER)
#: Strategies that listen for the key after the prompt.
_SCREENING = ("screen", "screen-unsure")


def check(context: LintContext) -> Iterator[Finding]:
    """Report an endless sound in a prompt (FC337). In music, which something else ends, `loop: 0` is valid."""
    for action in context.with_verbs(_PROMPTING):
        yield from _endless(action.prompts(), _NEVER[type(action)])
    for confirm in confirmations(context):
        yield from _confirmed(context, confirm)
    whispers = (*(dial.whisper for dial in context.of(Dial)), *(entry.whisper for entry in context.entries))
    for whisper in filter(None, whispers):
        yield from _endless((whisper.prompt,), "the callee is never connected")


def _confirmed(context: LintContext, confirm: Confirm) -> Iterator[Finding]:
    """Check a confirmation on targets that listen for the key only after the prompt."""
    screening = [profile.name for profile in context.profiles if profile.strategies.confirm in _SCREENING]
    if screening:
        why = f"{listing(screening, 'and')} would never listen for the callee's key"
        yield from _endless((confirm.sound.prompt,), why)


def _endless(prompts: tuple[tuple[Action, ...], ...], why: str) -> Iterator[Finding]:
    for action in (action for prompt in prompts for action in prompt if action.endless):
        loop = action.setting("loop")
        at = loop.at if loop is not None else action.at
        message = f"this {action.verb} repeats until the call ends: {why}"
        yield Finding("FC337", at, message, "Limit the repetitions, such as with loop: 3, or remove loop.")
