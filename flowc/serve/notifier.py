"""Notifies the author's servers in the background, so that no answer waits for them."""

from __future__ import annotations

import logging
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Full, Queue
from threading import Lock, Thread
from urllib.parse import urlsplit

from flowc.bundle.notification import NotifyEntry
from flowc.bundle.routing import Answer, Request, notification

#: Seconds that a server may take to accept a connection, and to answer.
_PATIENCE = 5.0
#: Notifications that may wait, and threads that send them.
_MOST_WAITING, _MOST_THREADS = 1000, 8
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
_log = logging.getLogger("flowc")


class Notifier:
    """Sends each notification once; a server that is down, slow or answers with an error makes no difference.

    Threads start with the first notification: a server that forks does so before.
    """

    def __init__(self) -> None:
        """Begin without threads."""
        self._waiting: Queue[tuple[NotifyEntry, Request]] = Queue(_MOST_WAITING)
        self._lock = Lock()
        self._threads = 0

    def notify(self, answered: Answer | None, request: Request) -> None:
        """Notify the servers that an answer to a request names; return at once."""
        for entry in answered.notify if answered else ():
            try:
                self._waiting.put_nowait((entry, notification(entry, request)))
            except Full:
                _log.warning("flowc: %s is not notified: %d notifications are waiting", entry.url, _MOST_WAITING)
                continue
            with self._lock:
                if self._threads < _MOST_THREADS:
                    self._threads += 1
                    Thread(target=self._send_all, name="flowc-notifier", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            entry, request = self._waiting.get()
            try:
                _send(request)
            except (OSError, HTTPException, ValueError) as error:
                # Not the whole URL, which may contain what a caller entered.
                _log.warning("flowc: %s could not be notified: %s", entry.url, error or type(error).__name__)


def _send(request: Request) -> None:
    url = urlsplit(request.url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=_PATIENCE)
    try:
        connection.request(request.method, url._replace(scheme="", netloc="").geturl(), request.body, _HEADERS)
        connection.getresponse()
    finally:
        connection.close()
