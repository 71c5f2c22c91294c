"""Time ``flowc build`` against the naive script, in turns, and print the ratio: ``python benchmarks/run.py``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import flows

ROOT = Path(__file__).resolve().parent.parent
NAIVE = Path(__file__).resolve().with_name("naive.py")

Command = Callable[[Path, Path], list[str]]


class BenchmarkError(Exception):
    """A run that failed or wrote too little, so that its time means nothing."""


class Cost(NamedTuple):
    """What one process took, in seconds."""

    wall: float
    cpu: float


class Round(NamedTuple):
    """The four runs of one round: each side with the whole flow, and with a flow of one step (its start-up)."""

    build: Cost
    naive: Cost
    build_start: Cost
    naive_start: Cost


def build_command(flow: Path, out: Path) -> list[str]:
    """Return the command line of flowc."""
    return [sys.executable, "-m", "flowc", "build", str(flow), "-o", str(out), "--quiet"]


def naive_command(flow: Path, out: Path) -> list[str]:
    """Return the command line of the naive script."""
    return [sys.executable, str(NAIVE), str(flow), str(out)]


def spawn(command: list[str], cache: Path) -> Cost:
    """Run a command to its end and return what it took, its children included."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["XDG_CACHE_HOME"] = str(cache)
    with tempfile.TemporaryFile() as output:
        os.sync()  # else an fsync of one side would also pay for what the other left unwritten
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            said = output.read().decode(errors="replace")
            raise BenchmarkError(f"{' '.join(command)}\nended with {process.returncode}:\n{said}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def measure(command: Command, text: str, steps: int, where: Path | None) -> Cost:
    """Run one side on this flow in a fresh folder and return what it took."""
    with tempfile.TemporaryDirectory(prefix="flowc-bench-", dir=where) as name:
        folder = Path(name)
        flow, out = folder / "bench.flow.yaml", folder / "out"
        flow.write_text(text, encoding="utf-8")
        cost = spawn(command(flow, out), folder / "cache")
        written = sum(1 for _ in out.rglob("*.xml"))
        if written < steps + flows.FIXED_STEPS:
            raise BenchmarkError(f"{' '.join(command(flow, out))}\nwrote {written} documents for {steps} steps")
    return cost


def one_round(build: Command, text: str, steps: int, where: Path | None) -> Round:
    """Run both sides in turn, on the flow and on a flow of one step."""
    small = flows.flow(1)
    return Round(
        build=measure(build, text, steps, where),
        naive=measure(naive_command, text, steps, where),
        build_start=measure(build, small, 1, where),
        naive_start=measure(naive_command, small, 1, where),
    )


def pin() -> str:
    """Keep this process and its children on one core, where the system can, and say which."""
    if sys.platform != "linux":
        return "not pinned"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


class Row(NamedTuple):
    """One line of the table: a pair of times for each round, in seconds a step."""

    title: str
    pairs: list[tuple[float, float]]
    judged: bool

    @property
    def ratios(self) -> list[float]:
        """The ratio of flowc to the naive script, round by round."""
        return [build / naive for build, naive in self.pairs]


def rows(rounds: list[Round], steps: int) -> list[Row]:
    """Turn the rounds into the lines of the table."""
    table = []
    for index, what in enumerate(Cost._fields):
        whole = [(turn.build[index] / steps, turn.naive[index] / steps) for turn in rounds]
        table.append(Row(f"{what}, whole process", whole, judged=True))
    for index, what in enumerate(Cost._fields):
        further = [
            (
                (turn.build[index] - turn.build_start[index]) / (steps - 1),
                (turn.naive[index] - turn.naive_start[index]) / (steps - 1),
            )
            for turn in rounds
            if steps > 1
        ]
        if further and min(map(min, further)) > 0:  # else start-up hides the steps
            table.append(Row(f"{what}, start-up taken off", further, judged=False))
    return table


def line(row: Row, target: float) -> str:
    """Return one line of the table as text."""
    build = 1e6 * median(pair[0] for pair in row.pairs)
    naive = 1e6 * median(pair[1] for pair in row.pairs)
    ratios = row.ratios
    verdict = ""
    if row.judged:
        verdict = "met" if median(ratios) <= target else "not met"
        verdict += ", inside the spread" if min(ratios) <= target <= max(ratios) else ""
    spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
    return f"{row.title:<26}{build:>9.0f}{naive:>9.0f}{median(ratios):>9.2f}{spread:>13}  {verdict}".rstrip()


def positive(text: str) -> int:
    """Read a whole number from 1 up."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time flowc build against the naive script.")
    parser.add_argument("--steps", type=positive, default=1000, help="dialling steps in the flow (default: 1000)")
    parser.add_argument("--rounds", type=positive, default=7, help="rounds after the warm-up (default: 7)")
    parser.add_argument("--target", type=float, default=0.7, help="ratio to reach, wall and CPU (default: 0.7)")
    parser.add_argument("--dir", type=Path, help="folder on the disk to write to (default: the system's temporary one)")
    parser.add_argument("--control", action="store_true", help="time the naive script against itself: the noise")
    parser.add_argument("--strict", action="store_true", help="end with 1 if the target is not met")
    return parser.parse_args()


def main() -> int:
    """Measure, print the table and return the exit status."""
    chosen = options()
    place = pin()
    name, build = ("naive", naive_command) if chosen.control else ("flowc", build_command)
    try:
        text = flows.flow(chosen.steps)
        one_round(build, text, chosen.steps, chosen.dir)
        rounds = [one_round(build, text, chosen.steps, chosen.dir) for _ in range(chosen.rounds)]
    except (BenchmarkError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    table = rows(rounds, chosen.steps)
    what = "naive script / itself" if chosen.control else "flowc build / naive script"
    print(f"{what}: {chosen.steps} steps, {chosen.rounds} rounds after a warm-up, {place}")
    print(f"{'':<26}{name:>9}{'naive':>9}{'ratio':>9}{'min-max':>13}  target {chosen.target:g}")
    print(f"{'':<26}{'us/step':>9}{'us/step':>9}{'median':>9}")
    for row in table:
        print(line(row, chosen.target))
    met = all(median(row.ratios) <= chosen.target for row in table if row.judged)
    return 1 if chosen.strict and not met else 0


if __name__ == "__main__":
    sys.exit(main())
