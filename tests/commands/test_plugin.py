"""The plugin: pytest, run in a folder of flows by a user who has flowc installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import PATIENCE

FLOW = """\
flowc: 1
name: door
targets: [plivo, rcml]
base_url: https://ivr.example.com
entry: start
steps:
  start:
    - gather: {digits: 1, prompt: [{say: Press 1.}], then: {"1": open, else: end}}
  open: [{say: Come in.}, hangup]
"""
TESTS = """\
flow: door.flow.yaml
tests:
  opens: {play: [press: "1"], expect: {reach: open}}
  stays-shut: {play: [silence], expect: {hear: Come in}}
"""


def _pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "door.flow.yaml").write_text(FLOW, "utf-8")
    (tmp_path / "door.test.yaml").write_text(TESTS, "utf-8")
    (tmp_path / "other.test.yaml").write_text("name: of another tool\n", "utf-8")
    return tmp_path


def test_scenarios_are_tests(folder: Path) -> None:
    ran = _pytest(folder)
    assert ran.returncode == 1
    assert "2 failed, 2 passed" in ran.stdout
    assert "FAILED door.test.yaml::stays-shut[plivo]" in ran.stdout
    assert 'door.test.yaml:4:48: error[FC340] stays-shut on plivo: "Come in" was not heard' in ran.stdout


def test_a_broken_flow_is_told(folder: Path) -> None:
    (folder / "door.flow.yaml").write_text(FLOW.replace("open,", "opne,"), "utf-8")
    ran = _pytest(folder)
    assert ran.returncode == 2
    assert 'error[FC301] there is no step "opne"' in ran.stdout


def test_a_flow_that_is_not_there_is_told(folder: Path) -> None:
    (folder / "door.flow.yaml").unlink()
    ran = _pytest(folder)
    assert ran.returncode == 2
    assert "door.test.yaml does not name a flow in its folder" in ran.stdout


def test_scenarios_outside_of_the_project_are_not_read(folder: Path) -> None:
    (folder / "project").mkdir()
    (folder / "project" / "door.flow.yaml").write_text(FLOW, "utf-8")
    (folder / "project" / "door.test.yaml").symlink_to(folder / "door.test.yaml")
    ran = _pytest(folder / "project")
    assert ran.returncode == 2
    assert "door.test.yaml: this file cannot be read: it is outside of the project. Put a copy" in ran.stdout
    assert "opens" not in ran.stdout


def test_a_flow_outside_of_the_project_is_not_read(folder: Path) -> None:
    (folder / "project").mkdir()
    (folder / "project" / "door.flow.yaml").symlink_to(folder / "door.flow.yaml")
    (folder / "project" / "door.test.yaml").write_text(TESTS, "utf-8")
    ran = _pytest(folder / "project")
    assert ran.returncode == 2
    assert "door.flow.yaml: error[FC101] this file cannot be read: it is outside of the project" in ran.stdout


def test_what_another_tool_may_own_is_left_alone(folder: Path) -> None:
    (folder / "door.flow.yaml").unlink()
    (folder / "door.test.yaml").unlink()
    (folder / "zero.test.yaml").symlink_to("/dev/zero")
    (folder / "environ.test.yaml").symlink_to("/proc/self/environ")
    assert _pytest(folder).returncode == 5  # no tests


def test_a_part_has_scenarios_of_its_own(folder: Path) -> None:
    (folder / "flowc.yaml").write_text("targets: [plivo]\n", "utf-8")
    part = "flowc: 1\npart: bell\nexits: [rung]\nentry: start\nsteps:\n  start: [{say: Ding.}, {goto: rung}]\n"
    (folder / "bell.part.yaml").write_text(part, "utf-8")
    tests = "flow: bell.part.yaml\ntests:\n  rings: {expect: {hear: Ding, reach: rung}}\n"
    (folder / "door.test.yaml").write_text(tests, "utf-8")
    ran = _pytest(folder)
    assert ran.returncode == 0
    assert "1 passed" in ran.stdout
