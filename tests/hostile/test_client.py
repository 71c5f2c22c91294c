"""What a hostile server costs those who ask it: a document's bytes and a deadline, whatever it sends, and one line."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.serve.probe import Unreachable, probe
from flowc.simulate.client import FAILURES, Client
from tests.conftest import PATIENCE
from tests.hosts.routing_bundle import manifest
from tests.hosts.servers import program

_LARGEST = 1000
#: Seconds for an answer that does not come. No verdict depends on how soon it is noticed.
_SHORT = 0.3
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nCache-Control: no-store\r\n"
_CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_LATE = f"no complete response within {_SHORT}s"
_NO_END = "the response does not end: too many headers, interim responses or chunks"
_LONG = "got more than 65536 bytes when reading"
_LARGE = "large"


@dataclass(frozen=True)
class _Attack:
    """What a server answers each request with: a beginning, then one part again and again, with pauses (s) between."""

    begun: bytes
    part: bytes = b""
    pause: float = 0.0
    #: What the client makes of it: the message of what it raises, or that the answer is too large.
    outcome: str = _LATE


ATTACKS = {
    "endless chunks": _Attack(_CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", outcome=_LARGE),
    "endless small chunks": _Attack(_CHUNKED, b"1\r\nx\r\n" * 1000, outcome=_LARGE),
    "endless padding of chunks": _Attack(_CHUNKED, b"1;" + b"x" * 60_000 + b"\r\nx\r\n", outcome=_NO_END),
    "endless trailers": _Attack(_CHUNKED + b"0\r\n", b"X: y\r\n" * 1000, outcome=_NO_END),
    "a length of 3 GB": _Attack(_HEAD + b"Content-Length: 3000000000\r\n\r\n", b"x" * 65536, outcome=_LARGE),
    "no length, no end": _Attack(_HEAD + b"\r\n", b"x" * 65536, outcome=_LARGE),
    "endless 100 Continue": _Attack(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, outcome=_NO_END),
    "endless headers": _Attack(_HEAD, b"X: y\r\n" * 1000, outcome="got more than 100 headers"),
    "an endless header": _Attack(_HEAD + b"X: ", b"y" * 65536, outcome=f"{_LONG} header line"),
    "an endless status": _Attack(b"HTTP/1.1 200 ", b"y" * 65536, outcome=f"{_LONG} status line"),
    "a dripping body": _Attack(_HEAD + b"Content-Length: 900\r\n\r\n", b"x", 0.05),
    "dripping chunks": _Attack(_CHUNKED, b"1\r\nx\r\n", 0.05),
    "dripping headers": _Attack(_HEAD, b"X: y\r\n", 0.05),
    "dripping 100 Continue": _Attack(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "half a body": _Attack(_HEAD + b"Content-Length: 900\r\n\r\nxxxxx", pause=PATIENCE),
    "nothing": _Attack(b"", pause=PATIENCE),
}  # fmt: skip


@dataclass
class _Server:
    """A server on loopback that attacks its clients. `cut` is set when a client closes the connection meanwhile."""

    attack: _Attack
    context: ssl.SSLContext | None = None
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    lines: int = 0
    sent: int = 0
    cut: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http{'s' if self.context else ''}://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        """Answer until the listener is closed, each connection in a thread of its own."""
        with suppress(OSError):
            while True:
                line, _ = self.listener.accept()
                self.lines += 1
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, accepted: socket.socket) -> None:
        with (
            suppress(OSError),
            self.context.wrap_socket(accepted, server_side=True) if self.context else accepted as line,
        ):
            while _request(line):
                self._send(line, self.attack.begun)
                if self.over.is_set():
                    break
                while (self.attack.part or self.attack.pause) and not self.over.wait(self.attack.pause):
                    self._send(line, self.attack.part)

    def _send(self, line: socket.socket, data: bytes) -> None:
        try:
            line.sendall(data)
            self.sent += len(data)
        except OSError:
            self.cut.set()
            raise


def _request(line: socket.socket) -> bytes:
    """A request, which is small; empty at the end."""
    data = b""
    while b"\r\n\r\n" not in data and (more := line.recv(65536)):
        data += more
    return data


@contextmanager
def _running(server: _Server) -> Iterator[_Server]:
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[_Server]:
    with _running(_Server(request.param)) as server:
        yield server


def _outcome(client: Client) -> str:
    try:
        answer = client.ask("GET", "/a.xml")
    except FAILURES as error:
        return str(error)
    return _LARGE if answer.body is None else "a document"


def _seconds(attack: _Attack) -> float:
    """The deadline: short where it is what ends the answer."""
    return _SHORT if attack.outcome == _LATE else PATIENCE


def _each(attacks: Mapping[str, _Attack]) -> pytest.MarkDecorator:
    cases = [pytest.param(attack, id=name) for name, attack in attacks.items()]
    return pytest.mark.parametrize("server", cases, indirect=True)


@_each(ATTACKS)
def test_an_attack_costs_a_document_and_a_deadline(server: _Server) -> None:
    with closing(Client(server.url, _seconds(server.attack), _LARGEST)) as client:
        assert _outcome(client) == server.attack.outcome
    if server.attack.part:
        assert server.cut.wait(PATIENCE), "the client is still connected"
        assert server.sent < 64 << 20, "what was sent has more than filled the buffers of the system"


@_each(
    {
        "half a body": _Attack(
            _HEAD + b"Content-Length: 900\r\n\r\nxxxxx", outcome="the response ends after 5 of 900 bytes"
        )
    }
)
def test_an_answer_that_ends_early(server: _Server) -> None:
    server.over.set()
    with closing(Client(server.url, PATIENCE, _LARGEST)) as client:
        assert _outcome(client) == server.attack.outcome


_WHOLE = _HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000


@pytest.mark.parametrize(
    ("server", "largest", "lines"), [(_Attack(_WHOLE), 1000, 1), (_Attack(_WHOLE), 998, 3)], indirect=["server"]
)
def test_a_connection_is_kept_unless_something_is_left_in_it(server: _Server, largest: int, lines: int) -> None:
    with closing(Client(server.url, PATIENCE, largest)) as client:
        found = {_outcome(client) for _ in range(3)}
    assert (found, server.lines) == ({"a document" if lines == 1 else _LARGE}, lines)


def test_encrypted_answers_are_bounded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    request = [
        program("openssl"),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        *subject,
        *made,
    ]
    subprocess.run(request, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    for attack in (ATTACKS["endless chunks"], ATTACKS["dripping headers"], ATTACKS["endless 100 Continue"]):
        with (
            _running(_Server(attack, context)) as server,
            closing(Client(server.url, _seconds(attack), _LARGEST)) as client,
        ):
            assert _outcome(client) == attack.outcome


@pytest.mark.parametrize("url", ["http://", "ftp://example.com", "example.com", "http://[::1", "http://127.0.0.1:x/"])
def test_what_is_not_the_url_of_a_server(url: str) -> None:
    with pytest.raises(ValueError):
        Client(url, PATIENCE, _LARGEST)


@_each(ATTACKS)
def test_the_probe_ends(server: _Server) -> None:
    there = manifest("https://calls.example.com")
    largest = max(entry.size for entry in there.documents)
    try:
        said = {fault.message for fault in probe(there, server.url, timeout=_seconds(server.attack)).faults}
    except Unreachable as error:
        assert str(error) == f"{server.url} does not answer: {server.attack.outcome}"
    else:
        assert server.attack.outcome == _LARGE
        assert f"answers more than {largest} bytes where plivo/clinic/one.xml belongs" in said


_SOON = {name: attack for name, attack in ATTACKS.items() if attack.outcome != _LATE}


@_each(_SOON)
def test_a_simulated_call_ends(server: _Server) -> None:
    url = f"{server.url}/start.xml"
    result = CliRunner().invoke(commands, ["simulate", url, "--target", "plivo", "--method", "GET"])
    if server.attack.outcome == _LARGE:
        why = f"Invalid Answer XML: {url} answers with more than 102400 bytes (8011)"
    else:
        why = f"Error Reaching Answer URL: GET {url}: {server.attack.outcome} (7011)"
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == f"    0.0 s  ended     {why}"
