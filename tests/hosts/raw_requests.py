"""HTTP requests as bytes, and what each of them means: what hosts are asked that no client library would send.

What a host answers otherwise than `routing.answer` is declared in its host.yaml, by the variants of these requests,
which are those of the probe and a few more. tests/hosts/raw_answers.py compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

from flowc.bundle.manifest import Manifest, RouteEntry
from flowc.bundle.routing import Request

#: Sizes of bodies, in bytes: about every size that some host treats otherwise.
_SIZES = (1, 4_000, 8_190, 8_200, 12_100, 16_400, 60_000, 65_600, 70_100, 131_072, 300_000)
#: Signs that a URL may have as they are, after its question mark (RFC 3986).
_IN_QUERY = frozenset(b"!$'()*+,-./:;=?@_~0aZ")
_BY_SIGN = {
    ord(";"): "semicolon",
    ord("?"): "question-mark",
    ord("%"): "bad-escape",
    ord("&"): "empty-parameter",
    0: "nul",
    10: "line-break",
}
_FORM = "Content-Type: application/x-www-form-urlencoded"
#: Headers that change what a request means to some servers, by variant; here they mean nothing.
_HEADERS = {
    "conditional": (
        "Range: bytes=0-3",
        "Range: bytes=-1",
        "Range: bytes=0-0,2-3",
        "Range: lines=1-2",
        "If-Match: *",
        'If-Match: "x"',
        "If-None-Match: *",
        'If-None-Match: "x"',
        "If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT",
        "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT",
        'If-Range: "x"',
    ),
    "header": (
        "X-HTTP-Method-Override: POST",
        "X-HTTP-Method: DELETE",
        "X-Original-URL: /etc/passwd",
        "X-Rewrite-URL: /etc/passwd",
        "X-Forwarded-Host: evil.example.com",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Prefix: /other",
        "Forwarded: for=evil;host=evil.example.com;proto=https",
        "X-Accel-Redirect: /etc/passwd",
        "X-Sendfile: /etc/passwd",
        "Accept: text/html",
        "Accept-Encoding: gzip, br, zstd",
        "Accept-Language: zz",
        "Cookie: a=b; Digits=1",
        "Authorization: Basic Og==",
        "Referer: ${jndi:ldap://x} $uri {path} %{ENV:HOME}",
        "User-Agent: () { :; }; echo",
        "Cache-Control: only-if-cached",
        "Upgrade-Insecure-Requests: 1",
        "Digits: 1",
        "X-Long: " + "x" * 3000,
        "X-Empty:",
        "X-Tab:\tx\t",
        "x-lower: 1",
        "TE: trailers",
        "Pragma: no-cache",
        "Max-Forwards: 0",
    ),
}
_BROKEN_HEADERS = ("No colon", " Folded: 1", "Spa ce: 1", "Bad\x00: 1", "X: \x00", "X: \x7f", ": empty", "X\t: 1")
#: Kinds of a body's content: a route reads a form whatever it is called.
_TYPES = (
    "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
    "Content-Type: APPLICATION/X-WWW-FORM-URLENCODED",
    "Content-Type: application/json",
    "Content-Type: multipart/form-data; boundary=x",
    "Content-Type: text/plain",
    "Content-Type:",
    "X-No-Type: 1",
)


class Raw(NamedTuple):
    """A request as bytes: its variant, and every meaning that it may be given.

    If `refusable`, a host may also refuse it: the request breaks a rule of HTTP, or is very long. If it `ends`, the
    client says that no more will come, since a host may wait for more.
    """

    variant: str
    data: bytes
    meanings: tuple[Request, ...]
    refusable: bool = False
    ends: bool = False


def raw_requests(manifest: Manifest, url: str, methods: Iterable[str], *, few: bool) -> Iterator[Raw]:
    """All of them, in a fixed order. `url` is where the host serves the bundle, `methods` those by which it branches.

    If `few`, every byte and every framing is tried with one parameter only. Where there is no route, a document
    answers, whatever is asked.
    """
    grammar = _Grammar(manifest, url)
    yield from grammar.paths()
    yield from grammar.lines()
    for number, route in enumerate(_of_each_parameter(manifest)):
        for method in methods:
            if not (few and number):
                yield from grammar.values(route.path, _form(route), method)
            yield from grammar.names(route, method)
        if "POST" in methods and not (few and number):
            yield from grammar.bodies(route)
            yield from grammar.framings(route)
    for document in () if methods else manifest.documents[:2]:
        yield from grammar.values(document.path, b"Digits=1", "GET")


def _of_each_parameter(manifest: Manifest) -> Iterable[RouteEntry]:
    """The first route that decides something by each parameter, and by each way to compare it."""
    found: dict[tuple[str, bool], RouteEntry] = {}
    for route in manifest.routes:
        if any(case.document not in (route.default, route.empty) for case in route.cases):
            found.setdefault((route.parameter, route.ignore_case), route)
    return found.values()


class _Grammar:
    """Requests to the bundle at one place."""

    def __init__(self, manifest: Manifest, url: str) -> None:
        self._manifest = manifest
        self._host = urlsplit(url).netloc
        self._base = urlsplit(url).path.rstrip("/") + "/"

    def _some(self, many: int) -> list[str]:
        """The paths of so many documents and routes."""
        documents, routes = self._manifest.documents[:many], self._manifest.routes[:many]
        return [*(document.path for document in documents), *(route.path for route in routes)]

    def _get(self, target: bytes, *headers: str, method: str = "GET", version: str = "HTTP/1.1") -> bytes:
        lines = [f"Host: {self._host}", "Connection: close", *headers]
        return b"%s %s %s\r\n%s\r\n\r\n" % (
            method.encode(),
            target,
            version.encode(),
            "\r\n".join(lines).encode("latin-1"),
        )

    def _post(self, target: bytes, body: bytes, *headers: str, typed: str = _FORM) -> bytes:
        return self._get(target, typed, f"Content-Length: {len(body)}", *headers, method="POST") + body

    def _chunked(self, target: bytes, body: bytes, *headers: str) -> bytes:
        return self._get(target, _FORM, "Transfer-Encoding: chunked", *headers, method="POST") + body

    def _meaning(self, method: str, target: bytes, body: bytes = b"") -> Request:
        """The request for the bundle's own base URL: hosts here serve it at the same path."""
        return Request(method, target.decode("latin-1"), body)

    def _asked(self, variant: str, place: str, method: str, form: bytes, refusable: bool = False) -> Raw:
        path = (self._base + place).encode()
        if method == "POST":
            return Raw(variant, self._post(path, form), (self._meaning("POST", path, form),), refusable)
        target = path + b"?" + form
        # Blanks of any kind may count as the end of the target (RFC 9112, 3).
        meanings = dict.fromkeys((target, target.rstrip(b"\t\v\f")))
        return Raw(variant, self._get(target), tuple(self._meaning("GET", one) for one in meanings), refusable)

    def values(self, place: str, form: bytes, method: str) -> Iterator[Raw]:
        """Every byte, as it is and escaped, after the value of a form, before it, and in another parameter."""
        name, _, sent = form.partition(b"=")
        for byte in range(256):
            variant = _BY_SIGN.get(byte, "sign")
            for each, sign in (("escape", b"%%%02X" % byte), (variant, bytes([byte]))):
                legal = method == "POST" or each == "escape" or byte in _IN_QUERY
                if each != "escape" and method == "GET" and byte in b"\r\n #":
                    continue  # ends the line, or the query
                yield self._asked(each, place, method, b"%s=%s%s" % (name, sent, sign), not legal)
                if not chr(byte).isalnum():
                    yield self._asked(each, place, method, b"%s=%s%s" % (name, sign, sent), not legal)
                    yield self._asked(each, place, method, b"a=b%s&%s=%s" % (sign, name, sent), not legal)

    def names(self, route: RouteEntry, method: str) -> Iterator[Raw]:
        """Names that are another one, or none, and parameters that are there more than once."""
        name = route.parameter.encode()
        values = [quote_plus(case.value).encode() for case in route.cases][:4]
        first, last = values[0], values[-1]
        for variant, form in (
            ("missing", b""),
            ("empty-parameter", b"&"),
            ("empty-parameter", b"&&&"),
            ("missing", b"=%s" % first),
            ("bare", name),
            ("bare", b"%s&" % name),
            ("empty", b"%s=" % name),
            ("empty-parameter", b"&%s=&" % name),
            ("empty-parameter", b"&%s=%s" % (name, first)),
            ("empty-parameter", b"&&%s=%s&&" % (name, first)),
            ("case", b"a=b&%s=%s&c" % (name, last)),
            ("case", b"a&%s=%s" % (name, last)),
            ("case", b"=&%s=%s" % (name, last)),
            ("repeated", b"%s=%s&%s=%s" % (name, first, name, last)),
            ("repeated", b"%s=%s&%s=%s" % (name, last, name, first)),
            ("repeated", b"%s=%s&%s=" % (name, last, name)),
            ("repeated-empty", b"%s=&%s=%s" % (name, name, last)),
            ("repeated-bare", b"%s&%s=%s" % (name, name, last)),
            ("other-name", b"%s[]=%s" % (name, first)),
            ("other-name", b"%s[0]=%s" % (name, first)),
            ("other-name", b"%s.x=%s" % (name, first)),
            ("other-name", b"x%s=%s" % (name, first)),
            ("other-name", b"%s%%00=%s" % (name, first)),
            ("other-name", b"%%20%s=%s" % (name, first)),
            ("other-name", b"+%s=%s" % (name, first)),
            ("other-name", b"-%s=%s" % (name, first)),
            ("other-name", b"%s=%s" % (name.swapcase(), first)),
            ("encoded-name", b"%%%02x%s=%s" % (name[0], name[1:], first)),
            ("encoded-name", b"%s%%%02X=%s" % (name[:-1], name[-1], first)),
            ("escape", b"%s%%3D%s" % (name, first)),
            ("escape", b"a=%%26%s%%3D%s" % (name, first)),
            ("placeholder", b"%s=$uri" % name),
            ("placeholder", b"%s={path}" % name if method == "POST" else b"%s=%%7Bpath%%7D" % name),
            ("placeholder", b"%s=%%24%%7Benv.HOME%%7D" % name),
            ("placeholder", b"%s=%%25%%7BENV%%3AHOME%%7D" % name),
            ("traversal", b"%s=..%%2F..%%2Fetc%%2Fpasswd" % name),
            ("traversal", b"%s=%s" % (name, route.default.encode())),
            ("traversal", b"%s=%s" % (name, quote_plus(route.default, safe="").encode())),
        ):
            yield self._asked(variant, route.path, method, form)
        for case in route.cases:
            text = case.value.encode()
            if method == "POST" and not set(text) & set(b"&+"):
                variant = next((_BY_SIGN[sign] for sign in text if sign in _BY_SIGN), "unescaped")
                yield self._asked(variant, route.path, method, b"%s=%s" % (name, text))
        for size in (100, 1_000, 3_000, 7_000):
            yield self._asked("long", route.path, method, b"%s=%s" % (name, b"x" * size))
            yield self._asked("long", route.path, method, b"%s=%s%s" % (name, first, b"0" * size))
            yield self._asked("long", route.path, method, b"a=%s&%s=%s" % (b"x" * size, name, first))
            yield self._asked(
                "long", route.path, method, b"%s&%s=%s" % (b"&".join([b"a=b"] * (size // 4)), name, first)
            )

    def bodies(self, route: RouteEntry) -> Iterator[Raw]:
        """Bodies of many sizes, with their length and in chunks, under many names."""
        path = (self._base + route.path).encode()
        name, form = route.parameter.encode(), _form(route)
        for size in _SIZES:
            pad = b"x" * max(0, size - len(form) - 3)
            for body in (b"a=%s&%s" % (pad, form), b"%s&a=%s" % (form, pad)):
                meant = (self._meaning("POST", path, body),)
                variant = "over-long" if size > 8_000 else "long"
                yield Raw(variant, self._post(path, body), meant)
                yield Raw(variant, self._post(path, body, "Expect: 100-continue"), meant)
                for chunk in (len(body), 4_096, 1_000):
                    kind = "over-long" if size > 8_000 else "chunked"
                    yield Raw(kind, self._chunked(path, chunked(body, chunk)), meant)
        for chunk in (1, 2, 3, 7):
            yield Raw("chunked", self._chunked(path, chunked(form, chunk)), (self._meaning("POST", path, form),))
        for kind in _TYPES:
            yield Raw("type", self._post(path, form, typed=kind), (self._meaning("POST", path, form),))
        # The query of a POST is not read, whatever the body says.
        for query in (form, b"%s=&a=b" % name, b"?"):
            for body in (b"", b"a=b", form, b"%s=" % name, b"?" + form):
                target = path + b"?" + query
                meant = (self._meaning("POST", target, body),)
                yield Raw("question-mark" if body[:1] == b"?" else "query-and-form", self._post(target, body), meant)

    def framings(self, route: RouteEntry) -> Iterator[Raw]:
        """Bodies whose length is said twice, wrongly, or not at all: they are read whole or refused."""
        path = (self._base + route.path).encode()
        form = _form(route)
        whole, empty = self._meaning("POST", path, form), self._meaning("POST", path)
        size, sent = len(form), chunked(form, len(form))

        def made(variant: str, body: bytes, *headers: str, meanings: tuple[Request, ...] = ()) -> Raw:
            return Raw(
                variant, self._get(path, _FORM, *headers, method="POST") + body, meanings, refusable=True, ends=True
            )

        both = ("Transfer-Encoding: chunked", f"Content-Length: {size}")
        yield made("framing", sent, *both, meanings=(whole,))
        yield made("framing", sent, *both[::-1], meanings=(whole,))
        yield made("framing", sent, both[0], "Content-Length: 0", meanings=(whole,))
        yield made("framing", form, f"Content-Length: {size}", f"Content-Length: {size}", meanings=(whole,))
        yield made("framing", form, f"Content-Length: {size}, {size}", meanings=(whole,))
        yield made("framing", form, f"Content-Length: {size}", "Content-Length: 3")
        yield made("framing", form, "Content-Length: 3", f"Content-Length: {size}")
        for length in (f"+{size}", f"-{size}", f"0x{size:x}", f"{size}.0", f"{size}e0", "x", f"{size} 1", "9" * 5000):
            yield made("framing", form, f"Content-Length: {length}")
        yield made("framing", form, "Content-Length:", meanings=(empty,))
        yield made("framing", form, f"Content-Length: 000{size}", meanings=(whole,))
        yield made("framing", form, f"Content-Length:   {size}  ", meanings=(whole,))
        for coding in ("Chunked", "CHUNKED"):
            yield made("chunked", sent, f"Transfer-Encoding: {coding}", meanings=(whole,))
        for coding in ("chunked, chunked", "identity, chunked"):
            yield made("framing", sent, f"Transfer-Encoding: {coding}", meanings=(whole,))
        for coding in ("xchunked", "identity", "gzip", "chunked, identity", ""):
            yield made("framing", sent, f"Transfer-Encoding: {coding}")
        yield made("framing", sent, "Transfer-Encoding: chunked", "Transfer-Encoding: identity")
        for body in (
            b"zz\r\n" + form,
            b"%x\r\n%s" % (size, form) + b"0\r\n\r\n",
            b"-1\r\n%s\r\n0\r\n\r\n" % form,
            b"0x%x\r\n%s\r\n0\r\n\r\n" % (size, form),
            b"%x\r\n%s\r\n0\r\n\r\n" % (size - 2, form),
            b"%s\r\n%s\r\n0\r\n\r\n" % (b"f" * 17, form),
        ):
            yield made("framing", body, "Transfer-Encoding: chunked")
        extended = b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (size, form)
        yield made("chunked", extended, "Transfer-Encoding: chunked", meanings=(whole,))
        zeros = b"000%x\r\n%s\r\n000\r\n\r\n" % (size, form)
        yield made("chunked", zeros, "Transfer-Encoding: chunked", meanings=(whole,))
        trailing = b"%x\r\n%s\r\n0\r\nX-After: 1\r\n\r\n" % (size, form)
        yield made("chunked", trailing, "Transfer-Encoding: chunked", meanings=(whole,))
        yield made("framing", b"", meanings=(empty,))
        yield made("framing", b"", "Content-Length: 0", meanings=(empty,))
        yield made("framing", b"0\r\n\r\n", "Transfer-Encoding: chunked", meanings=(empty,))
        for header in _HEADERS["header"] + _HEADERS["conditional"]:
            variant = "conditional" if header in _HEADERS["conditional"] else "header"
            yield Raw(variant, self._post(path, form, header), (whole,))

    def paths(self) -> Iterator[Raw]:
        """Paths that are no document's, and other spellings of those that are."""
        for own in self._some(2):
            path = f"{self._base}{own}"
            folder, _, file = path.rpartition("/")
            for variant, spelled in (
                ("path", path),
                ("encoded-path", f"{self._base}%{ord(own[0]):02X}{own[1:]}"),
                ("encoded-path", f"{folder}/%{ord(file[0]):02x}{file[1:]}"),
                ("encoded-slash", f"{folder}%2F{file}"),
                ("encoded-slash", f"{folder}%2f{file}"),
                ("nothing", f"{folder}/%25{ord(file[0]):02x}{file[1:]}"),
                ("nothing", f"{path}%00"),
                ("nothing", f"{path}%0a"),
                ("nothing", f"{path}%0d%0a"),
                ("nothing", f"{path}%20"),
                ("nothing", f"{path}."),
                ("nothing", f"{path}~"),
                ("nothing", f"{path}.bak"),
                ("nothing", f"{path}.gz"),
                ("nothing", f"{path};a=b"),
                ("nothing", f"{path}%3Bx"),
                ("nothing", f"{path}:$DATA"),
                ("nothing", f"{folder}/\\{file}"),
                ("nothing", f"{folder}%5C{file}"),
                ("nothing", f"{folder}/ {file}".replace(" ", "%20")),
                ("path-case", f"{folder}/{file.upper()}"),
                ("path-case", path.upper()),
                ("trailing-slash", f"{path}/"),
                ("slashes", f"{folder}//{file}"),
                ("slashes", f"/{path}"),
                ("dots", f"{folder}/./{file}"),
                ("dots", f"{folder}/x/../{file}"),
                ("dots", f"{folder}/%2e/{file}"),
                ("dots", f"{folder}/x/%2e%2e/{file}"),
                ("dots", f"{folder}/x%2f..%2f{file}"),
                ("nothing", f"{folder}/..;/{file}"),
                ("nothing", f"{folder}/"),
                ("folder", folder),
            ):
                # Without dots it is the same path (RFC 3986, 6.2.2.3), which a host may also refuse.
                meanings = dict.fromkeys((spelled, path if variant == "dots" else spelled))
                meant = tuple(self._meaning("GET", one.encode()) for one in meanings)
                yield Raw(variant, self._get(spelled.encode()), meant, variant in ("encoded-slash", "dots"))
        climbs = ("..", "%2e%2e", "%2E.", "..%2f", "..%5c", "%252e%252e", "%c0%ae%c0%ae", "..%00", "....//")
        for target in sorted({document.target for document in self._manifest.documents}):
            for climb in climbs:
                for way in ("etc/passwd", "manifest.json", "host/", ".flowc/commit", "requests/"):
                    for deep in (1, 2, 6):
                        path = f"{self._base}{target}/{f'{climb}/' * deep}{way}"
                        yield Raw("traversal", self._get(path.encode()), ())
        for beside in (
            "manifest.json",
            ".flowc/commit",
            ".flowc/",
            "host/",
            "requests/",
            ".htaccess",
            "",
            "index.html",
        ):
            yield Raw("private", self._get(f"{self._base}{beside}".encode()), ())

    def lines(self) -> Iterator[Raw]:
        """Methods, versions, forms of the target, and headers, for a document and a route."""
        for own in self._some(1):
            path = f"{self._base}{own}".encode()
            meant = (self._meaning("GET", path),)
            for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "CONNECT", "get", "GETS", "X" * 100):
                yield Raw("method", self._get(path, "Content-Length: 0", method=method), ())
            yield Raw("head", self._get(path, method="HEAD"), (self._meaning("HEAD", path),))
            yield Raw("version", b"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path, self._host.encode()), meant)
            yield Raw("other-host", b"GET %s HTTP/1.0\r\n\r\n" % path, meant, refusable=True)
            yield Raw("other-host", b"GET %s\r\n" % path, meant, refusable=True, ends=True)
            yield Raw("other-host", b"GET %s HTTP/1.1\r\nConnection: close\r\n\r\n" % path, meant, refusable=True)
            for version in ("HTTP/1.2", "HTTP/2.0", "HTTP/9.9", "http/1.1", "HTTP/1.10", "HTCPCP/1.0", "HTTP/1.1 x"):
                yield Raw("version", self._get(path, version=version), meant, refusable=True)
            absolute = b"http://%s%s" % (self._host.encode(), path)
            yield Raw("absolute", self._get(absolute), meant)
            yield Raw("other-host", self._get(b"http://evil.example.com" + path), meant, refusable=True)
            yield Raw("absolute", self._get(path.lstrip(b"/")), (), refusable=True)
            yield Raw("absolute", self._get(b"*"), (), refusable=True)
            yield Raw("fragment", self._get(path + b"#x"), meant, refusable=True)
            for host in ("evil.example.com", "", "a b", "127.0.0.1:99999", "[::1]", "x" * 300):
                data = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, host.encode())
                yield Raw("other-host", data, meant, refusable=True)
            for variant, headers in _HEADERS.items():
                for header in headers:
                    yield Raw(variant, self._get(path, header), meant, header.startswith("X-Long"))
            for broken in (
                "No colon",
                " Folded: 1",
                "Spa ce: 1",
                "Bad\x00: 1",
                "X: \x00",
                "X: \x7f",
                ": empty",
                "X\t: 1",
            ):
                yield Raw("broken-header", self._get(path, broken), meant, refusable=True)
            yield Raw("broken-header", self._get(path, *(f"X-{n}: 1" for n in range(300))), meant, refusable=True)
            kept = self._get(path).replace(b"Connection: close", b"Connection: keep-alive")
            yield Raw("pipelined", kept + self._get(b"/", method="DELETE"), meant)
            yield Raw("line-ends", b"\r\n" + self._get(path), meant, refusable=True)
            yield Raw("line-ends", self._get(path).replace(b"\r\n", b"\n"), meant, refusable=True)
            # A GET's body means nothing.
            body = b"Digits=1&DialStatus=busy"
            yield Raw("get-body", self._get(path, f"Content-Length: {len(body)}") + body, meant, refusable=True)


def _form(route: RouteEntry) -> bytes:
    """A form with a value of the route that leads elsewhere than any other value, and than none."""
    return next(
        f"{route.parameter}={quote_plus(case.value)}".encode()
        for case in route.cases
        if case.document not in (route.default, route.empty)
    )


def chunked(body: bytes, size: int) -> bytes:
    """A body in chunks of so many bytes."""
    parts = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
