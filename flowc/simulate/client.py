"""An HTTP client for servers that are not trusted: each answer has a deadline, and a bound on what is read of it."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterable
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["FAILURES", "Client", "HttpResponse"]

#: What `Client.ask` raises if no whole answer comes.
FAILURES = (OSError, HTTPException, ValueError)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: What is read of an answer beside its body, in bytes: interim answers, headers, trailers.
_HEAD = 1 << 17
#: The bytes that a chunked body takes for one byte at most, unless its sender is out to waste them.
_CHUNK = len(b"1\r\nx\r\n")


class HttpResponse(NamedTuple):
    """A whole answer. `body` is None if it is larger than the client reads."""

    status: int
    headers: Message
    body: bytes | None


class Client:
    """A connection to one server, which is kept between requests and opened again where the server closed it."""

    def __init__(self, url: str, seconds: float, largest: int) -> None:
        """`url` names the server. An answer may take `seconds` and have a body of `largest` bytes.

        Raises ValueError unless `url` is an absolute http or https URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("this is not the URL of a server")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=seconds)
        self._seconds, self._largest = seconds, largest

    def ask(self, method: str, target: str, form: bytes | Iterable[bytes] | None = None) -> HttpResponse:
        """The answer to one request for a path and query, with a form as its body: whole, or in chunks.

        Raises OSError (TimeoutError: no whole answer in time), HTTPException or ValueError, and closes the connection.
        """
        try:
            return self._ask(method, target, form)
        except FAILURES as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"no whole answer within {self._seconds:g} s") from error
            raise

    def _ask(self, method: str, target: str, form: bytes | Iterable[bytes] | None) -> HttpResponse:
        deadline = time.monotonic() + self._seconds
        connection: Any = self._connection  # whose socket is typed as one, and need not be
        if not connection.sock:
            connection.connect()
            connection.sock = _BoundedSocket(connection.sock)
        connection.sock.limit(deadline, _HEAD + _CHUNK * self._largest)
        try:
            connection.request(method, target, form, {} if form is None else _FORM)
        except (BrokenPipeError, ConnectionResetError):
            pass  # a server may refuse a long body before all of it has come, and say so
        response: HTTPResponse = connection.getresponse()
        body = response.read(self._largest + 1)
        if len(body) <= self._largest and response.length:
            raise HTTPException(f"the answer ends after {len(body)} of {len(body) + response.length} bytes")
        if not response.isclosed():  # something is left that would be taken for the next answer
            response.close()
            self.close()
        return HttpResponse(response.status, response.headers, body if len(body) <= self._largest else None)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()


class _BoundedSocket:
    """What http.client uses of a socket, with a deadline and a bound on all bytes that come in.

    The timeout of a socket starts anew with each byte, and http.client reads any number of interim answers and
    trailers, so neither ends an answer that has no end.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._deadline, self._most = 0.0, 0

    def limit(self, deadline: float, most: int) -> None:
        """Set when the next answer must have come, on the monotonic clock, and how many bytes it may take."""
        self._deadline, self._most = deadline, most

    def sendall(self, data: bytes) -> None:
        """Send all, in time."""
        self._line.settimeout(_left(self._deadline))
        self._line.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The answer."""
        return io.BufferedReader(_Incoming(self._line, self._deadline, self._most))

    def close(self) -> None:
        """Close the socket when its reader is closed too."""
        self._line.close()


class _Incoming(io.RawIOBase):
    """The bytes of one answer. Reading raises TimeoutError after the deadline, HTTPException after too many bytes."""

    def __init__(self, line: socket.socket, deadline: float, most: int) -> None:
        self._line, self._file = line, line.makefile("rb", buffering=0)
        self._deadline, self._most = deadline, most

    def readable(self) -> bool:
        """True, as for every reader."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Wait for bytes."""
        self._line.settimeout(_left(self._deadline))
        number = self._file.readinto(buffer)
        self._most -= number or 0
        if self._most < 0:
            raise HTTPException("the answer does not end: too many headers, interim answers or chunks")
        return number

    def close(self) -> None:
        """Let the socket go."""
        self._file.close()
        super().close()


def _left(deadline: float) -> float:
    """The seconds that are left. Raises TimeoutError if there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
