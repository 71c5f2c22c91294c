"""Measure what the garbage collector costs a build: `python benchmarks/collector.py`.

Each round runs every variant once, in turn, as a whole process. A ratio is the processor time of a variant divided by
that of the run without the change, in the same round; the median and the spread of the rounds are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from flows import write

_BUILD = (
    "from flowc.cli import commands; commands(['build', sys.argv[1], '-o', sys.argv[2], '--no-cache', '-q', '-j1'])"
)
_FREEZE = "import gc, sys\ntry:\n    {}\nfinally:\n    gc.freeze()"
#: The variants as programs, each with the variant that it is compared with.
_VARIANTS = {
    "build, collector on": (f"import gc, sys; {_BUILD}", ""),
    "build, collector off": (f"import gc, sys; gc.disable(); {_BUILD}", "build, collector on"),
    "build, off, and frozen at the end": (
        _FREEZE.format(f"gc.disable(); {_BUILD}"),
        "build, collector off",
    ),
}


def _seconds(program: str, flows: Path, output: Path) -> float:
    """Return the processor time of one run."""
    before = os.times()
    subprocess.run([sys.executable, "-c", program, str(flows), str(output)], check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure what the garbage collector costs a build.")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--flows", type=int, default=20)
    arguments = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in _VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        flows = Path(folder, "flows")
        write(flows, arguments.steps, arguments.flows)
        for number in range(arguments.rounds + 1):
            for index, (name, (program, _)) in enumerate(_VARIANTS.items()):
                taken = _seconds(program, flows, Path(folder, f"out-{number}-{index}"))
                times[name] += [taken] if number else []  # the first round warms up
    for name, (_, compared) in _VARIANTS.items():
        line = f"{name:33} {statistics.median(times[name]):.2f} s"
        if compared:
            ratios = sorted(one / other for one, other in zip(times[name], times[compared], strict=True))
            line += f"  {statistics.median(ratios):.2f} of '{compared}' ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(line)


if __name__ == "__main__":
    main()
