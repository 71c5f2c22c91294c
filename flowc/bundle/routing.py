"""The semantics of routes: which document answers a request. All hosts, the simulator and the probe follow them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from flowc.bundle.audio import AudioEntry
from flowc.bundle.manifest import CaseEntry, DocumentEntry, Manifest, RouteEntry
from flowc.bundle.notification import NotifyEntry

#: The methods that carriers and monitoring use.
METHODS = ("GET", "HEAD", "POST")
#: Those by which audio files are requested.
FILE_METHODS = ("GET", "HEAD")
# Scheme and host, which are ignored, then the path and the query. Unlike urlsplit, this accepts every text, keeps all
# characters, and reads a path that begins with // as a path.
_URL = re.compile(r"(?:https?://[^/?#]*)?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?")
#: Characters of a form that a query may contain unescaped.
_IN_QUERY = "!$%&'()*+,-./:;=?@_~"
#: The length of a sample of a prefix, which a telephone number may have.
_SAMPLE_LENGTH = 12


class Request(NamedTuple):
    """An HTTP request: its method, its URL (absolute, or path and query), and for POST its form body."""

    method: str
    url: str
    body: bytes = b""


class Answer(NamedTuple):
    """The answer to a request: 200 with a document, 404 if the path is not in the bundle, 405 for other methods.

    `audio` is the audio file that answers in place of a document. If a route decided, `parameter` is the parameter
    that it read and `value` its value, which may be empty; for a route by the time (`by_hours`), they are the
    calendar and its word. `notify` are the servers to notify of the request.
    """

    status: int
    document: DocumentEntry | None
    parameter: str = ""
    value: str = ""
    by_hours: bool = False
    notify: tuple[NotifyEntry, ...] = ()
    audio: AudioEntry | None = None


def answer(manifest: Manifest, request: Request, at: float | None = None) -> Answer:
    """Return the document that answers a request at a time (seconds since 1970), which only calendars need.

    GET and HEAD read the query, POST reads the form body only. The first occurrence of the parameter wins. Values
    are compared exactly after percent-decoding, except for the case of ASCII letters if the route has
    `ignore_case`. A value that is not a case but begins with a prefix is that of the longest such prefix. A missing
    or empty parameter leads to `empty`, any other value to `default`. A value never becomes part of a path. The
    host of an absolute URL is ignored. HEAD notifies no server. No exception is raised for a request: a URL that is
    not in the bundle is 404. Raise ValueError for a route by the time without `at`.
    """
    path, query = _split(request.url)
    prefix = unquote(manifest.prefix)
    if not path.startswith(prefix):
        return Answer(404, None)
    form = request.body.decode("utf-8", "replace") if request.method == "POST" else query
    inside = path.removeprefix(prefix)
    answered = answer_at(manifest, request.method, inside, lambda parameter: _first_value(form, parameter), at)
    if answered.document is None or request.method == "HEAD":
        return answered
    return answered._replace(notify=answered.document.notify)


def answer_at(manifest: Manifest, method: str, path: str, read: Callable[[str], str], at: float | None) -> Answer:
    """Return the same answer, without notifications, for a path in the bundle; `read` returns a decoded parameter."""
    if audio := manifest.audio_by_path.get(path):
        return Answer(200, None, audio=audio) if method in FILE_METHODS else Answer(405, None, audio=audio)
    entry = manifest.by_path.get(path)
    if entry is None:
        return Answer(404, None)
    if method not in METHODS:
        return Answer(405, None)
    if isinstance(entry, DocumentEntry):
        return Answer(200, entry)
    if entry.hours:
        return _answer_by_time(manifest, entry, at)
    value = read(entry.parameter)
    document = manifest.by_path[_decide(entry, value)]
    assert isinstance(document, DocumentEntry)
    return Answer(200, document, entry.parameter, value)


def notification(entry: NotifyEntry, request: Request) -> Request:
    """Return the request that notifies a server: its form, or its query for a GET, has the parameters of a request.

    Headers, and so signatures, are not sent.
    """
    _, query = _split(request.url)
    form = request.body if request.method == "POST" else query.encode("utf-8", "surrogateescape")
    if entry.method == "POST":
        return Request(entry.method, entry.address, form)
    more = quote(form, _IN_QUERY)
    return Request(
        entry.method, f"{entry.address}{'&' if '?' in entry.address else '?'}{more}" if more else entry.address
    )


def _answer_by_time(manifest: Manifest, route: RouteEntry, at: float | None) -> Answer:
    if at is None:
        raise ValueError("a bundle with hours is answered by the time: give at")
    calendar = manifest.calendars[route.hours]
    word = calendar.word(at)
    document = manifest.by_path[_decide(route, word)]
    assert isinstance(document, DocumentEntry)
    return Answer(200, document, calendar.name, word, by_hours=True)


def _split(url: str) -> tuple[str, str]:
    """Return the decoded path of a URL, and its query."""
    match = _URL.match(url)
    assert match is not None, "the expression matches the empty text"
    return unquote(match["path"]), match["query"] or ""


def _first_value(form: str, parameter: str) -> str:
    """Return the first value of a parameter in a query or a form body, decoded; empty if it is missing."""
    return next((value for name, value in parse_qsl(form, keep_blank_values=True) if name == parameter), "")


def case_of(route: RouteEntry, value: str) -> CaseEntry | None:
    """Return the first case with a decoded value, or else the longest prefix of it."""
    text = _compared(value) if route.ignore_case else value
    prefixes = []
    for case in route.cases:
        own = _compared(case.value) if route.ignore_case else case.value
        if not case.prefix:
            if own == text:
                return case
        elif text.startswith(own):
            prefixes.append(case)
    return max(prefixes, key=lambda case: len(case.value), default=None)


def _compared(text: str) -> str:
    """Return a text for a comparison without the case of letters; bytes.lower() changes ASCII letters only."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def sample(route: RouteEntry, case: CaseEntry) -> str | None:
    """Return a value that leads to a case; None if other cases match all that were tried."""
    if not case.prefix:
        return case.value
    missing = max(_SAMPLE_LENGTH - len(case.value), 1)
    values = (*(case.value + digit * size for size in (missing, 1) for digit in "0123456789"), case.value)
    return next((value for value in values if case_of(route, value) is case), None)


def _decide(route: RouteEntry, value: str) -> str:
    """Return the path of the document for a value."""
    if not value:
        return route.empty
    case = case_of(route, value)
    return route.default if case is None else case.document
