"""A server that closes slow connections: without a deadline it would keep half-sent requests open without end."""

from __future__ import annotations

import socket
from asyncio import Transport
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds from the beginning of a connection, or from its last answer, to the end of the next answer.
SECONDS = 20.0


def server(app: Any, seconds: float = SECONDS) -> uvicorn.Server:
    """A server of an ASGI application that closes a connection which gets no whole answer for so many seconds.

    Uvicorn has a timeout between requests alone, not within one.
    """

    class Timely(H11Protocol):
        def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # Head and body are sent apart. The body would wait until the client confirms the head, for about 40 ms.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._wait()

        def on_response_complete(self) -> None:
            self._late.cancel()
            self._wait()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._late.cancel()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._late = self.loop.call_later(seconds, self.transport.abort)

    return uvicorn.Server(uvicorn.Config(app, http=Timely, ws="none", log_level="warning", access_log=False))
