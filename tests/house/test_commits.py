"""Commit messages: what their form allows, and that the hook of pre-commit and CI ask `tests/house/commits.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.house.commits import faults, main

GOOD = "serve: refuse bodies without a length\n\nAn empty form takes the wrong case.\n"


@pytest.mark.parametrize(
    "message",
    [
        GOOD,
        "docs: add a page",
        "flow/read: drop a default\n# Please enter a message\n",
        f"docs: {'a' * 66}",
    ],
)
def test_messages_of_the_form(message: str) -> None:
    assert faults(message) == []


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("", 1),
        ("# only comments", 1),
        ("Add a page", 1),
        ("docs: Add a page", 1),
        ("docs: add a page.", 1),
        ("docs:add a page", 1),
        ("lower, emit: rename a field", 1),
        ("pytest plugin: add a test", 1),
        ("Docs: add a page", 1),
        (f"docs: {'a' * 67}", 1),
        ("docs: add a page\nThe reason.", 1),
        (f"{'a' * 73}.\nThe reason.", 3),
    ],
)
def test_messages_of_another_form(message: str, number: int) -> None:
    assert len(faults(message)) == number


class Clone:
    """A repository with the hooks of this one, and what it takes to commit there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        who = {"NAME": "A Developer", "EMAIL": "developer@example.com"}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
            **{f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PRE_COMMIT_HOME": str(folder / "home"),
        }
        (folder / "tests" / "house").mkdir(parents=True)
        shutil.copy(ROOT / "tests" / "house" / "commits.py", folder / "tests" / "house")
        shutil.copy(ROOT / ".pre-commit-config.yaml", folder)
        (folder / ".venv").symlink_to(sys.prefix)
        self.run("git", "init", "--quiet")
        self.run("git", "add", ".pre-commit-config.yaml")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )

    def commit(self, message: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("git", "commit", "--quiet", "--allow-empty", "--message", message, *arguments)


def test_the_hook_refuses_a_message_of_another_form(tmp_path: Path) -> None:
    clone = Clone(tmp_path)
    assert clone.run(str(Path(sys.executable).with_name("pre-commit")), "install").returncode == 0
    refused = clone.commit("Add hooks")
    assert refused.returncode == 1
    assert "is not of the form `area: imperative summary`" in refused.stdout + refused.stderr
    done = clone.commit(GOOD)
    assert done.returncode == 0, done.stdout + done.stderr


def test_commits_since_a_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = Clone(tmp_path)
    for message in ("The beginning", GOOD, "Add a page"):
        assert clone.commit(message).returncode == 0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    assert main(["--since", "HEAD~1"]) == 1
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["--since", "HEAD"]) == 0
    assert main(["--since", "nothing"]) == 2
    assert main([]) == 2
