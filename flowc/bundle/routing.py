"""The meaning of a route: which document answers a request. Every host, the simulator and the probe follow this."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from flowc.bundle.manifest import CaseEntry, DocumentEntry, Manifest, RouteEntry

#: The methods by which carriers, and who looks after a host, ask.
METHODS = ("GET", "HEAD", "POST")
# Scheme and host, which do not matter here, then the path and the query. Unlike urlsplit it takes everything, drops
# nothing, and reads a path that begins with // as a path.
_URL = re.compile(r"(?:https?://[^/?#]*)?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?")


class Request(NamedTuple):
    """An HTTP request: its method, its URL (absolute, or path and query), and for POST its form body."""

    method: str
    url: str
    body: bytes = b""


class Answer(NamedTuple):
    """What is answered: 200 with a document, 404 where the bundle has nothing, 405 for another method.

    Where a route decided, `parameter` is the one that it read and `value` what that held, or nothing.
    """

    status: int
    document: DocumentEntry | None
    parameter: str = ""
    value: str = ""


def answer(manifest: Manifest, request: Request) -> Answer:
    """The document that answers a request.

    GET and HEAD read the query, POST reads the form body only. The first occurrence of the parameter wins. Values are
    compared exactly after percent-decoding, but for the case of ASCII letters where the route has `ignore_case`. A
    parameter that is missing or empty leads to `empty`, any other value that is no case to `default`. A value never
    becomes part of a path. Of an absolute URL the host is not looked at. Nothing raises: what is no URL of the bundle
    is 404.
    """
    path, query = _split(request.url)
    prefix = unquote(manifest.prefix)
    if not path.startswith(prefix):
        return Answer(404, None)
    entry = manifest.by_path.get(path.removeprefix(prefix))
    if entry is None:
        return Answer(404, None)
    if request.method not in METHODS:
        return Answer(405, None)
    if isinstance(entry, DocumentEntry):
        return Answer(200, entry)
    form = request.body.decode("utf-8", "replace") if request.method == "POST" else query
    value = _first_value(form, entry.parameter)
    document = manifest.by_path[_decide(entry, value)]
    assert isinstance(document, DocumentEntry)
    return Answer(200, document, entry.parameter, value)


def _split(url: str) -> tuple[str, str]:
    """The path of a URL, decoded, and its query."""
    match = _URL.match(url)
    assert match is not None, "every part of the expression may be empty"
    return unquote(match["path"]), match["query"] or ""


def _first_value(form: str, parameter: str) -> str:
    """The first value of a parameter in a query or a form body, decoded; nothing where it is missing or empty."""
    return next((value for name, value in parse_qsl(form, keep_blank_values=True) if name == parameter), "")


def case_of(route: RouteEntry, value: str) -> CaseEntry | None:
    """The case that a decoded value is; the first one counts."""
    if not route.ignore_case:
        return next((case for case in route.cases if case.value == value), None)
    small = _small(value)
    return next((case for case in route.cases if _small(case.value) == small), None)


def _small(text: str) -> bytes:
    """A text with small letters in place of capital ones; of bytes only those of ASCII are letters."""
    return text.encode("utf-8", "surrogatepass").lower()


def _decide(route: RouteEntry, value: str) -> str:
    """The path of the document that a value leads to."""
    if not value:
        return route.empty
    case = case_of(route, value)
    return route.default if case is None else case.document
