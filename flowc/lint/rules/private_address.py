"""URLs that a carrier reaches from the internet."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import is_private

STAGE = Stage.CONTENT

#: Names of environments without real calls, or with a tunnel to the developer's machine.
_DEVELOPMENT = frozenset({"dev", "development", "local", "test"})


def check(context: LintContext) -> Iterator[Finding]:
    """Report a URL that a carrier cannot reach, unless `--env` names an environment for development (FC352).

    If the bundle itself has such a URL, only that is reported, since the other URLs belong to the same network.
    """
    if context.environment in _DEVELOPMENT:
        return
    base = context.flow.base_url
    hosted = context.hosted or (str(base.value) if base is not None else "")
    if is_private(hosted):
        if base is not None and context.hosted is None:
            yield _unreachable(hosted, base.at)
        return
    for url, at in context.urls:
        if is_private(url):
            yield _unreachable(url, at)


def _unreachable(url: str, at: NodeRef) -> Finding:
    names = f"--env {min(_DEVELOPMENT)}"
    help_ = f"Write a public address. For your own tests, set it by a variable in an environment such as {names}."
    return Finding("FC352", at, f"{shown(url)} is in a private network, where no carrier can reach it", help_)
