"""The requests of a probe: those that carriers send, and odd ones that only other clients send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus, unquote, urlsplit

from flowc.bundle.manifest import MANIFEST, CaseEntry, DocumentEntry, Manifest, RouteEntry
from flowc.bundle.routing import FILE_METHODS, sample
from flowc.diagnostics.records import NamedTuple

#: Parameters that a carrier sends in addition to the one that decides.
_AROUND = {"CallUUID": "9a1b-22", "From": "%2B12025550143", "To": "%2B12025550100", "Direction": "inbound"}
#: Characters of a query that every host accepts, and of a query and a body that some hosts refuse.
_LONG, _LONG_QUERY, _LONG_BODY = 3_000, 40_000, 200_000
_NO_CASE = "flowc-knows-no-such-value"
#: What may follow the beginning of a number, and more than any number has.
_SUBSCRIBER, _LONG_NUMBER = "5550143", "0123456789" * 10
#: How many routes that read the same parameter, and how many documents, get odd requests.
_THOROUGH = 20
#: Bytes with a special meaning to some server, by the variant of the requests that contain them unescaped.
_SPECIAL = {
    "semicolon": b";",
    "question-mark": b"?",
    "bad-escape": b"%",
    "nul": b"\0",
    "line-break": b"\r\n",
    "sign": b"!\"#$'()*+,-./:<=>@[\\]^_`{|}~ \t\x7f\xe9",
}
#: Those of them that a query may contain unescaped (RFC 3986).
_IN_QUERY = b"!$'()*+,-./:;=?@_~%"
#: A file that an interrupted build leaves in the folder of a bundle.
_JOURNAL = ".flowc/commit"


class ProbeRequest(NamedTuple):
    """A request: its variant, its method, its target (path and query), and for POST its form body.

    The body is sent in chunks of `chunk` bytes; 0 means as a whole, with a Content-Length.
    """

    variant: str
    method: str
    target: str
    body: bytes = b""
    chunk: int = 0


def without_notifications(manifest: Manifest) -> Manifest:
    """Return a manifest without the documents that notify a server, and without the routes that lead to one."""
    notifying = {entry.path for entry in manifest.documents if entry.notify}
    return replace(
        manifest,
        documents=tuple(entry for entry in manifest.documents if entry.path not in notifying),
        routes=tuple(
            route
            for route in manifest.routes
            if notifying.isdisjoint((route.empty, route.default, *(case.document for case in route.cases)))
        ),
    )


def probe_requests(manifest: Manifest, methods: tuple[str, ...] = ()) -> Iterator[ProbeRequest]:
    """Yield all requests; routes are requested by `methods`, too, in addition to their own."""
    base = urlsplit(manifest.base_url).path.rstrip("/") + "/"
    for number, document in enumerate(manifest.documents):
        yield from _document(base, document, thorough=number < _THOROUGH)
    for path in manifest.audio_by_path:
        yield from (ProbeRequest("audio", method, base + path) for method in FILE_METHODS)
    seen: Counter[str] = Counter()
    for route in manifest.routes:
        if route.hours:
            yield ProbeRequest("head", "HEAD", base + route.path)
            for method in dict.fromkeys((route.method, *methods)):
                yield from (_request(base + route.path, "hours", method, form) for form in (_around(), "", "hours=%zz"))
            continue
        seen[route.parameter] += 1
        for method in dict.fromkeys((route.method, *methods)):
            forms = [*_forms(route)]
            if seen[route.parameter] <= _THOROUGH:
                forms += _odd_forms(route)
                yield from _paths(base, route, method)
            if seen[route.parameter] == 1:
                forms.append(_over_long(route, method))
                yield from _raw(base + route.path, route, method)
            if seen[route.parameter] == 1 and method == "POST":
                yield from _chunked(base + route.path, route)
            for variant, form in forms:
                yield _request(base + route.path, variant, method, form)
    yield from _outside(base, manifest)


def _document(base: str, document: DocumentEntry, thorough: bool) -> Iterator[ProbeRequest]:
    path = base + document.path
    for method in document.methods:
        yield _request(path, "document", method, _around())
    if not thorough:
        return
    yield ProbeRequest("document", document.methods[0], path)
    if "GET" in document.methods:
        yield ProbeRequest("head", "HEAD", path)
    folder, _, name = document.path.rpartition("/")
    yield ProbeRequest("path-case", document.methods[0], f"{base}{folder}/{name.upper()}")
    yield ProbeRequest("slashes", document.methods[0], f"{base}{folder}//{name}")


def _request(path: str, variant: str, method: str, form: str) -> ProbeRequest:
    if method == "POST":
        return ProbeRequest(variant, method, path, form.encode())
    return ProbeRequest(variant, method, f"{path}?{form}" if form else path)


def _forms(route: RouteEntry) -> Iterator[tuple[str, str]]:
    """Yield the forms that carriers send to a route: each case, no value, and an unknown one."""
    name, around = route.parameter, _around(route.parameter)
    for case in route.cases:
        yield "case", f"{around}&{name}={quote_plus(case.value)}&Language=en"
        if case.prefix:
            yield from (("prefix", f"{around}&{name}={quote_plus(value)}") for value in _around_prefix(route, case))
    yield "missing", around
    yield "empty", f"{around}&{name}=&Language=en"
    yield "unknown", f"{around}&{name}={_NO_CASE}"


def _around_prefix(route: RouteEntry, case: CaseEntry) -> Iterator[str]:
    """Yield values that begin with a prefix, as a number and at any length, and values that differ in a digit."""
    begins, last = case.value[:-1], case.value[-1:]
    value = sample(route, case)
    if value is not None:
        yield value
    yield from (case.value + rest for rest in (_SUBSCRIBER, _LONG_NUMBER, f" {_SUBSCRIBER}"))
    yield from (begins, f"{begins}{(int(last) + 1) % 10 if last.isdigit() else ''}{_SUBSCRIBER}")


def _over_long(route: RouteEntry, method: str) -> tuple[str, str]:
    pad = "x" * (_LONG_BODY if method == "POST" else _LONG_QUERY)
    return "over-long", f"pad={pad}&{route.parameter}={_NO_CASE}"


def _odd_forms(route: RouteEntry) -> Iterator[tuple[str, str]]:
    """Yield forms that carriers do not send, by variant."""
    name, around = route.parameter, _around(route.parameter)
    values = [case.value for case in route.cases]
    for value in values:
        yield "case", f"{name}={quote(value, safe='*-._~')}"
        yield "encoded", f"{name}={_encoded(value)}"
        yield "encoded", f"{around}&{name}={_encoded(value).lower()}"
        yield "longer", f"{name}={quote_plus(value)}0"
        if value.swapcase() != value:
            yield "other-case", f"{name}={quote_plus(value.upper() if route.ignore_case else value.swapcase())}"
        if route.ignore_case and value.swapcase() != value:
            yield "other-case", f"{name}={quote_plus(value.capitalize())}"
            yield "mixed-case", f"{name}={quote_plus(_mixed(value))}"
    for case in route.cases:
        if case.prefix:
            yield "prefix", f"{name}={_encoded(case.value + _SUBSCRIBER)}"
    value = quote_plus(values[0]) if values else "1"
    other = quote_plus(next((c.value for c in route.cases if c.document != route.cases[0].document), _NO_CASE))
    yield from (
        ("missing", ""),
        ("empty", f"{name}="),
        ("bare", name),
        ("bare", f"{name}&Language=en"),
        ("repeated", f"{name}={value}&{name}={other}"),
        ("repeated", f"{name}={_NO_CASE}&{name}={value}"),
        ("repeated-empty", f"{name}=&{name}={value}"),
        ("repeated-bare", f"{name}&{name}={value}"),
        ("encoded-name", f"%{ord(name[0]):02X}{name[1:]}={value}"),
        ("other-name", f"{name.swapcase()}={value}"),
        ("other-name", f"x{name}={value}"),
        ("other-name", f"{name}x={value}"),
        ("other-name", f"note={name}%3D{value}"),
        ("traversal", f"{name}=../../{quote(unquote(value))}"),
        ("traversal", f"{name}={route.default}"),
        ("bad-escape", f"{name}=%zz"),
        ("escape", f"x=%zz&y=%E9&{name}={value}"),
        ("escape", f"a=1;b=2&{name}={value}"),
        ("long", f"pad={'x' * _LONG}&{name}={value}"),
        ("long", f"{name}={'x' * _LONG}"),
    )


def _raw(path: str, route: RouteEntry, method: str) -> Iterator[ProbeRequest]:
    """Yield requests with each special byte unescaped: before and after a value, and after another parameter."""
    name, value = route.parameter.encode(), quote_plus(_some_value(route)).encode()
    for variant, special in _SPECIAL.items():
        for byte in (bytes([one]) for one in special if method == "POST" or one in _IN_QUERY):
            for form in (
                b"%s=%s%s" % (name, value, byte),
                b"%s=%s%s" % (name, byte, value),
                b"a=1%s%s=%s" % (byte, name, value),
            ):
                if method == "POST":
                    yield ProbeRequest(variant, method, path, form)
                else:
                    yield ProbeRequest(variant, method, f"{path}?{form.decode('ascii')}")


def _chunked(path: str, route: RouteEntry) -> Iterator[ProbeRequest]:
    """Yield bodies without a Content-Length: as one chunk, as single bytes, and longer than hosts accept."""
    body = f"{_around(route.parameter)}&{route.parameter}={quote_plus(_some_value(route))}".encode()
    yield ProbeRequest("chunked", "POST", path, body, chunk=len(body))
    yield ProbeRequest("chunked", "POST", path, body, chunk=1)
    yield ProbeRequest("over-long", "POST", path, b"pad=%s&%s" % (b"x" * _LONG_BODY, body), chunk=8192)


def _some_value(route: RouteEntry) -> str:
    """Return a value that a case matches, if there is one."""
    return next((case.value for case in route.cases if case.document != route.default), _NO_CASE)


def _paths(base: str, route: RouteEntry, method: str) -> Iterator[ProbeRequest]:
    path, form = base + route.path, f"{route.parameter}={quote_plus(route.cases[0].value) if route.cases else '1'}"
    if method == "POST":
        yield ProbeRequest("query-and-form", method, f"{path}?{form}", _around(route.parameter).encode())
        yield ProbeRequest("query-and-form", method, f"{path}?tenant=acme&{form}", f"{route.parameter}=".encode())
    else:
        yield ProbeRequest("head", "HEAD", f"{path}?{form}")
        yield ProbeRequest("path-case", method, f"{base}{route.path.upper()}?{form}")
        yield ProbeRequest("path-case", method, f"{path.rpartition('/')[0]}/{path.rpartition('/')[2].upper()}?{form}")
        yield ProbeRequest("slashes", method, f"{path.rpartition('/')[0]}//{path.rpartition('/')[2]}?{form}")
        yield ProbeRequest("trailing-slash", method, f"{path}/?{form}")


def _around(parameter: str = "") -> str:
    return "&".join(f"{name}={value}" for name, value in _AROUND.items() if name != parameter)


def _outside(base: str, manifest: Manifest) -> Iterator[ProbeRequest]:
    """Yield requests for paths outside the bundle."""
    yield ProbeRequest("nothing", "GET", f"{base}flowc-has-no-such.xml")
    # Other files of the bundle may contain phone numbers.
    others = (entry.path for entry in manifest.others if entry.path not in manifest.audio_by_path)
    for path in (MANIFEST, _JOURNAL, *others):
        yield ProbeRequest("private", "GET", base + path)
    for target in sorted({document.target for document in manifest.documents}):
        yield ProbeRequest("nothing", "GET", f"{base}{target}/flowc-has-no-such.xml")
        yield ProbeRequest("nothing", "GET", f"{base}{target}/flowc/has/none")
        yield ProbeRequest("nothing", "GET", f"{base}{target}/")
        for climb in (
            "../../../../etc/passwd",
            "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
        ):
            yield ProbeRequest("traversal", "GET", f"{base}{target}/{climb}")


def _mixed(value: str) -> str:
    """Return a value with every other letter in upper case."""
    return "".join(letter.upper() if number % 2 else letter.lower() for number, letter in enumerate(value))


def _encoded(value: str) -> str:
    return "".join(f"%{byte:02X}" for byte in value.encode())
