"""`flowc serve`: what a bundle answers, asked of real servers over the wire."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from click.testing import CliRunner

from flowc.bundle.manifest import FlowEntry, Manifest, SignatureEntry, SourceLocation
from flowc.bundle.routing import Request
from flowc.cli import commands
from flowc.profiles.signature import schemes, shared_key_variables, sign, token_variables
from flowc.profiles.targets import find_targets
from flowc.serve import Guard, NoToken, asgi, guard, reply, wsgi
from flowc.serve.deadline import server
from tests.conftest import PATIENCE
from tests.hosts.routing_bundle import asked, bundle, can_be_sent, document, exchanged, manifest, name_of, rows, target
from tests.hosts.servers import HERE

BASE = "https://calls.example.com/a"
#: By the path of the document, what an answer holds.
NAMES = {document(entry.path): name_of(entry.path) for entry in manifest(BASE).documents}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def _uvicorn(seconds: float = PATIENCE) -> Iterator[int]:
    running = server(asgi(lambda: bundle(BASE)), seconds)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join()


@contextmanager
def _wsgiref(guarding: Guard | None = None) -> Iterator[int]:
    with make_server("127.0.0.1", 0, wsgi(lambda: bundle(BASE), guarding), handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module", params=[_uvicorn, _wsgiref], ids=["asgi", "wsgi"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with request.param() as number:
        yield number


def _said(port: int, method: str, url: str, body: bytes = b"") -> str | int:
    got = asked(port, method, target(BASE, url), body)
    assert got.headers["cache-control"] == "no-store"
    if got.status != 200:
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        return got.status
    assert got.headers["content-type"] == "application/xml; charset=utf-8"
    assert int(got.headers["content-length"]) == len(document("plivo/clinic/one.xml")) or got.body
    return NAMES[got.body] if method != "HEAD" else "nothing" if not got.body else "a body"


@pytest.mark.parametrize("row", [row for row in rows("get") if can_be_sent(target(BASE, row.values[0]["url"]))])
def test_get(port: int, row: dict[str, Any]) -> None:
    assert _said(port, "GET", row["url"]) == row["answer"]


@pytest.mark.parametrize("row", rows("post"))
def test_post(port: int, row: dict[str, Any]) -> None:
    assert _said(port, "POST", row["url"], row["body"].encode()) == row["answer"]


def test_head_is_a_get_without_its_body(port: int) -> None:
    assert _said(port, "HEAD", "{route}?Digits=1") == "nothing"
    whole = asked(port, "GET", target(BASE, "{route}?Digits=1"))
    assert asked(port, "HEAD", target(BASE, "{route}?Digits=1")).headers["content-length"] == str(len(whole.body))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods(port: int, method: str) -> None:
    got = asked(port, method, target(BASE, "{route}?Digits=1"))
    assert (got.status, got.headers["allow"], got.body) == (405, "GET, HEAD, POST", b"method not allowed\n")


def test_a_huge_body_is_refused(port: int) -> None:
    got = asked(port, "POST", target(BASE, "{route}"), b"Digits=1&x=" + b"1" * 66_000)
    assert (got.status, got.body) == (413, b"too large\n")


@pytest.mark.parametrize(
    ("framing", "sent", "status"),
    [
        ({"Transfer-Encoding": "chunked"}, b"8\r\nDigits=1\r\n0\r\n\r\n", 411),
        ({"Transfer-Encoding": "chunked", "Content-Length": "8"}, b"8\r\nDigits=1\r\n0\r\n\r\n", 411),
        ({"Content-Length": "9" * 5000}, b"Digits=1", 413),
        ({"Content-Length": "70000"}, b"Digits=1" * 8750, 413),
        ({"Content-Length": "-1"}, b"Digits=1", 400),
        ({"Content-Length": "+8"}, b"Digits=1", 400),
        ({"Content-Length": "\u0668"}, b"Digits=1", 400),
        ({"Content-Length": "9"}, b"Digits=1", 400),
        ({"Content-Length": "08"}, b"Digits=1", 200),
        ({}, b"", 200),
    ],
)
def test_a_body_that_a_server_does_not_delimit(framing: dict[str, str], sent: bytes, status: int) -> None:
    """This server passes on what the headers say, and its stream goes on after the body."""
    with _wsgiref() as port:
        got = exchanged(port, "POST", target(BASE, "{route}"), framing, sent, cut=True)
    assert got is not None
    assert got.status == status


@pytest.mark.parametrize("scope", [{}, {"raw_path": None}, {"raw_path": b"/a%C3%A4/plivo/clinic/one.xml"}])
def test_the_raw_path_is_optional(scope: dict[str, Any]) -> None:
    """A server may leave it out, or give None; the path is escaped again then."""
    base, sent = "https://calls.example.com/a%C3%A4", []
    log: list[tuple[str, str]] = []
    whole = {
        **{"type": "http", "method": "GET", "path": "/aä/plivo/clinic/one.xml", "query_string": b"a=%2F"},
        **{"headers": [], "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", **scope},
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    app = asgi(lambda: bundle(base), log=lambda request, answered: log.append((request.url, answered.note)))
    asyncio.run(app(whole, receive, send))
    assert sent[0]["status"] == 200
    assert log == [("/a%C3%A4/plivo/clinic/one.xml?a=%2F", "plivo/clinic/one.xml (clinic.flow.yaml:1)")]


_HALF = "GET {} HTTP/1.1\r\nHost: x\r\n"
#: What is sent before a connection falls silent.
_BEGUN = {
    "nothing": "",
    "half a line": "GE",
    "half the headers": _HALF,
    "half a body": f"{_HALF}Content-Length: 9\r\n\r\nDigits",
    "half a chunk": f"{_HALF}Transfer-Encoding: chunked\r\n\r\n9\r\nDigits",
}


def _begun(port: int, text: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE)
    connection.sendall(text.replace("{}", target(BASE, "{route}")).encode())
    return connection


def _received(connection: socket.socket) -> bytes:
    """What comes next; nothing if the server ends the connection."""
    with suppress(ConnectionError):
        return connection.recv(65536)
    return b""


@pytest.mark.parametrize("begun", _BEGUN)
def test_a_request_that_does_not_come_whole_ends(begun: str) -> None:
    with _uvicorn(0.1) as port, _begun(port, _BEGUN[begun]) as connection:
        assert _received(connection) == b""


def test_a_request_that_drips_ends() -> None:
    """What comes now and then does not make the wait any longer."""
    with _uvicorn(0.1) as port, _begun(port, _HALF) as connection:
        connection.settimeout(0.01)
        with suppress(ConnectionError):
            while True:
                connection.sendall(b"a")
                with suppress(TimeoutError):
                    assert connection.recv(65536) == b""
                    break


def test_a_second_request_that_does_not_come_whole_ends() -> None:
    for seconds in (0.1, 1, 10, 100):  # a busy machine may need a longer one for the first answer
        with _uvicorn(seconds) as port, _begun(port, f"{_HALF}\r\n") as connection:
            if _received(connection):
                with suppress(ConnectionError):
                    connection.sendall(_HALF.encode())
                while _received(connection):
                    pass
                return
    pytest.fail("no answer came")


FLOW = """\
flowc: 1
name: door
targets: [plivo]
base_url: https://ivr.example.com/calls
entry: start
steps:
  start: [{say: WORDS}, hangup]
"""


@contextmanager
def _served(folder: Path, *arguments: str, **environ: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`flowc serve` as a process of its own, and the port that it says it listens at."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flowc", "serve", "--port", "0", *arguments],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environ},
    )
    try:
        assert process.stderr is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert found
        yield int(found[1]), process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        assert process.stderr is not None
        process.stderr.close()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline().rstrip("\n")


def _welcomed(process: subprocess.Popen[str]) -> str:
    """The last line that a server of one flow for one target says when it starts."""
    _line(process)
    return _line(process)


def _saved(path: Path, text: str) -> None:
    """Put a file in place at once, as an editor does: the server never reads half of it."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)


def test_a_bundle_is_served_and_each_request_told(tmp_path: Path) -> None:
    (tmp_path / "door.flow.yaml").write_text(FLOW.replace("WORDS", "Hello."), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "flowc", "build", "door.flow.yaml"], cwd=tmp_path, check=True, capture_output=True
    )
    with _served(tmp_path, "dist") as (port, process):
        assert _line(process) == f"  door for plivo: http://127.0.0.1:{port}/calls/plivo/door/start.xml"
        assert _line(process) == "  plivo: requests are NOT verified: --verify plivo is not given"
        got = asked(port, "POST", "/calls/plivo/door/start.xml", b"Digits=1")
        assert got.body == (tmp_path / "dist/plivo/door/start.xml").read_bytes()
        told = "POST /calls/plivo/door/start.xml 200 plivo/door/start.xml (door.flow.yaml:7)"
        assert _line(process).partition(" ")[2] == told
        assert asked(port, "GET", "/calls/manifest.json").status == 404
        assert _line(process).partition(" ")[2] == "GET /calls/manifest.json 404 not found"


def test_flows_are_built_again_and_a_broken_one_leaves_the_last_good_bundle(tmp_path: Path) -> None:
    flow = tmp_path / "door.flow.yaml"
    flow.write_text(FLOW.replace("WORDS", "Hello."), "utf-8")
    with _served(tmp_path, "door.flow.yaml", "--reload") as (port, process):
        _welcomed(process)
        assert b"Hello." in asked(port, "GET", "/calls/plivo/door/start.xml").body
        _line(process)
        _saved(flow, FLOW.replace("WORDS", "Good day."))
        assert _line(process).endswith(" built again")
        assert b"Good day." in asked(port, "GET", "/calls/plivo/door/start.xml").body
        _line(process)
        _saved(flow, FLOW.replace("say", "sya"))
        assert _line(process).startswith("door.flow.yaml:7:12: error[FC201]")
        while not (line := _line(process)).endswith(" still serving the last good bundle"):
            assert line, "the server is gone"
        assert b"Good day." in asked(port, "GET", "/calls/plivo/door/start.xml").body


@pytest.mark.parametrize("variable", token_variables("plivo"))
def test_what_was_not_signed_is_refused(variable: str, tmp_path: Path) -> None:
    """Behind a proxy: what was signed is the URL below base_url, whatever host was asked."""
    (tmp_path / "door.flow.yaml").write_text(FLOW.replace("WORDS", "Hello."), "utf-8")
    path = "/calls/plivo/door/start.xml"
    scheme = next(iter(schemes("plivo").values()))
    signature = sign(scheme, "GET", f"https://ivr.example.com{path}", (), "7", "a secret")
    headers = {scheme.headers[0]: signature, str(scheme.nonce): "7"}
    with _served(tmp_path, "door.flow.yaml", "--verify", "plivo", **{variable: "a secret"}) as (port, process):
        assert _welcomed(process) == "  plivo: requests are verified"
        assert asked(port, "GET", path).status == 403
        assert _line(process).partition(" ")[2] == f"GET {path} 403 bad signature"
        assert asked(port, "GET", path, headers=headers).status == 200
        assert _line(process).partition(" ")[2] == f"GET {path} 200 plivo/door/start.xml (door.flow.yaml:7)"
    reporting = ("door.flow.yaml", "--verify", "plivo", "--verify-report")
    with _served(tmp_path, *reporting, **{variable: "a secret"}) as (port, process):
        assert _welcomed(process) == "  plivo: requests are verified, and bad ones only reported"
        assert asked(port, "GET", path).status == 200
        told = f"GET {path} 200 plivo/door/start.xml (door.flow.yaml:7), with a bad signature"
        assert _line(process).partition(" ")[2] == told


def _signing(name: str) -> Manifest:
    """The manifest of the bundle, as if it were for this target."""
    made = manifest(BASE)
    documents = tuple(document._replace(target=name) for document in made.documents)
    signature = SignatureEntry(name, next(iter(schemes(name).values())))
    return replace(made, documents=documents, signatures=(signature,))


def test_a_bundle_of_an_own_target_is_verified_without_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its manifest says how the carrier signs, and that signatures are required: --verify need not be given."""
    templates = HERE / "guarded"
    flow = FLOW.replace("plivo", "mine").replace("entry:", "signatures: required\nentry:")
    (tmp_path / "door.flow.yaml").write_text(flow, "utf-8")
    monkeypatch.chdir(tmp_path)
    built = CliRunner().invoke(commands, ["build", "door.flow.yaml", "--templates", str(templates), "--no-cache"])
    assert built.exit_code == 0, built.output
    path = "/calls/mine/door/start.xml"
    scheme = schemes("mine", find_targets(templates))["own"]
    right = sign(scheme, "GET", f"https://ivr.example.com{path}", (), "", "a secret")
    with _served(tmp_path, "dist", FLOWC_AUTH_TOKEN_MINE="a secret") as (port, process):
        assert _welcomed(process) == "  mine: requests are verified"
        answers = [asked(port, "GET", path, headers={scheme.headers[0]: one}).status for one in (right, "", "A")]
    assert answers == [200, 403, 403]


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        (["--verify", "mine"], {}, "neither FLOWC_AUTH_TOKEN_MINE nor FLOWC_AUTH_TOKEN is set"),
        (["--verify", "mine"], {"FLOWC_AUTH_TOKEN": ""}, "FLOWC_AUTH_TOKEN is set but empty"),
        ([], {"FLOWC_AUTH_TOKEN_BARE": ""}, "FLOWC_AUTH_TOKEN_BARE is set but empty"),
    ],
)
def test_an_empty_token_is_an_error(
    arguments: list[str], environ: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a target that --verify names, and of one whose flow requires signatures."""
    for number, (name, says) in enumerate((("mine", "optional"), ("bare", "required"))):
        flow = (
            FLOW.replace("plivo", name).replace("entry:", f"signatures: {says}\nentry:").replace("door", f"d{number}")
        )
        (tmp_path / f"d{number}.flow.yaml").write_text(flow, "utf-8")
    monkeypatch.chdir(tmp_path)
    command = ["serve", ".", "--templates", str(HERE / "guarded"), "--port", "0", *arguments]
    none = dict.fromkeys((*token_variables("mine"), *token_variables("bare")))
    done = CliRunner().invoke(commands, command, env={**none, **environ})
    assert done.exit_code == 2
    assert f"Error: {message}; put the account's auth token of" in done.output


def test_bytes_of_a_query_are_verified_as_they_came() -> None:
    """This server takes what is not ASCII, and gives it as Latin-1."""
    scheme, url = schemes("plivo")["v3"], "{base}/plivo/clinic/one.xml?Name=Größe"
    signature = sign(scheme, "GET", f"https://calls.example.com{target(BASE, url)}", (), "7", "a secret")
    headers = {scheme.headers[0]: signature, str(scheme.nonce): "7"}
    with _wsgiref(guard(_signing("plivo"), ["plivo"], {"FLOWC_AUTH_TOKEN": "a secret"})) as port:
        assert asked(port, "GET", target(BASE, url), headers=headers).status == 200
        assert asked(port, "GET", target(BASE, url.replace("ö", "ü")), headers=headers).status == 403
    with _wsgiref() as port:
        assert _said(port, "GET", "{route}?Digits=ä") == "umlaut"


@pytest.mark.parametrize("variable", shared_key_variables("twiml"))
def test_a_shared_key_will_do_without_a_token(variable: str) -> None:
    both = guard(_signing("twiml"), ["twiml"], {variable: "older newer", "FLOWC_AUTH_TOKEN": "a secret"})
    alone = guard(_signing("twiml"), ["twiml"], {variable: "older newer"})
    scheme, url = schemes("twiml")["v1"], "https://calls.example.com/a"
    told = {scheme.settings.lower(): "key=a,algorithm=HMAC_SHA256"}
    request = Request("GET", url)
    by_token = {"x-twilio-signature": sign(scheme, "GET", url, (), "", "a secret")}
    by_nothing = {"x-twilio-signature": sign(scheme, "GET", url, (), "", "")}
    sha256 = scheme._replace(algorithm="sha256")
    by_key = {"x-twilio-signature": sign(sha256, "GET", url, (), "", "newer"), **told}
    answers = [
        [one.verifiers["twiml"](request, headers) for headers in (by_token, by_nothing, by_key, {**by_token, **told})]
        for one in (both, alone)
    ]
    assert answers == [[True, False, True, False], [False, False, True, False]]


def test_a_shared_key_is_none_where_the_carrier_has_none() -> None:
    with pytest.raises(NoToken) as refused:
        guard(_signing("plivo"), ["plivo"], {"FLOWC_SHARED_KEY": "a"})
    neither = "neither FLOWC_AUTH_TOKEN_PLIVO nor FLOWC_AUTH_TOKEN is set; put the account's auth token of plivo there"
    assert str(refused.value) == neither


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "neither FLOWC_AUTH_TOKEN_TWIML nor FLOWC_AUTH_TOKEN is set"),
        ({"FLOWC_SHARED_KEY": " "}, "FLOWC_SHARED_KEY is set but empty"),
        ({"FLOWC_AUTH_TOKEN": ""}, "FLOWC_AUTH_TOKEN is set but empty"),
        ({"FLOWC_AUTH_TOKEN_TWIML": "", "FLOWC_AUTH_TOKEN": "a"}, "FLOWC_AUTH_TOKEN_TWIML is set but empty"),
    ],
)
def test_without_a_secret_nothing_is_judged(environ: dict[str, str], why: str) -> None:
    remedy = "put the account's auth token of twiml there, or the secret of its shared key into FLOWC_SHARED_KEY_TWIML"
    with pytest.raises(NoToken) as refused:
        guard(_signing("twiml"), ["twiml"], environ)
    assert str(refused.value) == f"{why}; {remedy}"


def test_what_is_only_reported_is_answered() -> None:
    """Also where signatures are required and there is no secret: an author who tries a flow out asks for reports."""
    required = FlowEntry(
        "plivo", "clinic", f"{BASE}/plivo/clinic/one.xml", "GET", True, SourceLocation("clinic.flow.yaml", 1)
    )
    made = bundle(BASE)._replace(manifest=replace(_signing("plivo"), flows=(required,)))
    request = Request("GET", "/a/plivo/clinic/one.xml")
    place = "plivo/clinic/one.xml (clinic.flow.yaml:1)"
    for environ, note, line in (
        ({}, "not verified", "answered with 503, since they cannot be verified: neither FLOWC_AUTH_TOKEN_PLIVO nor "),
        ({"FLOWC_AUTH_TOKEN": "a"}, "with a bad signature", "verified, and bad ones only reported"),
    ):
        guarding = guard(made.manifest, [], environ, report=True)
        assert reply(made, request, {}, guarding)[::3] == (200, f"{place}, {note}")
        assert guarding.lines[0].startswith(f"plivo: requests are {line}")


def test_what_cannot_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in token_variables("plivo"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "door.flow.yaml").write_text(FLOW.replace("[plivo]", "[plivo, rcml]"), "utf-8")
    missing = "neither FLOWC_AUTH_TOKEN_PLIVO nor FLOWC_AUTH_TOKEN is set; put the account's auth token of plivo there"
    assert _refused(tmp_path, "door.flow.yaml", "--verify", "plivo") == f"Error: {missing}"
    nothing = "Error: flowc cannot verify requests of rcml"
    assert _refused(tmp_path, "door.flow.yaml", "--target", "rcml", "--verify", "rcml") == nothing
    unknown = 'Error: there is no target "plvo". Did you mean plivo?'
    assert _refused(tmp_path, "door.flow.yaml", "--verify", "plvo") == unknown
    alone = "Error: --verify-report needs --verify with a target"
    assert _refused(tmp_path, "door.flow.yaml", "--verify-report") == alone


def _refused(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "flowc", "serve", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 2
    return done.stderr.strip().splitlines()[-1]


def test_what_cannot_be_served(tmp_path: Path) -> None:
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    subprocess.run(
        [sys.executable, "-m", "flowc", "build", "door.flow.yaml"], cwd=tmp_path, check=True, capture_output=True
    )
    alone = "Error: dist is a bundle: do not give other paths or --reload with it"
    assert _refused(tmp_path, "dist", "--reload") == alone
    document = tmp_path / "dist/plivo/door/start.xml"
    document.write_bytes(document.read_bytes().replace(b"\n", b"\r\n"))
    crlf = "(git or an editor has changed its line ends to CRLF)"
    assert _refused(tmp_path, "dist") == (
        f"Error: dist/plivo/door/start.xml differs from the manifest {crlf}: build again"
    )
    document.write_text("<Response/>", "utf-8")
    assert _refused(tmp_path, "dist") == "Error: dist/plivo/door/start.xml differs from the manifest: build again"
    (tmp_path / "dist/plivo/door/start.xml").unlink()
    assert _refused(tmp_path, "dist") == "Error: dist/plivo/door/start.xml: no such file or directory"
    (tmp_path / "dist/manifest.json").write_text("[]", "utf-8")
    assert _refused(tmp_path, "dist") == "Error: dist/manifest.json: this is not the manifest of a bundle"
    with _served(tmp_path, "door.flow.yaml") as (port, _):
        taken = f"Error: cannot listen at 127.0.0.1:{port}: address already in use"
        assert _refused(tmp_path, "door.flow.yaml", "--port", str(port)) == taken
