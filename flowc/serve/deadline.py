"""A server that closes slow connections: without a deadline it would keep half-sent requests open forever."""

from __future__ import annotations

import socket
from asyncio import Transport
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds from the start of a connection, or from its last response, to the end of the next response.
SECONDS = 20.0


def server(app: Any, seconds: float = SECONDS) -> uvicorn.Server:
    """Return a server of an ASGI application that closes connections without a whole response within `seconds`.

    Uvicorn has a timeout only between requests, not within one.
    """

    class DeadlineProtocol(H11Protocol):
        def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # Head and body are sent separately; with the delay, the body waits about 40 ms for the ACK of the head.
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._restart()

        def on_response_complete(self) -> None:
            self._timeout.cancel()
            self._restart()
            super().on_response_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._timeout.cancel()
            super().connection_lost(exc)

        def _restart(self) -> None:
            self._timeout = self.loop.call_later(seconds, self.transport.abort)

    return uvicorn.Server(uvicorn.Config(app, http=DeadlineProtocol, ws="none", log_level="warning", access_log=False))
