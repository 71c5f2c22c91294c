"""Documents over HTTP: from a host of the bundle, or from any server that answers a carrier."""

from __future__ import annotations

from contextlib import closing
from http.client import HTTPException
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from flowc.diagnostics.wording import cut
from flowc.simulate.client import FAILURES, Client
from flowc.simulate.documents import CarrierRequest, Missing, Page, read_page
from flowc.simulate.rules import Rules

#: What carriers bear: seconds to wait for an answer, and bytes where a carrier names no limit.
_PATIENCE = 15.0
_LARGEST = 1 << 20
#: What is shown of the reason why there is no answer, in characters: a server may have its text in it.
_LONGEST = 120
_TYPES = ("application/xml", "text/xml")
_MOVED = (301, 302, 303, 307)
_MOVED_AND_ASKED_ALIKE = 307
#: Redirects in a row, where a carrier follows them; and how often a URL is asked again at most, whatever it says.
_FAR = 5
_OFTEN = 5
#: More digits than any number of an option has.
_DIGITS = 9
_OK = 200
_ALL = "all"
#: How it is called that there was no answer: the first that fits.
_HOW = ((TimeoutError, "slow"), (HTTPException, "protocol"), (OSError, "connection"), (ValueError, ""))


class _Said(NamedTuple):
    """What a server has answered: status, where it sends who asks, type (empty: none), and body (None: too large)."""

    status: int
    location: str
    kind: str
    data: bytes | None


class _Retry(NamedTuple):
    """How often a URL is asked once more, how long an answer is waited for (s), and after which failures."""

    times: int
    patience: float
    after: tuple[str, ...]

    def covers(self, failure: str) -> bool:
        """Whether the URL is asked again after a failure, in the carrier's word."""
        return failure in self.after or (_ALL in self.after and bool(failure))


class WebFetcher:
    """Asks real servers, as a carrier does: it waits so long, reads so much, and asks again where a URL says so."""

    def __init__(self, rules: Rules, patience: float = _PATIENCE) -> None:
        """`rules` are the carrier's; `patience` is how many seconds it waits for an answer."""
        self._rules = rules
        self._largest = rules.largest or _LARGEST
        self._patience = patience

    def __call__(self, asked: CarrierRequest) -> Page | Missing:
        """What the server answers, at last."""
        retry = self._retry(asked.url)
        found = self._once(asked, retry.patience)
        for times in range(2, retry.times + 2):
            if isinstance(found, Page) or not retry.covers(self._rules.word("failure", found.how)):
                break
            found = self._once(asked, retry.patience)
            if isinstance(found, Missing):
                found = found._replace(why=f"{found.why} (asked {times} times)")
        return found

    def _retry(self, url: str) -> _Retry:
        """What the options in the fragment of a URL say, and what holds where they say nothing."""
        own = parse_qs(url.partition("#")[2])
        said = {name: own.get(one.option, [one.default])[-1] for name, one in self._rules.retry.items()}
        times, wait = (_number(said.get(name, "")) for name in ("times", "wait"))
        patience = min(self._patience, wait / 1000 or self._patience)
        return _Retry(min(times, _OFTEN), patience, tuple(said.get("after", "").split(",")))

    def _once(self, asked: CarrierRequest, patience: float) -> Page | Missing:
        try:
            said = self._followed(asked, patience)
        except FAILURES as error:
            how = next(how for kind, how in _HOW if isinstance(error, kind))
            return Missing("unreachable", f"{asked.method} {asked.url}: {cut(str(error), _LONGEST)}", how)
        if not (said.status == _OK or (said.status // 100 == _OK // 100 and self._rules.switches["success"] == "2xx")):
            how = f"{said.status // 100}xx"
            return Missing("unreachable", f"{asked.method} {asked.url} is answered with {said.status}", how)
        if said.data is None:
            return Missing("unusable", f"{asked.url} answers with more than {self._largest} bytes", "large")
        if said.kind not in _TYPES:
            kind = f"with {cut(said.kind)}" if said.kind else "without a Content-Type"
            return Missing("unusable", f"{asked.url} answers {kind}, not with XML", "type")
        return read_page(said.data, asked.url, "", self._rules.root)

    def _followed(self, asked: CarrierRequest, patience: float) -> _Said:
        """What is answered, at the end of all redirects if the carrier follows them."""
        method, url, form = asked.method, asked.url.partition("#")[0], urlencode(asked.parameters)
        said = self._answer(method, url, form, patience)
        for _ in range(_FAR if self._rules.switches["moved"] == "followed" else 0):
            if said.status not in _MOVED or not said.location:
                break
            method = method if said.status == _MOVED_AND_ASKED_ALIKE else "GET"
            url = urljoin(url, said.location)
            said = self._answer(method, url, form, patience)
        return said

    def _answer(self, method: str, url: str, form: str, patience: float) -> _Said:
        """The answer to one request. Raises OSError (TimeoutError: not in time), HTTPException or ValueError."""
        parts = urlsplit(url)
        query = parts.query if method == "POST" else "&".join(filter(None, (parts.query, form)))
        target = f"{parts.path or '/'}{f'?{query}' if query else ''}"
        with closing(Client(url, patience, self._largest)) as client:
            answer = client.ask(method, target, form.encode() if method == "POST" else None)
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return _Said(answer.status, answer.headers.get("Location", ""), kind, answer.body)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
