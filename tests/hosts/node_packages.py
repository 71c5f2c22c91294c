"""Packages of the npm registry that tests run, at the versions of tests/package.json and its lock.

They are installed into `.cache/node` the first time, and again whenever the versions change. Where that cannot be done
the test that wants one says so and is left out; with CI in the environment it fails instead.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from tests.conftest import ROOT, TESTS

_CACHE = ROOT / ".cache" / "node"
_FILES = ("package.json", "package-lock.json")


def node() -> str:
    """The program node."""
    return shutil.which("node") or _left_out("node is not installed")


def node_package(name: str) -> Path:
    """The folder of an installed package, whose version package.json gives."""
    return _modules() / name


@functools.cache
def _modules() -> Path:
    """The folder of all packages, installed by whichever worker comes first."""
    npm = shutil.which("npm") or _left_out("npm is not installed")
    wanted = b"".join((TESTS / name).read_bytes() for name in _FILES)
    done = _CACHE / "installed"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_bytes() != wanted:
            done.unlink(missing_ok=True)
            for name in _FILES:
                shutil.copy(TESTS / name, _CACHE)
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            run = subprocess.run(command, cwd=_CACHE, capture_output=True, text=True, check=False)
            if run.returncode:
                _left_out(f"npm cannot install what tests/package.json names: {run.stderr.strip()[-500:]}")
            done.write_bytes(wanted)
    return _CACHE / "node_modules"


def _left_out(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(f"left out: {why}")
