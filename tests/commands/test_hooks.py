"""The hooks that flowc offers, as the real pre-commit runs them: on commits to a repository of flows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

GOOD = """\
flowc: 1
name: line
targets: [plivo]
base_url: https://ivr.example.com
entry: start
steps:
  start: [{say: Welcome.}, hangup]
"""
BAD = GOOD.replace("entry: start", "entry: begin")
_HOOKS = ROOT / ".pre-commit-hooks.yaml"


class Repository:
    """A repository of flows in which pre-commit is installed."""

    def __init__(self, folder: Path, hooks: Path) -> None:
        """Begin one with hooks from another repository."""
        self.folder = folder
        home = folder.with_name("home")
        home.mkdir(parents=True)
        who = {"NAME": "Nobody", "EMAIL": "nobody@example.com"}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
            **{f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PRE_COMMIT_HOME": str(home),
        }
        self.run("git", "init", "--quiet", str(folder), at=folder.parent)
        if hooks == folder:
            return
        head = self.run("git", "rev-parse", "HEAD", at=hooks).strip()
        self.write(
            ".pre-commit-config.yaml",
            f"repos:\n  - repo: {hooks}\n    rev: {head}\n    hooks:\n"
            "      - {id: flowc-lint}\n      - {id: flowc-build-check, args: [calls]}\n",
        )
        self.run(str(Path(sys.executable).with_name("pre-commit")), "install", "--install-hooks")

    def write(self, name: str, text: str) -> None:
        """Write a file and have it committed next."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self.run("git", "add", name)

    def commit(self) -> str:
        """What is wrong with a commit; empty if it was made."""
        done = self._done("git", "commit", "--quiet", "--message", "A change")
        return done.stdout if done.returncode else ""

    def run(self, *command: str, at: Path | None = None) -> str:
        """What a command prints that must not fail."""
        done = self._done(*command, at=at)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def _done(self, *command: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=at or self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository of flows, with the hooks of flowc as it stands here."""
    flowc = tmp_path / "hooks" / "flowc"
    for folder in ("flowc", "requirements"):
        shutil.copytree(ROOT / folder, flowc / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", _HOOKS.name):
        shutil.copy(ROOT / name, flowc)
    offering = Repository(flowc, flowc)
    offering.run("git", "add", ".")
    assert offering.commit() == ""
    return Repository(tmp_path / "calls", flowc)


def test_hooks(repository: Repository) -> None:
    # A bad flow is not committed, nor a good one without its bundle.
    repository.write("calls/line.flow.yaml", BAD)
    refused = repository.commit()
    assert 'calls/line.flow.yaml:5:8: error[FC301] there is no step "begin"' in refused
    assert refused.count("Failed") == 2
    repository.write("calls/line.flow.yaml", GOOD)
    refused = repository.commit()
    assert "flowc lint...." in refused
    assert refused.count("Failed") == 1
    assert "dist/manifest.json: missing" in refused
    flowc = next(repository.folder.with_name("home").glob("*/py_env-*/bin/flowc"))
    repository.run(str(flowc), "build", "calls")
    repository.run("git", "add", "dist")
    assert repository.commit() == ""

    # Nor is a flow whose bundle is an old one, or a bundle that is not what the flows say.
    repository.write("notes.txt", "Nothing to do with calls.")
    assert repository.commit() == ""
    repository.write("calls/line.flow.yaml", GOOD.replace("Welcome", "Hello"))
    refused = repository.commit()
    assert "dist/plivo/line/start.xml: differs" in refused
    assert refused.count("Failed") == 1
    repository.run("git", "checkout", "--quiet", "HEAD", "calls")
    repository.write("dist/plivo/line/start.xml", "<Response/>\n")
    assert "dist/plivo/line/start.xml: differs" in repository.commit()
