"""Diagnostics for programs: what is written is what the formats' own schemas take; and text as a terminal gets it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft4Validator
from lxml import etree

from flowc.cli import commands
from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.explain import explained
from flowc.diagnostics.findings import Diagnostic, RelatedDiagnostic
from flowc.diagnostics.source import Span
from flowc.report import FORMATS
from tests.conftest import ROOT

REFERENCE = ROOT / "tests" / "reference"
FLOW = """\
flowc: 1
name: a
targets: [plivo]
base_url: https://ivr.example.com
entry: start
steps:
  start:
    - dial: {to: "+12025550143", then: {completed: end, no-answer: tape}}
  tape:
    - say: "\N{GRINNING FACE} \N{GRINNING FACE}" # flowc: ignore FC313
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(commands, arguments, input=said, catch_exceptions=False)


def _diagnostic(**other: Any) -> Diagnostic:
    usual = {
        "path": "calls/a.flow.yaml",
        "span": Span(3, 5, 3, 9),
        "code": "FC313",
        "name": "implicit-end",
        "severity": Severity.WARNING,
        "message": "the call ends here",
        "help": "Add hangup.",
        "related": (),
        "excerpt": "  - say: Bye.",
    }
    return Diagnostic(**{**usual, **other})


#: What is awkward somewhere: paths and texts with signs that formats use, no place, several lines.
AWKWARD = (
    _diagnostic(path="50% of, a:b/ü <&>.flow.yaml", message='100%,\r\nsaid "a: b" <&> ]]> \x07\x1b[31m', help=""),
    _diagnostic(span=None, severity=Severity.ERROR, excerpt=""),
    _diagnostic(span=Span(3, 5, 9, 1), severity=Severity.ERROR),
    _diagnostic(code="FC303", name="uncovered-outcome", span=Span(1, 1, 1, 1), severity=Severity.ERROR),
    _diagnostic(related=(RelatedDiagnostic("b c.flow.yaml", Span(1, 2, 3, 4), "first here"),) * 2),
)


def _sarif(text: str) -> Any:
    data = json.loads(text)
    schema = json.loads((REFERENCE / "sarif-2.1.0.schema.json").read_text("utf-8"))
    Draft4Validator.check_schema(schema)
    assert [error.message for error in Draft4Validator(schema).iter_errors(data)] == []
    return data["runs"][0]


def test_the_schema_of_sarif_refuses_what_is_none() -> None:
    with pytest.raises(AssertionError):
        _sarif('{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}')


def test_sarif(folder: Path) -> None:
    folder.joinpath("a.flow.yaml").write_text(FLOW.replace("# flowc: ignore FC313", ""), "utf-8")
    result = _run("lint", "--format", "sarif", "a.flow.yaml")
    run = _sarif(result.output)
    assert (result.exit_code, run["columnKind"]) == (1, "unicodeCodePoints")
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"], rule["defaultConfiguration"]["level"]) for rule in rules] == [
        ("FC303", "UncoveredOutcome", "error"),
        ("FC313", "ImplicitEnd", "warning"),
    ]
    assert rules[1]["shortDescription"]["text"] == explained("FC313").meaning
    assert rules[1]["help"]["markdown"] == explained("FC313").whole
    assert [(one["ruleId"], rules[one["ruleIndex"]]["id"], one["level"]) for one in run["results"]] == [
        ("FC303", "FC303", "error"),
        ("FC313", "FC313", "warning"),
    ]
    (location,) = run["results"][1]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a.flow.yaml"},
        "region": {"startLine": 10, "startColumn": 7, "endLine": 10, "endColumn": 10},
    }
    assert run["results"][1]["message"]["text"].splitlines()[1] == "Add hangup at its end, or goto: with the next step."


def test_sarif_of_what_is_awkward() -> None:
    run = _sarif(FORMATS["sarif"](AWKWARD))
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert [unquote(place["artifactLocation"]["uri"]) for place in places] == [one.path for one in AWKWARD]
    assert "region" not in places[1]
    assert [one["message"]["text"] for one in run["results"][4]["relatedLocations"]] == ["first here"] * 2
    assert _sarif(FORMATS["sarif"]([]))["results"] == []


def test_sarif_of_a_code_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    row = CODES["FC313"]._replace(severity=Severity.OFF)
    monkeypatch.setitem(CODES, "FC313", row)
    (rule,) = _sarif(FORMATS["sarif"]([_diagnostic()]))["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"] == {"enabled": False, "level": "warning"}


def test_github() -> None:
    assert FORMATS["github"](AWKWARD).splitlines() == [
        "::warning file=50%25 of%2C a%3Ab/ü <&>.flow.yaml,line=3,endLine=3,col=5,endColumn=9,title=FC313 implicit-end"
        '::100%25,<U+000D><U+000A>said "a: b" <&> ]]> <U+0007><U+001B>[31m',
        "::error file=calls/a.flow.yaml,title=FC313 implicit-end::the call ends here%0AAdd hangup.",
        "::error file=calls/a.flow.yaml,line=3,endLine=9,title=FC313 implicit-end::the call ends here%0AAdd hangup.",
        "::error file=calls/a.flow.yaml,line=1,endLine=1,col=1,endColumn=1,title=FC303 uncovered-outcome"
        "::the call ends here%0AAdd hangup.",
        "::warning file=calls/a.flow.yaml,line=3,endLine=3,col=5,endColumn=9,title=FC313 implicit-end"
        "::the call ends here%0AAdd hangup.",
    ]


def test_gitlab() -> None:
    issues = json.loads(FORMATS["gitlab"](AWKWARD))
    assert [(one["check_name"], one["severity"], one["location"]["lines"]["begin"]) for one in issues] == [
        ("FC313", "minor", 3),
        ("FC313", "major", 1),
        ("FC313", "major", 3),
        ("FC303", "major", 1),
        ("FC313", "minor", 3),
    ]
    assert len({one["fingerprint"] for one in issues}) == len(issues)
    assert all(re.fullmatch("[0-9a-f]{64}", one["fingerprint"]) for one in issues)


def test_a_fingerprint_stays_when_lines_move(folder: Path) -> None:
    prints = []
    for text in (FLOW, FLOW.replace("entry:", "# one\n# two\nentry:"), FLOW.replace("no-answer", "busy")):
        folder.joinpath("a.flow.yaml").write_text(text, "utf-8")
        prints.append([one["fingerprint"] for one in json.loads(_run("lint", "--format", "gitlab", ".").output)])
    assert prints[0] == prints[1] != prints[2]


def _junit(text: str) -> Any:
    schema = etree.XMLSchema(etree.parse(REFERENCE / "junit-10.xsd"))
    document = etree.fromstring(text.encode())
    schema.assertValid(document)
    return document


def test_junit() -> None:
    suite = _junit(FORMATS["junit"](AWKWARD))
    assert (suite.get("tests"), suite.get("failures")) == ("5", "3")
    assert [case.get("classname") for case in suite] == [one.path for one in AWKWARD]
    assert [case.get("name") for case in suite][:2] == ["FC313 implicit-end 3:5", "FC313 implicit-end"]
    assert [[part.tag for part in case] for case in suite] == [
        ["system-out"],
        ["failure"],
        ["failure"],
        ["failure"],
        ["system-out"],
    ]
    assert suite[1][0].text == FORMATS["text"](AWKWARD[1:2])
    assert [case.get("name") for case in _junit(FORMATS["junit"]([]))] == ["nothing found"]


def test_junit_of_scenarios(folder: Path) -> None:
    tests = "tests:\n  good: {play: [hangup], expect: {ends: caller}}\n  bad: {play: [hangup], expect: {reach: tape}}\n"
    folder.joinpath("a.flow.yaml").write_text(FLOW.replace("no-answer: tape", "else: tape") + tests, "utf-8")
    suite = _junit(_run("test", "--report", "junit", ".").stdout)
    assert [(case.get("name"), len(case)) for case in suite] == [("good", 0), ("bad", 1)]


# Text at a terminal


def _at_a_terminal(folder: Path, command: str, **environment: str) -> str:
    """What a command prints at a real terminal."""
    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "flowc", command, "a.flow.yaml"],
        cwd=folder,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    printed = b""
    try:
        while data := os.read(ours, 4096):
            printed += data
    except OSError:
        pass  # a terminal whose other end is closed says so
    os.close(ours)
    done.wait()
    return printed.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("command", ["lint", "build"])
def test_colours_at_a_terminal(folder: Path, command: str) -> None:
    folder.joinpath("a.flow.yaml").write_text(FLOW, "utf-8")
    coloured = _at_a_terminal(folder, command)
    assert "\x1b[1;31merror[FC303]\x1b[0m" in coloured
    plain = _run("lint", "a.flow.yaml").output
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert _at_a_terminal(folder, command, NO_COLOR="1") == plain
    assert _at_a_terminal(folder, command, TERM="dumb") == plain


# Standard input


def test_standard_input_stands_in_for_a_file(folder: Path) -> None:
    folder.joinpath("line").mkdir()
    folder.joinpath("line", "flowc.yaml").write_text("base_url: https://ivr.example.com\nlint: {ignore: FC313}\n")
    typed = FLOW.replace("base_url: https://ivr.example.com\n", "").replace(" # flowc: ignore FC313", "")
    folder.joinpath("line", "old.flow.yaml").write_text("what stands in the file does not count: [", "utf-8")
    for name in ("line/new.flow.yaml", "line/old.flow.yaml", str(folder / "line" / "old.flow.yaml")):
        found = json.loads(_run("lint", "--stdin-filename", name, "-", "--format", "json", said=typed).output)
        assert [(one["path"], one["line"], one["code"]) for one in found] == [
            (os.path.relpath(folder / name), 7, "FC303")
        ]
    elsewhere = _run("lint", "--stdin-filename", "new.flow.yaml", "-", "--format", "json", said=typed)
    assert [one["code"] for one in json.loads(elsewhere.output)] == ["FC320", "FC303", "FC313"]


@pytest.mark.parametrize("said", ["", "\udc80", "[", "a: [", "\0"])
def test_standard_input_may_hold_anything(folder: Path, said: str) -> None:
    result = CliRunner().invoke(
        commands,
        ["lint", "--stdin-filename", "a.flow.yaml", "-"],
        input=said.encode("utf-8", "surrogateescape"),
        catch_exceptions=False,
    )
    assert result.exit_code == 1
    assert result.output.startswith("a.flow.yaml")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-"], "give its path with --stdin-filename"),
        (["--stdin-filename", "a.flow.yaml"], "--stdin-filename needs - as the only PATH"),
        (["--stdin-filename", "a.flow.yaml", "-", "b.flow.yaml"], "--stdin-filename needs - as the only PATH"),
    ],
)
def test_standard_input_is_asked_for_as_a_whole(folder: Path, arguments: list[str], complaint: str) -> None:
    result = _run("lint", *arguments, said=FLOW)
    assert result.exit_code == 2
    assert complaint in result.output
