"""Start a program and return what it takes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class BenchmarkError(Exception):
    """A run that failed or wrote too little, so that its time means nothing."""


class Cost(NamedTuple):
    """What one process took, its children included: seconds, seconds of processors, and the most bytes of memory."""

    wall: float
    cpu: float
    memory: float


def spawn(command: list[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it took."""
    inherited = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env={**inherited, **environment}, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise BenchmarkError(f"{' '.join(command)}\nended with {process.returncode}:\n{said}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def cores() -> set[int]:
    """The cores that this process may use."""
    return os.sched_getaffinity(0) if sys.platform == "linux" else set(range(os.cpu_count() or 1))


def keep_on(chosen: set[int]) -> None:
    """Keep this process, and what it starts from now on, on these cores, where the system can."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, chosen)


def pin() -> str:
    """Keep this process and its children on one core, where the system can, and say which."""
    core = max(cores())
    keep_on({core})
    return f"pinned to core {core}" if sys.platform == "linux" else "not pinned"


def positive(text: str) -> int:
    """Read a whole number from 1 up."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number
