"""`flowc serve`: what a bundle answers, asked of real servers over the wire."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
import uvicorn

from flowc.routing import Request
from flowc.serve import Guard, NoToken, asgi, guard, wsgi
from flowc.signature import schemes, shared_key_variables, sign, token_variables
from tests.answering import asked, bundle, can_be_sent, document, manifest, name_of, rows, target
from tests.conftest import PATIENCE

BASE = "https://calls.example.com/a"
#: By the path of the document, what an answer holds.
NAMES = {document(entry.path): name_of(entry.path) for entry in manifest(BASE).documents}


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def _uvicorn() -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(asgi(lambda: bundle(BASE)), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
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
        _line(process)
        assert b"Hello." in asked(port, "GET", "/calls/plivo/door/start.xml").body
        _line(process)
        _saved(flow, FLOW.replace("WORDS", "Good day."))
        assert _line(process).endswith(" built again")
        assert b"Good day." in asked(port, "GET", "/calls/plivo/door/start.xml").body
        _line(process)
        _saved(flow, FLOW.replace("say", "sya"))
        assert _line(process).startswith("door.flow.yaml:7:12: error[FC201]")
        while not (line := _line(process)).endswith(" the last good bundle is served still"):
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
        _line(process)
        assert asked(port, "GET", path).status == 403
        assert _line(process).partition(" ")[2] == f"GET {path} 403 bad signature"
        assert asked(port, "GET", path, headers=headers).status == 200
        assert _line(process).partition(" ")[2] == f"GET {path} 200 plivo/door/start.xml (door.flow.yaml:7)"
    reporting = ("door.flow.yaml", "--verify", "plivo", "--verify-report")
    with _served(tmp_path, *reporting, **{variable: "a secret"}) as (port, process):
        _line(process)
        assert asked(port, "GET", path).status == 200
        told = f"GET {path} 200 plivo/door/start.xml (door.flow.yaml:7), with a bad signature"
        assert _line(process).partition(" ")[2] == told


def test_bytes_of_a_query_are_verified_as_they_came() -> None:
    """This server takes what is not ASCII, and gives it as Latin-1."""
    scheme, url = schemes("plivo")["v3"], "{base}/plivo/clinic/one.xml?Name=Größe"
    signature = sign(scheme, "GET", f"https://calls.example.com{target(BASE, url)}", (), "7", "a secret")
    headers = {scheme.headers[0]: signature, str(scheme.nonce): "7"}
    with _wsgiref(guard(["plivo"], {"FLOWC_AUTH_TOKEN": "a secret"})) as port:
        assert asked(port, "GET", target(BASE, url), headers=headers).status == 200
        assert asked(port, "GET", target(BASE, url.replace("ö", "ü")), headers=headers).status == 403
    with _wsgiref() as port:
        assert _said(port, "GET", "{route}?Digits=ä") == "umlaut"


@pytest.mark.parametrize("variable", shared_key_variables("twiml"))
def test_a_shared_key_will_do_without_a_token(variable: str) -> None:
    both = guard(["twiml"], {variable: "older newer", "FLOWC_AUTH_TOKEN": "a secret"})
    alone = guard(["twiml"], {variable: "older newer", "FLOWC_AUTH_TOKEN_TWIML": ""})
    scheme, url = schemes("twiml")["v1"], "https://calls.example.com/a"
    told = {scheme.settings.lower(): "key=a,algorithm=HMAC_SHA256"}
    request = Request("GET", url)
    by_token = {"x-twilio-signature": sign(scheme, "GET", url, (), "", "a secret")}
    by_nothing = {"x-twilio-signature": sign(scheme, "GET", url, (), "", "")}
    sha256 = scheme._replace(algorithm="sha256")
    by_key = {"x-twilio-signature": sign(sha256, "GET", url, (), "", "newer"), **told}
    answers = [
        [one.judges["twiml"](request, headers) for headers in (by_token, by_nothing, by_key, {**by_token, **told})]
        for one in (both, alone)
    ]
    assert answers == [[True, False, True, False], [False, False, True, False]]


def test_a_shared_key_is_none_where_the_carrier_has_none() -> None:
    with pytest.raises(NoToken) as refused:
        guard(["plivo"], {"FLOWC_SHARED_KEY": "a"})
    neither = "neither FLOWC_AUTH_TOKEN_PLIVO nor FLOWC_AUTH_TOKEN is set; put the account's auth token of plivo there"
    assert str(refused.value) == neither
    with pytest.raises(NoToken) as refused:
        guard(["twiml"], {"FLOWC_SHARED_KEY": " "})
    neither = "neither FLOWC_AUTH_TOKEN_TWIML nor FLOWC_AUTH_TOKEN is set; put the account's auth token of twiml there"
    assert str(refused.value) == f"{neither}, or the secret of its shared key into FLOWC_SHARED_KEY_TWIML"


def test_what_cannot_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in token_variables("plivo"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    missing = "neither FLOWC_AUTH_TOKEN_PLIVO nor FLOWC_AUTH_TOKEN is set; put the account's auth token of plivo there"
    assert _refused(tmp_path, "door.flow.yaml", "--verify", "plivo") == f"Error: {missing}"
    nothing = "Error: rcml signs no request that could be verified"
    assert _refused(tmp_path, "door.flow.yaml", "--verify", "rcml") == nothing
    unknown = 'Error: there is no target "plvo". Did you mean plivo?'
    assert _refused(tmp_path, "door.flow.yaml", "--verify", "plvo") == unknown
    alone = "Error: --verify-report says what --verify does with a bad signature; name a target there"
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
    alone = "Error: dist is a bundle: it is served alone, and --reload is for flows"
    assert _refused(tmp_path, "dist", "--reload") == alone
    document = tmp_path / "dist/plivo/door/start.xml"
    document.write_bytes(document.read_bytes().replace(b"\n", b"\r\n"))
    crlf = "(git, or an editor, has changed its line ends to CRLF)"
    assert _refused(tmp_path, "dist") == (
        f"Error: dist/plivo/door/start.xml is not what the manifest says {crlf}: build again"
    )
    document.write_text("<Response/>", "utf-8")
    assert _refused(tmp_path, "dist") == "Error: dist/plivo/door/start.xml is not what the manifest says: build again"
    (tmp_path / "dist/plivo/door/start.xml").unlink()
    assert _refused(tmp_path, "dist") == "Error: dist/plivo/door/start.xml: no such file or directory"
    (tmp_path / "dist/manifest.json").write_text("[]", "utf-8")
    assert _refused(tmp_path, "dist") == "Error: dist/manifest.json: this is no manifest of a bundle"
    with _served(tmp_path, "door.flow.yaml") as (port, _):
        taken = f"Error: cannot listen at 127.0.0.1:{port}: address already in use"
        assert _refused(tmp_path, "door.flow.yaml", "--port", str(port)) == taken
