"""URLs with encryption."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import is_private, url_fault

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a URL with `http:` (FC350). In a private network others cannot read along, and certificates are rare."""
    for url, at in context.written_urls:
        if url.startswith("http://") and not url_fault(url) and not is_private(url):
            message = f"{shown(url)} is called without encryption: others can read and change what is sent"
            yield Finding("FC350", at, message, f"Write {shown(f'https://{url[7:]}')}, if the server supports it.")
