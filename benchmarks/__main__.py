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
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true", help="measure some; end with 1 if one is 25 %% above ratios.json")
    mode.add_argument("--write", action="store_true", help="write ratios.json and the tables of docs/performance.md")
    parser.add_argument("--rounds", type=positive, help="how often each is measured (default: what the table says)")
    parser.add_argument("--dir", type=Path, help="folder to work in (default: one in memory, if there is one)")
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
    if chosen.write:
        record.write(found)
    if _SIMULATE in (chosen.parts or (() if chosen.quick else (_SIMULATE,))):
        subprocess.run([sys.executable, "-m", "benchmarks.simulate"], check=False)
    return 1 if chosen.quick and any(one.verdict == "not met" for one in found) else 0


def _measured(chosen: argparse.Namespace) -> Iterator[Measured]:
    """Measure the chosen parts."""
    rows = [row for row in (record.quick() if chosen.quick else TABLE) if row.part in (chosen.parts or PARTS)]
    memory, free = Path("/dev/shm"), cores()
    where = chosen.dir or (memory if memory.is_dir() else None)
    with tempfile.TemporaryDirectory(prefix="flowc-bench-", dir=where) as folder:
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
