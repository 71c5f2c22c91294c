"""The benchmark of lint runs; how long it takes is for people to read."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT


def test_the_flow_whose_lint_is_timed_is_clean() -> None:
    """The benchmark ends with 2 if lint finds anything. The larger flow has 6,000 numbers, of every area code."""
    command = [sys.executable, str(ROOT / "benchmarks" / "lint.py"), "--steps", "300", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["lint,", "300", "3000", "growth"]
