"""URLs of files, which are not those of pages that show them."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault
from flowc.profiles.files import page_of

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a page that shows a file (FC358)."""
    for setting in context.file_urls:
        url = str(setting.value)
        page = None if url_fault(url) else page_of(url)
        if page is not None:
            message = f"{shown(url)} is a page of {page.site}, not the file itself"
            yield Finding("FC358", setting.at, message, page.help)
