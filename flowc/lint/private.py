"""A carrier calls from the internet, where nobody can reach a machine of one's own network."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.lint.subject import Subject
from flowc.lint.urls import url_fault

#: Names of environments in which nobody telephones, or a tunnel leads to the machine.
DEVELOPMENT = frozenset({"dev", "development", "local", "test"})
#: Names that only a network of one's own knows (RFC 6761, RFC 6762, RFC 8375, and ICANN's .internal).
_OWN = ("localhost", "local", "internal", "home.arpa", "lan")


def check(subject: Subject) -> Iterator[Finding]:
    """FC352 a URL of a machine that a carrier cannot reach, unless the build is for development.

    That is one with `--env` and one of the names above. Where the bundle itself is hosted at such a place, only that
    is told: the rest belongs to it.
    """
    if subject.environment in DEVELOPMENT:
        return
    base = subject.flow.base_url
    hosted = subject.hosted or (str(base.value) if base is not None else "")
    if is_private(hosted):
        if base is not None and subject.hosted is None:
            yield _unreachable(hosted, base.at)
        return
    for url, at in subject.urls:
        if is_private(url):
            yield _unreachable(url, at)


def _unreachable(url: str, at: NodeRef) -> Finding:
    names = f"--env {min(DEVELOPMENT)}"
    help_ = f"Write a public address; for trials of your own, give it by a variable in an environment such as {names}."
    return Finding("FC352", at, f"{shown(url)} is in a network of your own, where no carrier can reach it", help_)


def is_private(url: str) -> bool:
    """Whether a URL is that of this machine, or of a private network. One that is none (FC311) is not."""
    if url_fault(url):
        return False
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith(tuple(f".{name}" for name in _OWN)) or host in _OWN
