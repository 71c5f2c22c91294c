"""An HTTP client for untrusted servers: each response has a deadline and a maximum size."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flowc.diagnostics.records import NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["FAILURES", "Client", "HttpResponse"]

#: The exceptions of `Client.ask` if no complete response comes.
FAILURES = (OSError, HTTPException, ValueError)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: Most bytes of a response besides its body: interim responses, headers, trailers.
_HEAD = 1 << 17
#: Most bytes on the wire for one byte of a chunked body, unless the sender pads chunks on purpose.
_CHUNK = len(b"1\r\nx\r\n")


class HttpResponse(NamedTuple):
    """A complete response. `body` is None if it is larger than the client accepts."""

    status: int
    headers: Message
    body: bytes | None


class Client:
    """A connection to one server; it is reused between requests, and opened again after the server closed it."""

    def __init__(self, url: str, seconds: float, largest: int) -> None:
        """`url` names the server. A response may take `seconds`, and have a body of `largest` bytes.

        Raises ValueError unless `url` is an absolute http or https URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("this is not the URL of a server")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=seconds)
        self._seconds, self._largest = seconds, largest

    def ask(self, method: str, target: str, form: bytes | Iterable[bytes] | None = None) -> HttpResponse:
        """Send one request for a path and query, with a form as its body: as a whole, or in chunks.

        Raises OSError (TimeoutError: no complete response in time), HTTPException or ValueError; closes the connection.
        """
        try:
            return self._ask(method, target, form)
        except FAILURES as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"no complete response within {self._seconds:g}s") from error
            raise

    def _ask(self, method: str, target: str, form: bytes | Iterable[bytes] | None) -> HttpResponse:
        deadline = time.monotonic() + self._seconds
        connection: Any = self._connection  # its socket is annotated as a socket, but may be another object
        if not connection.sock:
            connection.connect()
            connection.sock = _BoundedSocket(connection.sock)
        connection.sock.limit(deadline, _HEAD + _CHUNK * self._largest)
        try:
            connection.request(method, target, form, {} if form is None else _FORM)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server may refuse a long body before it has received all of it, and send a response
        response: HTTPResponse = connection.getresponse()
        body = response.read(self._largest + 1)
        if len(body) <= self._largest and response.length:
            raise HTTPException(f"the response ends after {len(body)} of {len(body) + response.length} bytes")
        if not response.isclosed():  # unread bytes would be taken for the next response
            response.close()
            self.close()
        return HttpResponse(response.status, response.headers, body if len(body) <= self._largest else None)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


class _BoundedSocket:
    """The part of a socket that http.client uses, with a deadline and a limit on all received bytes.

    The timeout of a socket restarts with each byte, and http.client reads any number of interim responses and trailers,
    so neither stops an endless response.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._deadline, self._most = 0.0, 0

    def limit(self, deadline: float, most: int) -> None:
        """Set the deadline of the next response on the monotonic clock, and its most bytes."""
        self._deadline, self._most = deadline, most

    def sendall(self, data: bytes) -> None:
        """Send all data before the deadline."""
        self._socket.settimeout(_left(self._deadline))
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a reader of the response."""
        return io.BufferedReader(_Incoming(self._socket, self._deadline, self._most))

    def close(self) -> None:
        """Close the socket as soon as its reader is closed, too."""
        self._socket.close()


class _Incoming(io.RawIOBase):
    """The bytes of one response. Reading raises TimeoutError after the deadline, HTTPException after too many bytes."""

    def __init__(self, connected: socket.socket, deadline: float, most: int) -> None:
        self._socket, self._file = connected, connected.makefile("rb", buffering=0)
        self._deadline, self._most = deadline, most

    def readable(self) -> bool:
        """Return True, as every reader does."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read the next bytes."""
        self._socket.settimeout(_left(self._deadline))
        number = self._file.readinto(buffer)
        self._most -= number or 0
        if self._most < 0:
            raise HTTPException("the response does not end: too many headers, interim responses or chunks")
        return number

    def close(self) -> None:
        """Release the socket."""
        self._file.close()
        super().close()


def _left(deadline: float) -> float:
    """Return the seconds until the deadline. Raises TimeoutError if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
