"""Every ratio that flowc's speed is held to, with its target: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import record
from benchmarks.measure import HEAD, Measured, measured
from benchmarks.programs import Workplace
from benchmarks.run import BenchmarkError, cores, keep_on, pin, positive
from benchmarks.table import PARTS, TABLE

#: Prints figures of its own.
_SIMULATE = "simulate"
#: Parts that start servers; they are measured if they are named.
SERVERS = ("hosts", "notify")


def main() -> int:
    """Measure, print a line for each ratio and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure every ratio that has a target.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join((*PARTS, _SIMULATE, *SERVERS))}")
    parser.add_argument(
        "--quick", action="store_true", help="measure some, and end with 1 if one is 25 %% above ratios.json"
    )
    parser.add_argument("--rounds", type=positive, help="how often each is measured (default: what the table says)")
    parser.add_argument("--dir", type=Path, help="folder to work in (default: one in memory, if there is one)")
    parser.add_argument("--write", action="store_true", help="write ratios.json and the tables of docs/performance.md")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is not met")
    chosen = parser.parse_args()
    if unknown := {*chosen.parts} - {*PARTS, _SIMULATE, *SERVERS}:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    print(f"{record.machine()}\n\n{HEAD}")
    found = []
    try:
        for one in _measured(chosen):
            print(one.line(), flush=True)
            found.append(one)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 2
    if _SIMULATE in (chosen.parts or (() if chosen.quick else (_SIMULATE,))):
        subprocess.run([sys.executable, "-m", "benchmarks.simulate"], check=False)
    if chosen.write:
        record.write(found)
    slower = [*record.slower(found, record.read())] if chosen.quick else []
    print(*slower, sep="\n", end="\n" if slower else "")
    return 1 if slower or (chosen.strict and any(one.verdict == "not met" for one in found)) else 0


def _measured(chosen: argparse.Namespace) -> Iterator[Measured]:
    """Measure the chosen parts."""
    rows = [row for row in TABLE if row.part in (chosen.parts or PARTS) and (row.quick or not chosen.quick)]
    memory, free = Path("/dev/shm"), cores()
    with tempfile.TemporaryDirectory(
        prefix="flowc-bench-", dir=chosen.dir or (memory if memory.is_dir() else None)
    ) as folder:
        place = Workplace(Path(folder))
        pin()
        yield from measured(place, rows, chosen.rounds)
        keep_on(free)
    # These import much, which would count as memory of what is started above.
    if "hosts" in chosen.parts:
        from benchmarks import hosts

        yield from hosts.measured(chosen.rounds)
    if "notify" in chosen.parts:
        from benchmarks import notify

        yield from notify.measured(chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
