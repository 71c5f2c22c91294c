"""What commands import when they start; startup.yaml lists what they must not."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

ROWS = yaml.safe_load(Path(__file__).with_name("startup.yaml").read_text("utf-8"))
FLOW = """\
flowc: 1
name: small
targets: [plivo]
base_url: https://flows.example.com
entry: start
steps:
  start: [{say: Please hold the line.}, {dial: {to: "+12025550123", then: end}}]
"""


def _imported(command: str, folder: Path) -> set[str]:
    """Run a command in a new process, which must succeed, and return the modules that it imports."""
    arguments = command.replace("FLOW", f"{folder}/small.flow.yaml").replace("OUT", str(folder)).split()
    run = [sys.executable, "-X", "importtime", "-m", "flowc", *arguments]
    lines = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True).stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["command"])
def test_a_command_imports_only_what_it_needs(row: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "small.flow.yaml").write_text(FLOW, "utf-8")
    needed = _imported(row["after"], tmp_path) if "after" in row else set()
    assert not needed or needed & {*row["without"]}
    assert not _imported(row["command"], tmp_path) & {*row["without"]}


def test_the_table_names_modules() -> None:
    assert [name for row in ROWS for name in row["without"] if find_spec(name) is None] == []
