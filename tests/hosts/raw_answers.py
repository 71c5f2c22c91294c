"""What hosts answer to requests as bytes (tests/hosts/raw_requests.py), compared with `routing.answer`.

A host gives the document that a meaning of the request leads to, or refuses where the request may be refused.
"""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlsplit

from flowc.bundle.manifest import Manifest
from flowc.bundle.routing import answer
from tests.conftest import PATIENCE
from tests.hosts.raw_requests import Raw

#: The most bytes of a body that is read: all documents of these bundles are smaller.
_MOST = 1 << 20


class Difference(NamedTuple):
    """An answer that no meaning of a request allows."""

    variant: str
    request: bytes
    said: str


def differences(manifest: Manifest, url: str, requests: Iterable[Raw]) -> Iterator[Difference]:
    """What a host answers otherwise than any meaning of these requests allows."""
    there = urlsplit(url)
    assert there.hostname is not None
    assert there.port is not None
    by_hash: dict[str, set[str]] = {}
    for document in manifest.documents:
        by_hash.setdefault(document.sha256, set()).add(document.path)
    for raw in requests:
        head = raw.data.startswith(b"HEAD ")
        status, body = _said((there.hostname, there.port), raw.data, head, raw.ends)
        wanted = [answer(manifest, meaning).document for meaning in raw.meanings]
        refused = status is None or 400 <= status < 600
        if refused and (raw.refusable or not wanted or None in wanted):
            continue
        paths = by_hash.get(hashlib.sha256(body).hexdigest(), set())
        if status == 200 and any(one and ((head and not body) or one.path in paths) for one in wanted):
            continue
        what = min(paths) if paths else f"{len(body)} bytes"
        right = " or ".join(one.path if one else "a refusal" for one in wanted) or "a refusal"
        yield Difference(raw.variant, raw.data[:200], f"{status} {what} where {right} belongs")


def _said(address: tuple[str, int], data: bytes, head: bool, ends: bool) -> tuple[int | None, bytes]:
    """Status and body of the answer; None where the host gives none. If it `ends`, nothing more can come."""
    with socket.create_connection(address, PATIENCE) as line:
        with suppress(OSError):  # a host may refuse before all has come, and say so
            line.sendall(data)
            if ends:
                line.shutdown(socket.SHUT_WR)
        response = HTTPResponse(line, method="HEAD" if head else "GET")
        try:
            response.begin()
            return response.status, response.read(_MOST)
        except (HTTPException, OSError, ValueError):
            return None, b""
        finally:
            response.close()
