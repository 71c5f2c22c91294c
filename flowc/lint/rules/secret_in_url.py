"""What stands in a URL of a flow is published: in the documents that the host serves, in logs, in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.urls import url_fault

STAGE = Stage.CONTENT

#: Parameters whose value is a secret, whatever it looks like.
_SECRET = re.compile(
    r"(?:.*[_-])?(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?token)\Z", re.IGNORECASE
)
#: What only a machine makes up: long, of both sizes of letters and digits, without the joints of words.
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+/=_-]{20,}\Z")
#: A word, a date, a number, a version: what is put together from these was made up by a person.
_WORDS = re.compile(r"(?:[A-Za-z][a-z]*|[0-9]+)(?:[-_.](?:[A-Za-z][a-z]*|[0-9]+))+\Z")


def check(context: LintContext) -> Iterator[Finding]:
    """FC351 a user and password, a parameter for a secret, or a long random text in a URL; it is not repeated."""
    for url, at in context.written_urls:
        yield from _secret(url, at)


def _secret(url: str, at: NodeRef) -> Iterator[Finding]:
    what = "" if url_fault(url) else _found(urlsplit(url))
    if what:
        message = f"this URL holds {what}, and everybody who gets hold of the XML can read it"
        help_ = "Let the server check the carrier's signature of the request instead, and change what was published."
        yield Finding("FC351", at, message, help_)


def _found(parts: SplitResult) -> str:
    if parts.password or _is_random(parts.username or ""):
        return "a password"
    for name, value in parse_qsl(parts.query):
        if _SECRET.match(name) or _is_random(value):
            return f"what looks like a secret, in {name}="
    return "what looks like a secret, in its path" if any(map(_is_random, parts.path.split("/"))) else ""


def _is_random(text: str) -> bool:
    return _RANDOM.match(text) is not None and _WORDS.match(text) is None
