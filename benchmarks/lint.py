"""Time how lint grows with a flow, ten times the steps against one time: ``python benchmarks/lint.py``."""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import flows
from run import BenchmarkError, pin, positive

from flowc.driver.pipeline import check_flows
from flowc.profiles.targets import Targets, find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows

#: How many times larger the larger flow is.
_TIMES = 10


def lint(path: Path, targets: Targets) -> float:
    """How long (s of processor time) lint takes for a flow that is clean."""
    gc.collect()  # else one run pays for what another has left
    gc.disable()  # as the command line does
    begin = time.process_time()
    checked = check_flows(find_flows((path,)), targets, Options())
    took = time.process_time() - begin
    if checked.diagnostics:
        raise BenchmarkError("\n".join(one.message for one in checked.diagnostics))
    return took


def measured(steps: int, rounds: int) -> list[tuple[float, float]]:
    """The times of the smaller and of the larger flow, taken in turns, after a round that is not counted."""
    targets = find_targets()
    with tempfile.TemporaryDirectory(prefix="flowc-bench-") as name:
        small, large = Path(name, "small.flow.yaml"), Path(name, "large.flow.yaml")
        small.write_text(flows.flow(steps), encoding="utf-8")
        large.write_text(flows.flow(steps * _TIMES), encoding="utf-8")
        return [(lint(small, targets), lint(large, targets)) for _ in range(rounds + 1)][1:]


def main() -> int:
    """Measure, print the growth with its target and return the exit status."""
    parser = argparse.ArgumentParser(description="Time how lint grows with a flow.")
    parser.add_argument("--steps", type=positive, default=1000, help="steps of the smaller flow (default: 1000)")
    parser.add_argument("--rounds", type=positive, default=5, help="rounds after the warm-up (default: 5)")
    parser.add_argument("--target", type=float, default=11.0, help="growth to stay under (default: 11)")
    parser.add_argument("--strict", action="store_true", help="end with 1 if the target is not met")
    chosen = parser.parse_args()
    place = pin()
    try:
        pairs = measured(chosen.steps, chosen.rounds)
    except (BenchmarkError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    ratios = [large / small for small, large in pairs]
    met = median(ratios) <= chosen.target
    verdict = "met" if met else "not met"
    verdict += ", inside the spread" if min(ratios) <= chosen.target <= max(ratios) else ""
    print(f"lint, {chosen.rounds} rounds after a warm-up, {place}")
    for steps, times in zip((chosen.steps, chosen.steps * _TIMES), zip(*pairs, strict=True), strict=True):
        what = f"{steps} steps"
        print(f"{what:<26}{median(times):>9.2f} s")
    print(f"{'growth':<26}{median(ratios):>9.2f}      target {chosen.target:g}  {verdict}", end="")
    print(f"  ({min(ratios):.2f}-{max(ratios):.2f})")
    return 1 if chosen.strict and not met else 0


if __name__ == "__main__":
    sys.exit(main())
