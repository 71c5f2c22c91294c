"""What is sent over http can be read, and changed, by anybody on the way."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.lint.private import is_private
from flowc.lint.subject import Subject
from flowc.lint.urls import url_fault


def check(subject: Subject) -> Iterator[Finding]:
    """FC350 a URL with http:. On a private network there is no way for others to listen, and often no certificate."""
    for url, at in subject.written_urls:
        yield from _plain(url, at)


def _plain(url: str, at: NodeRef) -> Iterator[Finding]:
    if url.startswith("http://") and not url_fault(url) and not is_private(url):
        message = f"{shown(url)} is called without encryption: others can read and change what is sent"
        yield Finding("FC350", at, message, f"Write {shown(f'https://{url[7:]}')}, if the server takes it.")
