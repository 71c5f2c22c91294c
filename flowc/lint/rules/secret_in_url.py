"""URLs without secrets: they are published in documents, in logs and in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Notify
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault

STAGE = Stage.CONTENT

#: Parameters whose value is always a secret.
_SECRET = re.compile(
    r"(?:.*[_-])?(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?token)\Z", re.IGNORECASE
)
#: Long texts of upper and lower case letters and digits, which programs generate.
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/=_-]{20,}\Z")
#: Words, dates, numbers and versions with separators, which people write.
_WORDS = re.compile(r"(?:[A-Za-z][a-z]*|[0-9]+)(?:[-_.](?:[A-Za-z][a-z]*|[0-9]+))+\Z")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a password, a parameter for a secret, or a long random text in a URL, without repeating it (FC351)."""
    notified = {one.endpoint.at for one in context.of(Notify)}
    for url, at in context.written_urls:
        if at not in notified or url_fault(url) or urlsplit(url).username is None:  # else FC399 reports it
            yield from _secret(url, at)


def _secret(url: str, at: NodeRef) -> Iterator[Finding]:
    what = "" if url_fault(url) else _found(url)
    if what:
        message = f"this URL contains {what}, and anyone with access to the XML can read it"
        help_ = "Let the server verify the carrier's signature instead, and change the published secret."
        yield Finding("FC351", at, message, help_)


@lru_cache(maxsize=1024)
def _found(url: str) -> str:
    parts = urlsplit(url)
    if parts.password or _is_random(parts.username or ""):
        return "a password"
    for name, value in parse_qsl(parts.query):
        if _SECRET.match(name) or _is_random(value):
            return f"what looks like a secret, in {name}="
    return "what looks like a secret, in its path" if any(map(_is_random, parts.path.split("/"))) else ""


def _is_random(text: str) -> bool:
    return _RANDOM.match(text) is not None and _WORDS.match(text) is None
