"""A bundle as a web application: ASGI by Starlette, WSGI by nothing but the standard library."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from flowc.routing import Request
from flowc.serve.answering import MAX_BODY, Guard, Reply, Served, reply

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from starlette.applications import Starlette
    from starlette.requests import Request as Incoming
    from starlette.types import Receive, Scope, Send

#: Where a server takes its bundle from; asked anew for each request, since it may have been built again.
Source = Callable[[], Served]
#: Takes each request, and what was answered to it.
Log = Callable[[Request, Reply], None]
#: What runs beside the server, from its start to its end.
Beside = Callable[[], AbstractAsyncContextManager[None]]

#: What may stand in a path as it is (RFC 3986, section 3.3).
_IN_PATH = "/:@!$&'()*+,;=~"


class _Endpoint:
    """What answers each request. No function, for which the framework would pick methods of its own."""

    def __init__(self, bundle: Source, guard: Guard | None, log: Log | None) -> None:
        from starlette.requests import Request as Incoming
        from starlette.responses import Response

        self._bundle, self._guard, self._log = bundle, guard, log
        self._incoming, self._response = Incoming, Response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = self._incoming(scope, receive)
        path, query = _text(scope["raw_path"]), _text(scope["query_string"])
        request = Request(incoming.method, f"{path}?{query}" if query else path, await _body(incoming))
        answered = reply(self._bundle(), request, incoming.headers, self._guard)
        if self._log:
            self._log(request, answered)
        await self._response(answered.body, answered.status, dict(answered.headers))(scope, receive, send)


def _text(sent: bytes) -> str:
    """A part of a URL as text. Bytes that should have been escaped are kept, since they may be what was signed."""
    return sent.decode("utf-8", "surrogateescape")


async def _body(incoming: Incoming) -> bytes:
    """The body, or so much of it that it is known to be too large."""
    body = b""
    async for chunk in incoming.stream():
        body += chunk
        if len(body) > MAX_BODY:
            break
    return body


def asgi(bundle: Source, guard: Guard | None = None, log: Log | None = None, beside: Beside = nullcontext) -> Starlette:
    """The bundle as an ASGI application; needs the extra `serve`."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    return Starlette(routes=[Route("/{path:path}", _Endpoint(bundle, guard, log))], lifespan=lambda _: beside())


def wsgi(bundle: Source, guard: Guard | None = None) -> WSGIApplication:
    """The bundle as a WSGI application."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        body = environ["wsgi.input"].read(min(int(length), MAX_BODY + 1)) if length.isdecimal() else b""
        # Decoded once by the server, as WSGI wants it; what is answered, and what was signed, is the path as it came.
        path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), _IN_PATH, "latin-1")
        query = _text(environ.get("QUERY_STRING", "").encode("latin-1"))
        request = Request(environ["REQUEST_METHOD"], f"{path}?{query}" if query else path, body)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        answered = reply(bundle(), request, headers, guard)
        start_response(f"{answered.status} {HTTPStatus(answered.status).phrase}", list(answered.headers))
        return [answered.body]

    return application
