"""A server of the author on loopback, for notifications: it answers at once, with an error, or only when it may."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from tests.conftest import PATIENCE

#: Seconds between two looks at a client that waits.
_LOOK = 0.01


class Received(NamedTuple):
    """A request: its method, its path and query, its body, and the names of its headers."""

    method: str
    target: str
    body: bytes
    headers: frozenset[str]


class Receiver(ThreadingHTTPServer):
    """Keeps what it receives. Requests for /slow wait for `may_answer`; `left` are those whose client did not."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.left: list[Received] = []
        self.may_answer = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def all(self, number: int) -> list[Received]:
        """The requests, as soon as there are so many; then none are kept."""
        until = time.monotonic() + PATIENCE
        while len(self.received) < number and time.monotonic() < until:
            time.sleep(0.01)
        received, self.received = self.received, []
        return received

    def lost_one(self) -> bool:
        """Whether a client has left before it was answered; a little later it would be known."""
        time.sleep(20 * _LOOK)
        left, self.left = self.left, []
        return bool(left)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def _receive(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        names = frozenset(name.lower() for name in self.headers)
        received = Received(self.command, self.path, body, names)
        self.server.received.append(received)
        while self.path.startswith("/slow") and not self.server.may_answer.wait(_LOOK):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                self.server.left.append(received)
                return
        self.send_response(500 if self.path.startswith("/failing") else 200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"<no/>")

    do_GET = do_POST = do_PUT = do_HEAD = _receive

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, as long as the context lasts."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.may_answer.set()
            receiver.shutdown()
            thread.join()
