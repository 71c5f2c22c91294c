"""Documents over HTTP: from a host of the bundle, or from any server that answers a carrier."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlencode

from flowc.simulate.page import Asked, Missing, Page, read_page

#: What carriers bear: seconds to wait for an answer, and bytes where a carrier names no limit.
_PATIENCE = 15
_LARGEST = 1 << 20
_TYPES = ("application/xml", "text/xml")


class WebFetcher:
    """Asks real servers, as a carrier does: it follows no redirect, waits so long, and reads so much."""

    def __init__(self, root: str, largest: int | None, patience: float = _PATIENCE) -> None:
        """`root` is the element around a document, `largest` its largest size in bytes, `patience` is in seconds."""
        self._root = root
        self._largest = largest or _LARGEST
        self._patience = patience
        self._opener = urllib.request.build_opener(_Stays)

    def __call__(self, asked: Asked) -> Page | Missing:
        """What the server answers."""
        form = urlencode(asked.parameters)
        url = asked.url.partition("#")[0]
        body = form.encode() if asked.method == "POST" else None
        if body is None and form:
            url += f"{'&' if '?' in url else '?'}{form}"
        try:
            request = urllib.request.Request(url, body, method=asked.method)
            with self._opener.open(request, timeout=self._patience) as answer:
                kind = answer.headers.get_content_type()
                data = _read(answer, self._largest, self._patience)
        except urllib.error.HTTPError as error:
            return Missing("unreachable", f"{asked.method} {asked.url} is answered with {error.code}")
        except (OSError, ValueError, HTTPException) as error:
            return Missing("unreachable", f"{asked.method} {asked.url}: {error}")
        if data is None:
            return Missing("unusable", f"{asked.url} answers with more than {self._largest} bytes")
        if kind not in _TYPES:
            return Missing("unusable", f"{asked.url} answers with {kind}, not with XML")
        return read_page(data, asked.url, "", self._root)


class _Stays(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other that is not a document."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def _read(answer: HTTPResponse, largest: int, patience: float) -> bytes | None:
    """The whole answer; None if it is too large. Raises TimeoutError if it never ends."""
    end = time.monotonic() + patience
    data = b""
    while True:
        part = answer.read1(65536)
        if not part:
            return data
        data += part
        if len(data) > largest:
            return None
        if time.monotonic() > end:
            raise TimeoutError("the answer does not end")
