"""Emergency numbers."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.numbering import is_emergency
from flowc.lint.stage import Stage
from flowc.lint.written_numbers import Use, doubtful_numbers

STAGE = Stage.CONTENT

_HELP = "Ask callers to dial it themselves, and hang up."
_EXTENSION_HELP = ' If it is an extension, write the main number with it: {{to: "+12025550123", extension: "{}"}}.'


def check(context: LintContext) -> Iterator[Finding]:
    """Report an emergency number, unless it is only compared (FC345)."""
    for text, at, use, short in context.cached(doubtful_numbers):
        if use is not Use.COMPARED and is_emergency(text):
            message = f"{shown(text)} is an emergency number, which carriers do not connect from a flow"
            internal = use is Use.DIALLED and not short and not text.startswith("+")
            yield Finding("FC345", at, message, _HELP + (_EXTENSION_HELP.format(text) if internal else ""))
