"""What carriers can call: which URLs are valid, and which are reachable from the internet."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

#: What is wrong with a URL in which a % begins no escape.
BAD_ESCAPE = "contains a % without two hexadecimal digits after it"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: Segments of a path that clients and servers remove or resolve (RFC 3986, section 5.2.4), escaped or not.
_REWRITTEN = ("", ".", "..")
_FORM = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*\Z")
#: Names that only a private network resolves (RFC 6761, RFC 6762, RFC 8375, and ICANN's .internal).
_PRIVATE = ("localhost", "local", "internal", "home.arpa", "lan")


@lru_cache(maxsize=1024)  # several rules ask about each URL
def url_fault(url: str) -> str:
    """Return what is wrong with a URL that a carrier is to call, if anything."""
    if not _FORM.match(url):
        return "contains a character that a URL cannot have"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if not url.startswith(("http://", "https://")):
        return "does not begin with http:// or https://"
    if _LONE_PERCENT.search(url):
        return BAD_ESCAPE
    return "" if parts.hostname else "has no host"


@lru_cache(maxsize=1024)
def base_url_fault(url: str) -> str:
    """Return what is wrong with a URL to which paths are appended, if anything."""
    fault = url_fault(url)
    if not fault and ("?" in url or "#" in url):
        fault = "has a query or a fragment, but paths are appended to a base URL"
    if not fault and any(unquote(name) in _REWRITTEN for name in urlsplit(url).path.removesuffix("/").split("/")[1:]):
        fault = "has an empty segment, . or .. in its path, which clients and servers rewrite"
    return fault


@lru_cache(maxsize=1024)
def is_private(url: str) -> bool:
    """Whether a valid URL names this machine or a host of a private network."""
    if url_fault(url):
        return False
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host.endswith(tuple(f".{name}" for name in _PRIVATE)) or host in _PRIVATE
