"""Fragments of XML and SSML that are well-formed and contain only tags and text."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Raw
from flowc.flow.values import Setting
from flowc.flow.verbs import RAW, SAY
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.syntax.markup import Malformed, Tag, read_markup

STAGE = Stage.CONTENT

_WITH_XML = frozenset({SAY, RAW})


def check(context: LintContext) -> Iterator[Finding]:
    """Report a fragment that cannot be read (FC325)."""
    for action in context.with_verbs(_WITH_XML):
        for setting in action.settings if isinstance(action, Raw) else filter(None, [action.setting("ssml")]):
            yield from _unreadable(setting)


def _unreadable(setting: Setting) -> Iterator[Finding]:
    read = read_markup(str(setting.value))
    if isinstance(read, Malformed):
        line = f" (line {read.line} of the text)" if "\n" in str(setting.value).strip() else ""
        yield Finding("FC325", setting.at, f"this is not valid XML: {read.why}{line}", read.help)
    elif not any(isinstance(part, Tag) or part.strip() for part in read.parts):
        yield Finding("FC325", setting.at, "this contains only a comment", "Write text or tags.")
