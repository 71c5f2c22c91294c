"""Menus with no more choices than callers remember."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.values import destination_key
from flowc.lint.context import LintContext
from flowc.lint.menus import menus
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: People remember about four things that they hear once, five at best (N. Cowan, The magical number 4, 2001).
_MOST = 5
#: Keys whose meaning callers know: the operator, back, again.
_USUAL = "0*#"


def check(context: LintContext) -> Iterator[Finding]:
    """Report a menu with more choices than people remember (FC360)."""
    for menu in context.cached(menus):
        places = {destination_key(case.to) for case in menu.choices if case.outcome not in _USUAL}
        if len(places) > _MOST:
            message = f"this menu has {len(places)} choices, and few callers remember more than {_MOST}"
            yield Finding("FC360", menu.gather.at, message, "Move some of them into a second menu.")
