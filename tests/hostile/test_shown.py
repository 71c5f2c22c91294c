"""What comes from outside on its way to a terminal or a log can neither steer the one nor forge a line of the other."""

from __future__ import annotations

import ast
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from flowc import lint
from flowc.bundle.manifest import MANIFEST
from flowc.cli import commands
from flowc.diagnostics.characters import visible
from flowc.report import as_coloured_text
from tests.conftest import ROOT
from tests.hosts.routing_bundle import asked
from tests.hosts.test_serve import _line, _served
from tests.samples.built_flows import built

#: C0, DEL, C1, marks of the direction of writing, and what ends a line somewhere.
CONTROLS = "".join(map(chr, (*range(1, 32), 127, *range(128, 160), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F))))
CONTROLS += "\u2066\u2067\u2068\u2069"
#: What no line that is printed may have in it, and how none may begin: a command to a CI service, or a forged line.
_RAW = re.compile(rf"[{re.escape(CONTROLS.replace(chr(10), ''))}]|^\s*::|##\w*\[|^FORGED", re.MULTILINE)
#: The same as a file's name can have it: without a slash, and not too long.
EVIL_NAME = "::error::\nFORGED\r::error::x\x1b[31m\x9b\u202e\u2028##[error]x"
SHOWN_NAME = "<U+003A>:error::<U+000A>FORGED<U+000D>::error::x<U+001B>[31m<U+009B><U+202E><U+2028><U+0023>#[error]x"
READABLE = "Grüß Gott, مرحبا بالعالم, שלום, 你好, नमस्ते, می‌خواهم, 👩‍👩‍👧 🏴\U000e0067\U000e0062\U000e007f, caf\u00e9"


def _clean(printed: str, shown: str) -> None:
    """Nothing raw is in what was printed, and what was to be shown is."""
    assert not _RAW.findall(printed)
    assert shown in printed


@pytest.mark.parametrize("char", CONTROLS)
def test_each_control_is_shown_by_its_number(char: str) -> None:
    assert visible(f"a{char}b") == ("a b" if char == "\t" else f"a<U+{ord(char):04X}>b")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "<U+003A>:error::x"),
        (" \u00a0::error::x", " \u00a0<U+003A>:error::x"),
        ("\t::error::x", " <U+003A>:error::x"),
        ("a ::error::x", "a ::error::x"),
        ("##[error]x ##vso[y]", "<U+0023>#[error]x <U+0023>#vso[y]"),
        ("## a [b]", "## a [b]"),
        ("a\udcffb", "a<U+DCFF>b"),
        ("a" * 4001, f"{'a' * 2000}...{'a' * 2000}"),
        (f"{'a' * 5000}: it is a folder", f"{'a' * 2000}...{'a' * 1984}: it is a folder"),
        (READABLE, READABLE),
    ],
)
def test_a_line(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert len(text) > 4000 or visible(shown) == shown


def test_every_line_is_printed_by_functions_that_make_it_visible() -> None:
    """A command that prints by itself would get around them."""
    allowed = {
        "output.py": {"say", "put", "put_file", "print_diagnostics"},
        "__init__.py": {"main"},
        "__main__.py": {"main"},
        "test.py": {"test"},
    }
    for path in (ROOT / "flowc").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                calls = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
                if calls & {"click.echo", "click.secho", "echo", "print", "sys.stdout.write", "sys.stderr.write"}:
                    assert function.name in allowed.get(path.name, ()), f"{path}: {function.name}"


def _flowc(*arguments: str) -> str:
    """What a command prints, on both streams."""
    return CliRunner().invoke(commands, arguments, catch_exceptions=False).output


#: A flow that builds, and one with a fault of which the line is shown.
FLOW = """\
flowc: 1
name: door
targets: [plivo]
base_url: https://ivr.example.com
entry: start
steps:
  start: [{say: Hello.}, {gather: {digits: 4, prompt: [{say: PIN}], then: {"1234": bye, else: end}}}]
  bye: [{dial: {to: "+12025550143", then: {busy: sorry, else: end}}}]
  sorry: [{say: Busy.}, hangup]
"""
BROKEN = FLOW.replace("{say: Hello.}", '{say: "a\u202e\u2028b ##[error]x", goto: nowhere}')


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a good flow beside a broken one in a folder, all three with the name that is to be shown."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{EVIL_NAME}.flow.yaml").write_text(FLOW, "utf-8")
    (tmp_path / EVIL_NAME).mkdir()
    (tmp_path / EVIL_NAME / f"{EVIL_NAME}.flow.yaml").write_text(BROKEN, "utf-8")
    return f"{EVIL_NAME}.flow.yaml"


def test_names_of_files_in_reports(evil: str) -> None:
    text = _flowc("lint", EVIL_NAME)
    _clean(text, SHOWN_NAME)
    assert "<U+202E><U+2028>b <U+0023>#[error]x" in text, "the excerpt"
    for form in ("github", "gitlab", "json", "sarif", "junit"):
        printed = _flowc("lint", EVIL_NAME, "--format", form)
        if form == "github":
            assert {line.partition(" file=")[0] for line in printed.splitlines()} <= {"::error", "::warning"}
            printed = re.sub("^::(error|warning) ", "", printed, flags=re.MULTILINE)
        _clean(printed, "FORGED")
        if form == "json":
            assert {row["path"] for row in json.loads(printed)} == {f"{EVIL_NAME}/{EVIL_NAME}.flow.yaml"}


def test_names_of_files_at_a_terminal(evil: str) -> None:
    """The report's own colours are the only ones."""
    coloured = as_coloured_text(lint([Path(EVIL_NAME)]))
    _clean(re.sub(r"\x1b\[[0-9;]+m", "", coloured), SHOWN_NAME)


def test_names_of_files_in_lines(evil: str) -> None:
    for arguments in (
        ("build", evil, "-o", f"{EVIL_NAME}-out", "--no-cache"),
        ("build", evil, "-o", f"{EVIL_NAME}-out", "--no-cache", "--check"),
        ("build", evil, "-o", f"{EVIL_NAME}-new", "--no-cache", "--check"),
        ("init", f"{EVIL_NAME}-project"),
        ("init", f"{EVIL_NAME}-project"),
        ("schema", "--into", f"{EVIL_NAME}-schemas"),
    ):
        _clean(_flowc(*arguments), SHOWN_NAME)


@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", f"{EVIL_NAME}.no"),
        ("lint", f"--{EVIL_NAME}"),
        ("lint", "--target", EVIL_NAME),
        ("lint", "door.flow.yaml", "--env", EVIL_NAME),
        ("lint", "door.flow.yaml", "--var", EVIL_NAME),
        ("lint", "door.flow.yaml", "--base-url", EVIL_NAME),
        ("build", "--jobs", EVIL_NAME),
        (EVIL_NAME,),
        (f"--{EVIL_NAME}",),
        ("explain", EVIL_NAME),
        ("graph", EVIL_NAME + ".no"),
        ("simulate", EVIL_NAME + ".no"),
        ("simulate", "https://" + EVIL_NAME, "--target", "plivo"),
        ("probe", EVIL_NAME),
        ("probe", "https://127.0.0.1", "--manifest", EVIL_NAME),
        ("openapi", EVIL_NAME),
        ("verify-signature", "https://a.example", "--header", EVIL_NAME.replace(":", "")),
    ],
    ids=" ".join,
)
def test_arguments_in_errors(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOWC_AUTH_TOKEN", "token")
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    _clean(_flowc(*arguments), "FORGED")


#: What a server answers each request with, on a line of its own where one ends.
_EVIL_TEXT = f"::error::x{CONTROLS}##[error]x"
_SERVERS = {
    "status": f"HTTP/1.1 500 {_EVIL_TEXT}\r\n\r\n",
    "no status": f"{_EVIL_TEXT}\r\n\r\n",
    "type": f"HTTP/1.1 200 OK\r\nContent-Type: x{_EVIL_TEXT.replace(chr(10), '').replace(chr(13), '')}\r\n\r\n",
    "document": "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n"
    "<Response><Speak>::error::x\x7f\x9b\x85\u202e\u2028##[error]x</Speak></Response>",
    "long": "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n"
    f"<Response><Speak>{'long ' * 15_000}</Speak></Response>",
}


@contextmanager
def _answering(said: str) -> Iterator[str]:
    """A server that gives this answer to every request."""

    def run() -> None:
        with suppress(OSError):
            while True:
                with listener.accept()[0] as line:
                    line.recv(65536)
                    line.sendall(said.encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        ("status", "is answered with 500"),
        ("no status", "::error::x<U+0001>"),
        ("type", "answers with x::error::x"),
        ("document", "heard     ::error::x<U+007F><U+009B> <U+202E> <U+0023>#[error]x"),
        ("long", " long..."),
    ],
)
def test_what_a_server_says_in_a_simulated_call(server: str, shown: str) -> None:
    with _answering(_SERVERS[server]) as url:
        printed = _flowc("simulate", f"{url}/start.xml", "--target", "plivo", "--method", "GET")
    _clean(printed, shown)
    assert max(map(len, printed.splitlines())) < 5000


@pytest.mark.parametrize(("server", "shown"), [("no status", "does not answer: "), ("type", "answers ")])
def test_what_a_server_says_to_the_probe(server: str, shown: str, tmp_path: Path) -> None:
    flow = tmp_path / "door.flow.yaml"
    flow.write_text(FLOW, "utf-8")
    made = built(flow)
    (tmp_path / MANIFEST).write_bytes(made.files[MANIFEST])
    said = _SERVERS[server]
    if server == "type":  # the right document, but for its head
        said += made.files[made.manifest.documents[0].path].decode()
    with _answering(said) as url:
        _clean(_flowc("probe", url, "--manifest", str(tmp_path / MANIFEST), "--rate", "0"), shown)


SCENARIOS = r"""
tests:
  fails:
    play: [hangup]
    expect: {hear: "\nFORGED \u202e ::error:: ##[error]x"}
"""


@pytest.mark.parametrize(
    ("report", "shown"),
    [
        ("text", "heard     <U+003A>:error:: FORGED<U+202E> <U+0023>#[error]x"),
        ("tap", '# fails on plivo: "<U+000A>FORGED <U+202E> ::error:: <U+0023>#[error]x"'),
        ("junit", ":error:: FORGED&lt;U+202E&gt; &lt;U+0023&gt;#[error]x"),
        ("json", r"::error:: FORGED\u202e \u0023#[error]x"),
    ],
)
def test_what_is_said_in_a_scenario(report: str, shown: str, tmp_path: Path) -> None:
    said = FLOW.replace("{say: Hello.}", r'{say: "::error::\nFORGED\u202e\u2028##[error]x"}')
    (tmp_path / "door.flow.yaml").write_text(said + SCENARIOS, "utf-8")
    _clean(_flowc("test", str(tmp_path), "--report", report), shown)


@pytest.fixture
def served_door(tmp_path: Path) -> Path:
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    return tmp_path


def _line_of(process: Popen[str], port: int, target: str) -> str:
    """The line of the log that a request makes."""
    asked(port, "GET", target)
    return _line(process)


def test_values_in_the_log_of_a_server(served_door: Path) -> None:
    """The reproduction of the attack: a value that would be a line of its own, and one that would be long."""
    forged = quote("\n12:00:00 GET /plivo/front/start.xml 200 FAKE" + _EVIL_TEXT)
    with _served(served_door, "door.flow.yaml", "--show-values") as (port, process):
        _line(process), _line(process)  # the answer URL, and that nothing is verified
        for value, shown in (
            (forged, "Digits=<U+000A>12:00:00 GET /plivo/front/start.xml 200 FAKE::error::x<U+0001>"),
            ("1" * 30_000, f"Digits={'1' * 60}... -> plivo/door/"),
            ("1234", "Digits=1234 -> plivo/door/bye.xml (door.flow.yaml:8)"),
        ):
            line = _line_of(process, port, f"/plivo/door/start/gather?Digits={value}")
            _clean(line, shown)
            assert len(line) < 1000
        assert len(_line_of(process, port, "/a" + "a" * 30_000)) < 1000
        _clean(_line_of(process, port, "/::error::"), "GET /::error:: 404 not found")


def test_what_callers_enter_is_masked(served_door: Path) -> None:
    with _served(served_door, "door.flow.yaml") as (port, process):
        _line(process), _line(process)  # the answer URL, and that nothing is verified
        for query, shown in (
            ("start/gather?Digits=1234", "200 Digits=*** -> plivo/door/bye.xml"),
            ("start/gather?Digits=4111", "200 Digits=*** -> plivo/door/"),
            ("start/gather?Digits=", "200 Digits=(nothing) -> plivo/door/"),
            ("start/gather", "200 Digits=(nothing) -> plivo/door/"),
            ("bye/dial?DialStatus=busy", "200 DialStatus=busy -> plivo/door/"),
            ("bye/dial?DialStatus=4111", "200 DialStatus=*** -> plivo/door/"),
        ):
            assert shown in _line_of(process, port, f"/plivo/door/{query}")
