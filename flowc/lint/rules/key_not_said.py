"""Keys that a menu offers and its prompt mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Confirm
from flowc.flow.values import Case
from flowc.lint.context import LintContext
from flowc.lint.menus import confirmations, menus, prompt_texts
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a key that a prompt does not mention (FC362), unless it mentions a wrong one instead (FC361)."""
    for menu in context.cached(menus):
        if menu.is_comparable and menu.not_said and not menu.not_offered:
            yield _not_said(menu.not_said)
    for confirm in confirmations(context):
        yield from _confirming(context, confirm)


def _not_said(cases: Sequence[Case]) -> Finding:
    first, *others = cases
    keys = f"the key{'s' if others else ''} {listing([case.outcome for case in cases], 'and')}"
    related = tuple(Related(case.at, f"it does not mention {case.outcome} either") for case in others)
    them = "them" if others else "it"
    help_ = f"Explain {them} in the prompt, or remove {them}."
    return Finding("FC362", first.at, f"the prompt does not mention {keys}", help_, related)


def _confirming(context: LintContext, confirm: Confirm) -> Iterator[Finding]:
    texts = prompt_texts(context, confirm.sound.prompt)
    key = str(confirm.key.value)
    if any(text.pressed for text in texts) and not any(key in text.mentioned for text in texts):
        message = f"the prompt asks for another key than {key}, which is the one that confirms"
        yield Finding("FC362", confirm.key.at, message, "Name the key that confirms in the prompt, or change key:.")
