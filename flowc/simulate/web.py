"""Fetches documents over HTTP: from a host of the bundle, or from any server that answers a carrier."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from flowc.diagnostics.wording import cut
from flowc.simulate.client import FAILURES, Client
from flowc.simulate.documents import CarrierRequest, Missing, Page, read_page
from flowc.simulate.rules import Rules

#: Limits of carriers: seconds to wait for an answer, and bytes where a carrier documents no limit.
_PATIENCE = 15.0
_LARGEST = 1 << 20
#: Most characters of an error that are shown, since it may quote the server.
_LONGEST = 120
_TYPES = ("application/xml", "text/xml")
_MOVED = (301, 302, 303, 307)
_MOVED_WITH_METHOD = 307
#: Most redirects in a row, where a carrier follows them, and most retries of a URL, whatever its options are.
_MOST_REDIRECTS = 5
_MOST_RETRIES = 5
#: More digits than any number in an option has.
_DIGITS = 9
_OK = 200
_ALL = "all"
#: The names of failures: the first that matches applies.
_FAILURES = ((TimeoutError, "slow"), (HTTPException, "protocol"), (OSError, "connection"), (ValueError, ""))


class _Response(NamedTuple):
    """The response of a server: status, redirect location, type (empty: none), and body (None: too large)."""

    status: int
    location: str
    kind: str
    body: bytes | None


class _Retry(NamedTuple):
    """How often a URL is requested again, how long the carrier waits for an answer (s), and after which failures."""

    times: int
    patience: float
    after: tuple[str, ...]

    def covers(self, failure: str) -> bool:
        """Whether the URL is requested again after a failure, by the carrier's name for it."""
        return failure in self.after or (_ALL in self.after and bool(failure))


class WebFetcher:
    """Requests documents from real servers within a carrier's limits, and again where the options of a URL say so."""

    def __init__(self, rules: Rules, patience: float = _PATIENCE) -> None:
        """`rules` are the carrier's; it waits `patience` seconds for an answer."""
        self._rules = rules
        self._largest = rules.largest or _LARGEST
        self._patience = patience

    def __call__(self, request: CarrierRequest) -> Page | Missing:
        """Return the document that the server answers with, after all retries."""
        retry = self._retry(request.url)
        found = self._once(request, retry.patience)
        for times in range(2, retry.times + 2):
            if isinstance(found, Page) or not retry.covers(self._rules.value_of("failure", found.how)):
                break
            found = self._once(request, retry.patience)
            if isinstance(found, Missing):
                found = found._replace(why=f"{found.why} (requested {times} times)")
        return found

    def _retry(self, url: str) -> _Retry:
        """Read the options in the fragment of a URL, with the carrier's defaults."""
        own = parse_qs(url.partition("#")[2])
        options = {name: own.get(one.option, [one.default])[-1] for name, one in self._rules.retry.items()}
        times, wait = (_number(options.get(name, "")) for name in ("times", "wait"))
        patience = min(self._patience, wait / 1000 or self._patience)
        return _Retry(min(times, _MOST_RETRIES), patience, tuple(options.get("after", "").split(",")))

    def _once(self, request: CarrierRequest, patience: float) -> Page | Missing:
        try:
            response = self._followed(request, patience)
        except FAILURES as error:
            how = next(how for kind, how in _FAILURES if isinstance(error, kind))
            return Missing("unreachable", f"{request.method} {request.url}: {cut(str(error), _LONGEST)}", how)
        status = response.status
        if not (status == _OK or (status // 100 == _OK // 100 and self._rules.switches["success"] == "2xx")):
            return Missing(
                "unreachable", f"{request.method} {request.url} is answered with {status}", f"{status // 100}xx"
            )
        if response.body is None:
            return Missing("unusable", f"{request.url} answers with more than {self._largest} bytes", "large")
        if response.kind not in _TYPES:
            kind = f"with {cut(response.kind)}" if response.kind else "without a Content-Type"
            return Missing("unusable", f"{request.url} answers {kind}, not with XML", "type")
        return read_page(response.body, request.url, "", self._rules)

    def _followed(self, request: CarrierRequest, patience: float) -> _Response:
        """Return the response at the end of all redirects, if the carrier follows them."""
        method, url, form = request.method, request.url.partition("#")[0], urlencode(request.parameters)
        response = self._response(method, url, form, patience)
        for _ in range(_MOST_REDIRECTS if self._rules.switches["moved"] == "followed" else 0):
            if response.status not in _MOVED or not response.location:
                break
            method = method if response.status == _MOVED_WITH_METHOD else "GET"
            url = urljoin(url, response.location)
            response = self._response(method, url, form, patience)
        return response

    def _response(self, method: str, url: str, form: str, patience: float) -> _Response:
        """Make one request. Raises OSError (TimeoutError: no response in time), HTTPException or ValueError."""
        parts = urlsplit(url)
        query = parts.query if method == "POST" else "&".join(filter(None, (parts.query, form)))
        target = f"{parts.path or '/'}{f'?{query}' if query else ''}"
        with closing(Client(url, patience, self._largest)) as client:
            answer = client.ask(method, target, form.encode() if method == "POST" else None)
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return _Response(answer.status, answer.headers.get("Location", ""), kind, answer.body)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
