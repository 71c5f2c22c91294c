"""Files that a carrier fetches are files, and sounds are of a format that it plays."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, shown
from flowc.flow.values import Setting
from flowc.lint.subject import Subject
from flowc.lint.urls import url_fault
from flowc.profiles.files import format_of, page_of


def check(subject: Subject) -> Iterator[Finding]:
    """FC358 a page that shows a file, FC359 a sound of a format that a target does not play."""
    for setting in subject.fetched:
        url = str(setting.value)
        if url_fault(url):
            continue
        page = page_of(url)
        if page is not None:
            message = f"{shown(url)} is a page of {page.site}, and not the file that it shows"
            yield Finding("FC358", setting.at, message, page.help)
        else:
            yield from _unplayable(subject, setting, format_of(url))


def _unplayable(subject: Subject, setting: Setting, form: str) -> Iterator[Finding]:
    played = {profile.name: profile.audio for profile in subject.profiles if profile.audio}
    refusing = [name for name, formats in played.items() if form not in formats] if form else []
    if refusing:
        common = [name for name in played[refusing[0]] if all(name in formats for formats in played.values())]
        message = f"{listing(refusing, 'and')} {'does' if len(refusing) == 1 else 'do'} not play {form} files"
        yield Finding("FC359", setting.at, message, f"Convert the file to {listing(common or played[refusing[0]])}.")
