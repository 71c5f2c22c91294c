"""A change costs as many files as CONTRIBUTING promises. Each is made in a copy of the package, and tried there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.house.costs import copy_package, costs, insert, run_copy, touched


def test_the_table_has_numbers() -> None:
    assert len(costs()) >= 10


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package."""
    return copy_package(tmp_path)


def _flow(package: Path, steps: str, target: str = "plivo") -> None:
    head = f"flowc: 1\nname: demo\ntargets: [{target}]\nbase_url: https://flows.example.com\nentry: start\n"
    (package.parent / "demo.flow.yaml").write_text(f"{head}steps:\n  start: {steps}\n", "utf-8")


_RULE = '''\
"""Calls without pauses."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a pause (FC399)."""
    for action in context.actions:
        if action.verb == "pause":
            yield Finding("FC399", action.at, "the caller has to wait", "Remove it.")
'''
_TEXT = "# FC399 slow-call\n\nA call has a pause.\n\nCallers hang up when nothing happens.\n"


def test_a_rule(package: Path) -> None:
    rules = package / "lint" / "rules"
    (rules / "slow_call.py").write_text(_RULE, "utf-8")
    (rules / "FC399.md").write_text(_TEXT, "utf-8")
    insert(package / "diagnostics" / "codes.py", '        Code("FC401"', '        Code("FC399", "slow-call", _W),\n')
    _flow(package, "[{say: Hello.}, {pause: 2s}, hangup]")
    assert "demo.flow.yaml:7:27: warning[FC399] the caller has to wait" in run_copy(package, "lint", "demo.flow.yaml")
    assert run_copy(package, "explain", "slow-call") == _TEXT
    assert len(touched(package)) == costs()["a rule"]


def test_a_field_of_a_verb_for_one_target(package: Path) -> None:
    schema_path = package / "schema" / "flow.schema.json"
    schema = json.loads(schema_path.read_text("utf-8"))
    field = {"description": "How detailed the transcript is.", "enum": ["full", "compact"]}
    schema["$defs"]["record"]["properties"]["transcript"] = field
    schema_path.write_text(json.dumps(schema), "utf-8")
    table = package / "templates" / "targets" / "plivo" / "target.yaml"
    insert(
        table, "      session: {attribute: recordSession}\n", "      transcript: {attribute: transcriptionReportType}\n"
    )
    steps = "[{record: {transcript: compact, action: 'https://crm.example.com/recorded'}}, hangup]"
    _flow(package, steps)
    assert run_copy(package, "build", "demo.flow.yaml", "-q", "--no-cache") == ""
    written = (package.parent / "dist" / "plivo" / "demo" / "start.xml").read_text("utf-8")
    assert 'transcriptionReportType="compact"' in written
    _flow(package, steps, target="twiml")
    assert "error[FC401] twiml has no transcript" in run_copy(package, "lint", "demo.flow.yaml")
    assert len(touched(package)) == costs()["a field of one target"]


def test_a_target(package: Path) -> None:
    shutil.copytree(ROOT / "tests" / "carriers" / "targets" / "echo", package / "templates" / "targets" / "echo")
    _flow(package, "[{say: Hello.}, hangup]", target="echo")
    assert run_copy(package, "build", "demo.flow.yaml", "-q", "--no-cache") == ""
    assert "Hello." in (package.parent / "dist" / "echo" / "demo" / "start.xml").read_text("utf-8")
    assert touched(package) == {"templates/targets/echo"}
    assert costs()["a target"] == 1


_HOST = """\
name: shelf
title: A shelf
documents: [GET]
routes: []
signatures: false
leniencies: {}
install: [Copy the bundle to the shelf.]
"""


def test_a_host(package: Path) -> None:
    folder = package / "templates" / "hosts" / "shelf"
    folder.mkdir()
    (folder / "host.yaml").write_text(_HOST, "utf-8")
    _flow(package, "[{say: Hello.}, hangup]")
    printed = run_copy(package, "build", "demo.flow.yaml", "--host", "shelf", "--no-cache")
    assert "on shelf:\n  Copy the bundle to the shelf.\n" in printed
    assert touched(package) == {"templates/hosts/shelf"}
    assert costs()["a host"] == 1


def test_a_language(package: Path) -> None:
    english = (package / "languages" / "en.yaml").read_text("utf-8")
    polish = english.replace("English", "Polish").replace("en-US", "pl-PL").replace("[press,", "[naciśnij,")
    (package / "languages" / "pl.yaml").write_text(polish, "utf-8")
    prompt = "[{say: {text: Naciśnij 2., language: pl-PL}}]"
    then = "{'1': next, no-input: end, no-match: end}"
    _flow(package, f"[{{gather: {{digits: 1, prompt: {prompt}, then: {then}}}}}, hangup]")
    assert "warning[FC361] the text says to press 2" in run_copy(package, "lint", "demo.flow.yaml")
    assert len(touched(package)) == costs()["a language in which rules understand menus"]
