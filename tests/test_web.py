"""What comes of servers that misbehave: each answer has its outcome and its reason, and none makes the carrier hang."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest

from flowc.simulate.page import Asked, Missing, Page
from flowc.simulate.web import WebFetcher

_XML = b"<Response><Speak>Hello</Speak></Response>"
_LARGEST = 2000
_PATIENCE = 0.5


class _Server(ThreadingHTTPServer):
    """A server of the author's that answers each path in its own way, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class _Handler(BaseHTTPRequestHandler):
    def handle_one_request(self) -> None:
        """Keep what is asked, and answer it."""
        self.raw_requestline = self.rfile.readline()
        self.close_connection = True
        if not self.parse_request():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        path, _, query = self.path.partition("?")
        assert isinstance(self.server, _Server)
        self.server.asked.append((self.command, path, query, body))
        _ANSWERS[path](self)

    def document(self, data: bytes = _XML, kind: str = "application/xml", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(data)

    def drip(self, part: bytes) -> None:
        """Begin an answer, and go on with it for ever."""
        self.document(b"")
        try:
            while True:
                self.wfile.write(part)
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Print nothing."""


_ANSWERS: Mapping[str, Callable[[_Handler], object]] = {
    "/good": lambda handler: handler.document(),
    "/charset": lambda handler: handler.document(kind="text/xml; charset=utf-8"),
    "/500": lambda handler: handler.document(status=500),
    "/302": lambda handler: handler.document(status=302),
    "/404": lambda handler: handler.document(status=404),
    "/html": lambda handler: handler.document(b"<html></html>", "text/html"),
    "/html-as-xml": lambda handler: handler.document(b"<html></html>"),
    "/empty": lambda handler: handler.document(b""),
    "/garbage": lambda handler: handler.document(bytes(range(128, 256))),
    "/cut": lambda handler: handler.document(_XML[:-4]),
    "/doctype": lambda handler: handler.document(b"<!DOCTYPE Response><Response/>"),
    "/large": lambda handler: handler.document(b"<Response>" + b" " * _LARGEST + b"</Response>"),
    "/just-fits": lambda handler: handler.document(b"<Response>" + b" " * (_LARGEST - 21) + b"</Response>"),
    "/no-http": lambda handler: handler.wfile.write(b"hello\r\n"),
    "/silent": lambda handler: time.sleep(4 * _PATIENCE),
    "/endless": lambda handler: handler.drip(b" " * 65536),
    "/slow": lambda handler: handler.drip(b" "),
}

#: What is said of each answer that is no document: unreachable or unusable, and why (URL stands for its URL).
_MISSING = {
    "/500": ("unreachable", "GET URL is answered with 500"),
    "/302": ("unreachable", "GET URL is answered with 302"),
    "/404": ("unreachable", "GET URL is answered with 404"),
    "/html": ("unusable", "URL answers with text/html, not with XML"),
    "/html-as-xml": ("unusable", "its root is <html>, not <Response>"),
    "/empty": ("unusable", "it cannot be read"),
    "/garbage": ("unusable", "it is not UTF-8"),
    "/cut": ("unusable", "it cannot be read"),
    "/doctype": ("unusable", "it has a DOCTYPE"),
    "/large": ("unusable", "URL answers with more than 2000 bytes"),
    "/no-http": ("unreachable", "GET URL: hello\r\n"),
    "/silent": ("unreachable", "GET URL: timed out"),
    "/endless": ("unusable", "URL answers with more than 2000 bytes"),
    "/slow": ("unreachable", "GET URL: the answer does not end"),
}


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _fetch(url: str, method: str = "GET", parameters: Mapping[str, str] | None = None) -> Page | Missing:
    return WebFetcher("Response", _LARGEST, _PATIENCE)(Asked("answer", method, url, parameters or {}))


@pytest.mark.parametrize("path", ["/good", "/charset", "/just-fits"])
def test_document(server: _Server, path: str) -> None:
    page = _fetch(server.url(path))
    assert isinstance(page, Page)
    assert page.name == server.url(path)
    assert [element.name for element in page.elements] == ([] if path == "/just-fits" else ["Speak"])


@pytest.mark.parametrize("path", _MISSING)
def test_no_document(server: _Server, path: str) -> None:
    begun = time.monotonic()
    found = _fetch(server.url(path))
    took = time.monotonic() - begun
    assert isinstance(found, Missing)
    assert (found.what, found.why.replace(server.url(path), "URL")) == _MISSING[path]
    assert took < 3 * _PATIENCE
    assert [asked[1] for asked in server.asked] == [path], "a carrier asks once, and follows nothing"


def test_every_answer_is_judged() -> None:
    assert _ANSWERS.keys() - _MISSING.keys() == {"/good", "/charset", "/just-fits"}


def test_no_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        found = _fetch(url)
    assert isinstance(found, Missing)
    assert found.what == "unreachable"
    assert "refused" in found.why


@pytest.mark.parametrize("url", ["http://", "http://127.0.0.1:99999/", "ftp.example.com", "nonsense://x/"])
def test_no_url(url: str) -> None:
    found = _fetch(url)
    assert isinstance(found, Missing)
    assert found.what == "unreachable"
    assert url in found.why


_SAID = {"From": "+12025550100", "Digits": "1#*", "Speech": "a & b = ü"}


def test_a_post_says_it_in_a_form(server: _Server) -> None:
    _fetch(server.url("/good?a=1#part"), "POST", _SAID)
    ((method, path, query, body),) = server.asked
    assert (method, path, query) == ("POST", "/good", "a=1")
    assert dict(parse_qsl(body)) == _SAID


def test_a_get_says_it_in_the_query(server: _Server) -> None:
    _fetch(server.url("/good?a=1#part"), "GET", _SAID)
    ((method, path, query, body),) = server.asked
    assert (method, path, body) == ("GET", "/good", "")
    assert dict(parse_qsl(query)) == {"a": "1", **_SAID}
