"""`flowc simulate`: a call in the terminal, played by a person; `flowc graph` where it cannot draw."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flowc.cli import commands

FLOW = """\
flowc: 1
name: door
targets: [plivo, twiml]
base_url: https://ivr.example.com
entry: start
steps:
  start:
    - gather: {digits: 1, prompt: [{say: Press 1.}], then: {"1": ring, else: end}}
  ring:
    - dial: {to: "+12025550143", then: {completed: end, else: tape}}
  tape:
    - record: {events: "https://crm.example.com/tape", then: end}
"""


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    return "door.flow.yaml"


def _simulate(flow: str, said: str, *more: str) -> Result:
    return CliRunner().invoke(commands, ["simulate", flow, *more], input=said, catch_exceptions=False)


def test_a_call_is_played(flow: str) -> None:
    result = _simulate(flow, "1\nengaged\nbusy\n12\n", "--target", "plivo")
    assert result.exit_code == 0
    assert [line.strip() for line in result.output.splitlines()] == [
        "0.0 s  fetched   GET https://ivr.example.com/plivo/door/start.xml",
        "0.0 s  heard     Press 1.",
        "gather (keys, keys every SECONDS, say WORDS, nothing (silence), or hangup)> 1",
        "0.8 s  pressed   1",
        "1.3 s  fetched   GET https://ivr.example.com/plivo/door/start/gather",
        "rings     +12025550143",
        "dial (completed, busy, no-answer, timeout, failed, or hangup)> engaged",
        "expected: completed, busy, no-answer, timeout, failed, or hangup",
        "dial (completed, busy, no-answer, timeout, failed, or hangup)> busy",
        "6.3 s  dialled   busy",
        "6.3 s  fetched   GET https://ivr.example.com/plivo/door/ring/dial",
        "record (seconds, nothing (silence), or hangup)> 12",
        "18.3 s  recorded  12s",
        "18.3 s  notified  POST https://crm.example.com/tape",
        "18.3 s  fetched   GET https://ivr.example.com/plivo/door/_/373b1b01ffe6.xml",
        "18.3 s  ended     Normal Hangup (4000)",
    ]


def test_the_end_of_the_input_hangs_up(flow: str) -> None:
    result = _simulate(flow, "", "--target", "plivo")
    assert result.exit_code == 0
    assert result.output.endswith("ended     Normal Hangup (4000)\n")


#: A call that asks for everything that a person can be asked.
_LINE = """\
flowc: 1
name: line
targets: [twiml]
base_url: https://ivr.example.com
entry: ask
steps:
  ask: [{gather: {input: dtmf-speech, prompt: [{say: Say it.}], then: {no-input: end, else: tape}}}]
  tape: [{record: {events: "https://crm.example.com/tape", then: {recorded: room, no-recording: again}}}]
  again: [{say: Once more.}, {goto: ask}]
  room: [{conference: {room: board, then: {ended: ring, full: ring}}}]
  ring: [{dial: {to: "+12025550143", then: end}}]
"""


@pytest.mark.parametrize(
    ("said", "course"),
    [
        (
            "say two tickets\n\n12#\n7\nsoon\n30\ncompleted\n",
            [
                *("heard Say it.", "spoke two tickets", "recorded nothing"),
                *("heard Once more.", "heard Say it.", "pressed 12#", "recorded 7s"),
                *("room 30s in board", "dialled completed", "ended Hangup"),
            ],
        ),
        ("\n", ["heard Say it.", "silence 5s", "ended Hangup"]),
        (
            "1\n\n2\nfull\nhangup\n",
            [
                *("heard Say it.", "pressed 1", "recorded 2s", "room full", "dialled canceled"),
                "ended the caller hung up",
            ],
        ),
    ],
)
def test_what_a_person_may_say(said: str, course: list[str], tmp_path: Path) -> None:
    path = tmp_path / "line.flow.yaml"
    path.write_text(_LINE, "utf-8")
    result = _simulate(str(path), said)
    told = re.findall(r"\d+\.\d s  (\w+) +(.*)", result.output)
    assert [f"{what} {text}" for what, text in told if what not in ("fetched", "notified")] == course


_SERVED = """\
flowc: 1
name: served
targets: [plivo]
base_url: https://ivr.example.com
entry: ask
steps:
  ask: [{redirect: {url: "https://crm.example.com/ask", returns: [bye, ask]}}]
  bye: [{say: Goodbye.}, hangup]
"""


@pytest.mark.parametrize(
    ("said", "course"),
    [
        ("ask\nbye\n", ["server returns to ask", "server returns to bye", "heard Goodbye."]),
        ("lunch\nhangup\n", ["server hangup"]),
    ],
)
def test_a_person_answers_for_the_server(said: str, course: list[str], tmp_path: Path) -> None:
    path = tmp_path / "served.flow.yaml"
    path.write_text(_SERVED, "utf-8")
    result = _simulate(str(path), said)
    assert "server (bye, ask, or hangup)>" in result.output
    assert ("expected: bye, ask, or hangup" in result.output) is ("lunch" in said)
    told = re.findall(r"\d+\.\d s  (\w+) +(.*)", result.output)
    assert [f"{what} {text}" for what, text in told if what not in ("fetched", "ended")] == course


def test_the_end_of_the_input_hangs_up_at_a_server(tmp_path: Path) -> None:
    """In a process of its own: the runner of click 8.2.0 gives empty lines after the end of its input."""
    (tmp_path / "served.flow.yaml").write_text(_SERVED, "utf-8")
    command = [sys.executable, "-m", "flowc", "simulate", "served.flow.yaml"]
    played = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert "server (bye, ask, or hangup)>" in played.stdout
    assert played.stdout.endswith("ended     Normal Hangup (4000)\n")


def test_keys_come_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "line.flow.yaml"
    path.write_text(_LINE, "utf-8")
    result = _simulate(str(path), "1\n2 every 3s\n3 slowly\n3\n\nhangup\n")
    played = [line.strip() for line in result.output.splitlines() if not line.strip().startswith("0.0 s")]
    more = "gather (further keys, nothing (wait), or hangup)> "
    assert played[:9] == [
        "gather (keys, keys every SECONDS, say WORDS, nothing (silence), or hangup)> 1",
        "0.8 s  pressed   1",
        f"{more}2 every 3s",
        "1.3 s  pressed   2",
        f"{more}3 slowly",
        "expected: further keys, nothing (wait), or hangup",
        f"{more}3",
        "4.3 s  pressed   3",
        more.rstrip(),
    ]
    assert played[9].startswith("9.8 s  fetched")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["https://ivr.example.com/start.xml"], "a URL needs a target: --target"),
        (["https://127.0.0.1:9/start.xml", "--target", "nobody"], "a URL needs a target: --target"),
        (["nowhere.flow.yaml"], "nowhere.flow.yaml does not exist"),
        (["door.flow.yaml", "--target", "rcml"], "the flow does not have the target rcml"),
    ],
)
def test_what_cannot_be_played_is_told(flow: str, arguments: list[str], complaint: str) -> None:
    result = CliRunner().invoke(commands, ["simulate", *arguments], catch_exceptions=False)
    assert result.exit_code == 2
    assert complaint in result.output


def test_a_server_that_is_not_there_ends_the_call() -> None:
    result = _simulate("http://127.0.0.1:9/start.xml", "", "--target", "plivo")
    assert result.exit_code == 1
    assert "ended     Error Reaching Answer URL: POST http://127.0.0.1:9/start.xml: " in result.output


@pytest.mark.parametrize("coverage", [[], ["--coverage"]])
def test_a_drawing_without_graphviz_is_told(flow: str, coverage: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = CliRunner().invoke(commands, ["graph", flow, "--format", "svg", *coverage], catch_exceptions=False)
    assert result.exit_code == 2
    assert "svg needs Graphviz: install its program dot, or use --format dot or mermaid" in result.output


def test_a_drawing_of_what_is_wrong_is_told(flow: str) -> None:
    Path(flow).write_text(FLOW.replace("completed: end", "completed: ende"), "utf-8")
    result = CliRunner().invoke(commands, ["graph", flow, "--coverage"], catch_exceptions=False)
    assert result.exit_code == 1
    assert 'error[FC301] there is no step "ende"' in result.output
