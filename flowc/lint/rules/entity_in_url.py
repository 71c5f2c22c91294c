"""Ampersands in URLs: flowc escapes them, so an author must not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.flow.verbs import STREAM
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault

STAGE = Stage.PATHS

#: An ampersand as XML and HTML write it: a server takes what follows for the name of a parameter.
_AMPERSAND = re.compile(r"(&(?:amp|#0*38|#[xX]0*26);)\w*")


def check(context: LintContext) -> Iterator[Finding]:
    """Report an ampersand that is escaped already (FC353)."""
    for url, at in context.urls:
        if not url_fault(url):
            yield from _escaped(url, at)
    for url, at in _other_urls(context):
        yield from _escaped(url, at)


def _other_urls(context: LintContext) -> Iterator[tuple[str, NodeRef]]:
    """Yield the URLs that no rule follows: those of WebSockets, and those in the targets' own blocks."""
    for action in context.all_actions:
        if action.verb == STREAM:
            yield from ((str(one.value), one.at) for one in action.settings if one.name == "url")
        for block in action.blocks:
            yield from (
                (one.value, one.at) for one in block.settings if isinstance(one.value, str) and "://" in one.value
            )


def _escaped(url: str, at: NodeRef) -> Iterator[Finding]:
    found = _AMPERSAND.search(url) if "&" in url else None
    if found is not None:
        message = (
            f"this URL contains {found[1]}, so the server receives a parameter {shown(found[0].removeprefix('&'))}"
        )
        yield Finding("FC353", at, message, "Write & alone: flowc escapes it for XML.")
