"""What comes of servers that misbehave: each answer has its outcome and its reason, and none makes the carrier hang."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.simulate.call import Call
from flowc.simulate.documents import CarrierRequest, Missing, Page, Purpose
from flowc.simulate.entry_points import EntryPoint, Opening
from flowc.simulate.rules import Rules, read_rules
from flowc.simulate.web import WebFetcher
from tests.conftest import PATIENCE
from tests.samples.built_flows import targets

_XML = b"<Response><Speak>Hello</Speak></Response>"
_LARGEST = 2000
#: How long an answer is waited for that never comes, in seconds.
_PATIENCE = 0.5
_NEVER = ("/silent", "/slow", "/slow-head")
#: An answer that goes on for ever ends after so many parts, a minute, so that the test does too if none gives it up.
_PARTS = 1200


class _Server(ThreadingHTTPServer):
    """A server of the author's that answers each path in its own way, and keeps what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.over = threading.Event()
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
        {**_ANSWERS, **_ANSWERS_BESIDE}[path](self)

    def document(self, data: bytes = _XML, kind: str = "application/xml", status: int = 200) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(data.replace(b"HOST", self.asked_at().encode()))

    def asked_at(self) -> str:
        assert isinstance(self.server, _Server)
        return self.server.url("")

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for so long, or for the end of the test; whether that has come."""
        assert isinstance(self.server, _Server)
        return self.server.over.wait(seconds)

    def asked(self) -> list[tuple[str, str, str, str]]:
        assert isinstance(self.server, _Server)
        return self.server.asked

    def moved(self, path: str) -> None:
        self.send_response(307)
        self.send_header("Location", path)
        self.end_headers()

    def drip(self, part: bytes, begun: bytes = b"") -> None:
        """Begin an answer, and go on with it for ever."""
        if begun:
            self.wfile.write(begun)
        else:
            self.document(b"")
        with suppress(OSError):
            for _ in range(_PARTS):
                self.wfile.write(part)
                if self.wait(0.05):
                    break

    def log_message(self, *_: object) -> None:
        """Print nothing."""


_ANSWERS: Mapping[str, Callable[[_Handler], object]] = {
    "/good": lambda handler: handler.document(),
    "/charset": lambda handler: handler.document(kind="text/xml; charset=utf-8"),
    "/500": lambda handler: handler.document(status=500),
    "/302": lambda handler: handler.document(status=302),
    "/404": lambda handler: handler.document(status=404),
    "/html": lambda handler: handler.document(b"<html></html>", "text/html"),
    "/untyped": lambda handler: handler.document(kind=""),
    "/nothing": lambda handler: handler.document(b"", "", 204),
    "/no-type": lambda handler: handler.document(kind="xml"),
    "/capitals": lambda handler: handler.document(kind="Text/XML ; charset=utf-8"),
    "/html-as-xml": lambda handler: handler.document(b"<html></html>"),
    "/empty": lambda handler: handler.document(b""),
    "/garbage": lambda handler: handler.document(bytes(range(128, 256))),
    "/cut": lambda handler: handler.document(_XML[:-4]),
    "/doctype": lambda handler: handler.document(b"<!DOCTYPE Response><Response/>"),
    "/large": lambda handler: handler.document(b"<Response>" + b" " * _LARGEST + b"</Response>"),
    "/just-fits": lambda handler: handler.document(b"<Response>" + b" " * (_LARGEST - 21) + b"</Response>"),
    "/no-http": lambda handler: handler.wfile.write(b"hello\r\n"),
    "/silent": lambda handler: handler.wait(),
    "/endless": lambda handler: handler.drip(b" " * 65536),
    "/slow": lambda handler: handler.drip(b" "),
    "/slow-head": lambda handler: handler.drip(b"X", b"HTTP/1.0 200 OK\r\nX-Slow: "),
}

_ELSEWHERE = b"<Response><Redirect>HOST/%s</Redirect></Response>"
_ASKS = b'<Response><GetInput action="HOST/500"/></Response>'
#: Answers that depend on more than the path, or send the call elsewhere.
_ANSWERS_BESIDE: Mapping[str, Callable[[_Handler], object]] = {
    "/round": lambda handler: handler.moved("/round"),
    "/second": lambda handler: handler.document(status=500 if len(handler.asked()) == 1 else 200),
    "/to-500": lambda handler: handler.document(_ELSEWHERE % b"500"),
    "/to-html": lambda handler: handler.document(_ELSEWHERE % b"html"),
    "/asks": lambda handler: handler.document(_ASKS),
    "/200-kb": lambda handler: handler.document(b"<Response>" + b" " * 204_800 + b"</Response>"),
}

#: What is said of each answer that is no document: unreachable or unusable, and why (URL stands for its URL).
_MISSING = {
    "/500": ("unreachable", "GET URL is answered with 500"),
    "/302": ("unreachable", "GET URL is answered with 302"),
    "/404": ("unreachable", "GET URL is answered with 404"),
    "/html": ("unusable", "URL answers with text/html, not with XML"),
    "/untyped": ("unusable", "URL answers without a Content-Type, not with XML"),
    "/nothing": ("unusable", "URL answers without a Content-Type, not with XML"),
    "/no-type": ("unusable", "URL answers with xml, not with XML"),
    "/html-as-xml": ("unusable", "its root is <html>, not <Response>"),
    "/empty": ("unusable", "it cannot be read"),
    "/garbage": ("unusable", "it is not UTF-8"),
    "/cut": ("unusable", "it cannot be read"),
    "/doctype": ("unusable", "it has a DOCTYPE"),
    "/large": ("unusable", "URL answers with more than 2000 bytes"),
    "/no-http": ("unreachable", "GET URL: hello\r\n"),
    "/silent": ("unreachable", f"GET URL: no complete response within {_PATIENCE}s (requested 2 times)"),
    "/endless": ("unusable", "URL answers with more than 2000 bytes"),
    "/slow": ("unreachable", f"GET URL: no complete response within {_PATIENCE}s (requested 2 times)"),
    "/slow-head": ("unreachable", f"GET URL: no complete response within {_PATIENCE}s (requested 2 times)"),
}


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def _fetch(url: str, method: str = "GET", parameters: Mapping[str, str] | None = None) -> Page | Missing:
    return _fetcher("plivo", url)(CarrierRequest(Purpose.ANSWER, method, url, parameters or {}))


def _fetcher(target: str, url: str) -> WebFetcher:
    """The carrier's, which waits for an answer that comes for as long as a busy machine may need."""
    return WebFetcher(_rules(target), _PATIENCE if urlsplit(url).path in _NEVER else PATIENCE)


def _rules(target: str) -> Rules:
    return replace(read_rules(targets().layers(target)), largest=_LARGEST)


@pytest.mark.parametrize("path", ["/good", "/charset", "/capitals", "/just-fits"])
def test_document(server: _Server, path: str) -> None:
    page = _fetch(server.url(path))
    assert isinstance(page, Page)
    assert page.name == server.url(path)
    assert [element.name for element in page.elements] == ([] if path == "/just-fits" else ["Speak"])


@pytest.mark.parametrize("path", _MISSING)
def test_no_document(server: _Server, path: str) -> None:
    found = _fetch(server.url(path))
    assert isinstance(found, Missing)
    assert (found.what, found.why.replace(server.url(path), "URL")) == _MISSING[path]
    again = "requested 2 times" in found.why
    assert [asked[1] for asked in server.asked] == [path] * (1 + again), "this carrier follows nothing"


def test_every_answer_is_judged() -> None:
    assert _ANSWERS.keys() - _MISSING.keys() == {"/good", "/charset", "/capitals", "/just-fits"}


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


# How the call ends

_PLIVO = {
    "unreachable": ("Error Reaching Answer URL", "7011"),
    "unusable": ("Invalid Answer XML", "8011"),
}


@pytest.mark.parametrize("path", _MISSING)
def test_a_call_ends_as_the_carrier_documents(server: _Server, path: str) -> None:
    what, why = _MISSING[path]
    name, code = _PLIVO[what]
    call = _call("plivo", server.url(path))
    assert call.ended is not None
    assert (call.ended.what, call.ended.code) == (f"answer-{what}", code)
    assert call.ended.why == f"{name}: {why.replace('URL', server.url(path), 1)}"
    assert [entry.what for entry in call.log] == ["fetched", "ended"]


def _call(target: str, url: str) -> Call:
    call = Call(_rules(target), _fetcher(target, url), {"id": "c"})
    call.begin(Opening(EntryPoint(url, "GET")))
    return call


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/500", ("7011", "11200", "11200")),
        ("/html", ("8011", "12300", "12300")),
        ("/garbage", ("8011", "12100", "12100")),
        ("/large", ("8011", "12100", "11750")),
        ("/no-http", ("7011", "11206", "11206")),
    ],
)
def test_each_carrier_has_its_own_code(server: _Server, path: str, codes: tuple[str, ...]) -> None:
    ended = [_call(target, server.url(path)).ended for target in ("plivo", "rcml", "twiml")]
    assert tuple(end.code for end in ended if end is not None) == codes


@pytest.mark.parametrize(
    ("target", "told", "status"),
    [
        ("plivo", "Invalid Answer XML: URL answers with more than 102400 bytes (8011)", 1),
        ("rcml", "the end of the document", 0),  # no limit is documented
        ("twiml", "document too large: URL answers with more than 65536 bytes (11750)", 1),
    ],
)
def test_200_kb_are_too_much_for_those_who_say_so(server: _Server, target: str, told: str, status: int) -> None:
    url = server.url("/200-kb")
    result = CliRunner().invoke(commands, ["simulate", url, "--target", target, "--method", "GET"])
    assert result.exit_code == status
    assert result.output.splitlines()[-1].replace(url, "URL").endswith(f"ended     {told}")


@pytest.mark.parametrize(
    ("target", "steps"), [("plivo", ["/302"]), ("rcml", ["/302", "/good"]), ("twiml", ["/302", "/good"])]
)
def test_a_redirect_of_http_is_followed_by_those_who_do(server: _Server, target: str, steps: list[str]) -> None:
    call = _call(target, server.url("/302"))
    assert [asked[1] for asked in server.asked] == steps
    assert call.ended is not None
    assert (call.ended.code == "7011") == (steps == ["/302"])


def test_redirects_of_http_in_a_round_are_given_up(server: _Server) -> None:
    call = _call("rcml", server.url("/round"))
    assert call.ended is not None
    assert call.ended.why.endswith("/round is answered with 307")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("/500", 1),
        ("/500#rc=3", 1),
        ("/500#rc=3&rp=5xx", 4),
        ("/404#rc=2&rp=5xx", 1),
        ("/404#rc=2&rp=all", 3),
        ("/html#rc=2&rp=4xx,5xx", 1),
        ("/silent#rc=0", 1),
        ("/silent#rt=100", 2),
        ("/silent#rt=100&rc=2&rp=rt", 3),
        ("/good#rc=5&rp=all", 1),
        ("/500#rc=many", 1),
        ("/500#rc=99999999&rp=all", 6),
        pytest.param(f"/500#rc={'9' * 5000}&rp=all", 1, id="5000 digits"),
    ],
)
def test_a_url_is_asked_again_as_its_options_say(server: _Server, path: str, times: int) -> None:
    call = _call("plivo", server.url(path))
    assert len(server.asked) == times
    assert call.ended is not None
    assert call.ended.why.endswith(f"(requested {times} times)") == (times > 1)


def test_a_second_answer_is_as_good_as_the_first(server: _Server) -> None:
    call = _call("plivo", server.url("/second#rc=1&rp=5xx"))
    assert [asked[1] for asked in server.asked] == ["/second", "/second"]
    assert [entry.text for entry in call.log[1:]] == ["Hello", "End Of XML Instructions (4010)"]


@pytest.mark.parametrize(
    ("target", "path", "after", "told"),
    [
        ("plivo", "/to-500", "redirect", "Error Reaching Redirect URL: POST URL/500 is answered with 500 (7014)"),
        ("plivo", "/to-html", "redirect", "Invalid Redirect XML: URL/html answers with text/html, not with XML (8014)"),
        ("plivo", "/asks", "action", "Error Reaching Action URL: POST URL/500 is answered with 500 (7012)"),
        (
            "rcml",
            "/to-500",
            "redirect",
            "the redirect URL could not be fetched: POST URL/500 is answered with 500 (11200)",
        ),
    ],
)
def test_the_person_at_the_terminal_is_told(server: _Server, target: str, path: str, after: str, told: str) -> None:
    arguments = ["simulate", server.url(path), "--target", target]
    result = CliRunner().invoke(commands, arguments, input="1#\n", catch_exceptions=False)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].replace(server.url(""), "URL").endswith(f"ended     {told}"), after
