"""URLs that do not name documents of the bundle itself."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.read.own_urls import OwnUrls
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a URL of the bundle that could not be replaced by a step, such as that of a callback (FC334)."""
    urls = OwnUrls(context.flow, (profile.name for profile in context.profiles), context.hosted)
    for url, at in context.urls:
        meant = urls.meant(url)
        if meant is not None:
            help_ = "Write the URL of your own server or file, or remove it." if meant.step else meant.help
            yield Finding("FC334", at, meant.message, help_)
