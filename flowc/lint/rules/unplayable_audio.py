"""Audio files of a format that the targets play."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.values import Setting
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault
from flowc.profiles.files import format_of, page_of

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a file of a format that a target does not play (FC359)."""
    for setting in context.file_urls:
        url = str(setting.value)
        if not url_fault(url) and page_of(url) is None:
            yield from _unplayable(context, setting, format_of(url))


def _unplayable(context: LintContext, setting: Setting, form: str) -> Iterator[Finding]:
    played = {profile.name: profile.audio.formats for profile in context.profiles if profile.audio.formats}
    refusing = [name for name, formats in played.items() if form not in formats] if form else []
    if refusing:
        common = [name for name in played[refusing[0]] if all(name in formats for formats in played.values())]
        message = f"{listing(refusing, 'and')} {'does' if len(refusing) == 1 else 'do'} not play {form} files"
        yield Finding("FC359", setting.at, message, f"Convert the file to {listing(common or played[refusing[0]])}.")
