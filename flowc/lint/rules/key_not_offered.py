"""Keys that a prompt asks for and the menu offers."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing
from flowc.lint.context import LintContext
from flowc.lint.menus import menus
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a key that a prompt asks for and that is not a choice (FC361)."""
    for menu in context.cached(menus):
        if menu.is_comparable:
            related = tuple(Related(case.at, f"{case.outcome} is offered but not mentioned") for case in menu.not_said)
            for setting, keys in menu.not_offered:
                named = listing(keys, "and")
                message = (
                    f"the text says to press {named}, which {'is' if len(keys) == 1 else 'are'} not among the choices"
                )
                yield Finding("FC361", setting.at, message, f"Add {named} to then:, or change the text.", related)
