"""A bundle as a web application: ASGI with Starlette, WSGI with only the standard library."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from flowc.bundle.routing import Request
from flowc.serve.notifier import Notifier
from flowc.serve.responses import MAX_READ, Guard, Reply, Served, refused, reply

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from starlette.applications import Starlette
    from starlette.requests import Request as Incoming
    from starlette.types import Receive, Scope, Send

#: Returns the bundle; called for each request, since the bundle may have been built again.
Source = Callable[[], Served]
#: Logs a request with its response.
Log = Callable[[Request, Reply], None]
#: A context that lasts from the start of the server to its end.
Lifespan = Callable[[], AbstractAsyncContextManager[None]]

#: A longer Content-Length means a body that is too large, and Python may refuse to read it as a number.
_MOST_DIGITS = 18
#: Characters that a path may contain unescaped (RFC 3986, section 3.3).
_IN_PATH = "/:@!$&'()*+,;=~"


class _Application:
    """The endpoint of all requests. It is not a function, since Starlette would restrict the methods of a function."""

    def __init__(self, bundle: Source, guard: Guard | None, log: Log | None) -> None:
        from starlette.requests import ClientDisconnect
        from starlette.requests import Request as Incoming
        from starlette.responses import Response

        self._bundle, self._guard, self._log = bundle, guard, log
        self._notifier = Notifier()
        self._incoming, self._response, self._gone = Incoming, Response, ClientDisconnect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        incoming = self._incoming(scope, receive)
        path, query = _raw_path(scope), _text(scope["query_string"])
        try:
            body = await _body(incoming)
        except self._gone:
            return  # the client disconnected before its body was complete
        request = Request(incoming.method, f"{path}?{query}" if query else path, body)
        answered = reply(self._bundle(), request, incoming.headers, self._guard)
        self._notifier.notify(answered.decided, request)
        if self._log:
            self._log(request, answered)
        await self._response(answered.body, answered.status, dict(answered.headers))(scope, receive, send)


def _raw_path(scope: Scope) -> str:
    """Return the path as received, or with the usual escapes if the server provides only the decoded path."""
    raw: bytes | None = scope.get("raw_path")
    return _text(raw) if raw is not None else quote(scope["path"], _IN_PATH, errors="surrogateescape")


def _text(sent: bytes) -> str:
    """Return a part of a URL as text. Bytes that should be escaped are kept, since the signature may cover them."""
    return sent.decode("utf-8", "surrogateescape")


async def _body(incoming: Incoming) -> bytes:
    """Read the body, or as much of it as shows that it is too large."""
    body = bytearray()
    async for chunk in incoming.stream():
        body += chunk
        if len(body) > MAX_READ:
            break
    return bytes(body)


def asgi(
    bundle: Source, guard: Guard | None = None, log: Log | None = None, lifespan: Lifespan = nullcontext
) -> Starlette:
    """Return the bundle as an ASGI application; needs the extra `serve`."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    return Starlette(routes=[Route("/{path:path}", _Application(bundle, guard, log))], lifespan=lambda _: lifespan())


def wsgi(bundle: Source, guard: Guard | None = None) -> WSGIApplication:
    """Return the bundle as a WSGI application."""
    notifier = Notifier()

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered = _answered(environ, bundle, guard, notifier)
        start_response(f"{answered.status} {HTTPStatus(answered.status).phrase}", list(answered.headers))
        return [answered.body]

    return application


def _answered(environ: WSGIEnvironment, bundle: Source, guard: Guard | None, notifier: Notifier) -> Reply:
    body = _input(environ)
    if isinstance(body, HTTPStatus):
        return refused(body, environ["REQUEST_METHOD"])
    # WSGI servers decode the path once; documents and signatures refer to the path as received.
    path = quote(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""), _IN_PATH, "latin-1")
    query = _text(environ.get("QUERY_STRING", "").encode("latin-1"))
    request = Request(environ["REQUEST_METHOD"], f"{path}?{query}" if query else path, body)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    answered = reply(bundle(), request, headers, guard)
    notifier.notify(answered.decided, request)
    return answered


def _input(environ: WSGIEnvironment) -> bytes | HTTPStatus:
    """Read the body, or as much of it as shows that it is too large; return a status if it cannot be read completely.

    A body without a length is read only if the server guarantees that its stream ends with the body.
    """
    length, stream = environ.get("CONTENT_LENGTH") or "", environ["wsgi.input"]
    if length.strip("0123456789"):
        return HTTPStatus.BAD_REQUEST
    if len(length) > _MOST_DIGITS:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    size: int | None = int(length or 0)
    if environ.get("wsgi.input_terminated"):
        size = size if length and "HTTP_TRANSFER_ENCODING" not in environ else None
    elif "HTTP_TRANSFER_ENCODING" in environ:
        return HTTPStatus.LENGTH_REQUIRED
    most = MAX_READ if size is None else min(size, MAX_READ)
    body = bytearray()
    while len(body) < most and (more := stream.read(most - len(body))):
        body += more
    return bytes(body) if size is None or len(body) == most else HTTPStatus.BAD_REQUEST
