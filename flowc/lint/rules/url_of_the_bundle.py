"""A URL of the author's is not one of the bundle's own documents."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.read.own_urls import OwnUrls
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """FC334 a URL in the bundle that is not replaced by a step: of a callback, a sound, or no step of this flow."""
    urls = OwnUrls(context.flow, (profile.name for profile in context.profiles), context.hosted)
    for url, at in context.urls:
        meant = urls.meant(url)
        if meant is not None:
            help_ = "Write the URL of your own server or file, or leave it out." if meant.step else meant.help
            yield Finding("FC334", at, meant.message, help_)
