"""Time the simulator, on one core: calls a second, and every way through a flow: ``python -m benchmarks.simulate``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks import flows
from benchmarks.run import BenchmarkError, pin, positive
from flowc.driver.pipeline import build_bundle
from flowc.flow.scenario import Scenario
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.simulate import Trial, trials

#: A scenario of ten things that happen; the flow is short, so that the call is timed and not the building.
_SCENARIO = """
tests:
  ten:
    play:
      - ring: {all: busy}
      - hear: Welcome to step 1
      - hear: Welcome to step 2
      - hear: Welcome to step 3
      - hear: Welcome to step 4
      - hear: Welcome to step 5
      - hear: Welcome to step 6
      - hear: Welcome to step 7
      - hear: Please leave a message
      - record: 12s
    expect: {reach: [step-0007, voicemail], ends: hangup}
"""
_SCENARIO_STEPS = 7


class Sample(NamedTuple):
    """A flow on its only target, its scenarios, and how long (s) it took to compile it."""

    trial: Trial
    scenarios: tuple[Scenario, ...]
    took: float


def sample(text: str) -> Sample:
    """Compile a flow."""
    with tempfile.TemporaryDirectory(prefix="flowc-bench-") as name:
        path = Path(name, "bench.flow.yaml")
        path.write_text(text, encoding="utf-8")
        begin = time.perf_counter()
        targets = find_targets()
        bundle = build_bundle(find_flows((path,)), targets, Options(scenarios=True))
        if bundle.manifest is None:
            raise BenchmarkError("\n".join(one.message for one in bundle.diagnostics))
        (only,) = trials(bundle, targets)
        return Sample(only, only.scenarios, time.perf_counter() - begin)


def calls(seconds: float) -> float:
    """Calls a second, of a scenario of ten actions, played for so long."""
    only, scenarios, _ = sample(flows.flow(_SCENARIO_STEPS) + _SCENARIO)
    (scenario,) = scenarios
    count, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        played = only.player.play(scenario)
        if played.failure is not None:
            raise BenchmarkError(played.failure.message)
        count += 1
    return count / (time.perf_counter() - begin)


def explored(steps: int) -> tuple[float, int]:
    """How long (s) it takes to compile and explore a flow of so many steps, and how many states it has."""
    only, _, took = sample(flows.flow(steps))
    begin = time.perf_counter()
    states = sum(1 for _ in only.explorer.all(only.begin()))
    if states < steps:
        raise BenchmarkError(f"{states} states for {steps} steps")
    return took + time.perf_counter() - begin, states


def main() -> int:
    """Measure, print both figures with their targets and return the exit status."""
    parser = argparse.ArgumentParser(description="Time the simulator of calls.")
    parser.add_argument("--seconds", type=positive, default=5, help="how long calls are played (default: 5)")
    parser.add_argument("--steps", type=positive, default=100, help="steps of the explored flow (default: 100)")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is not met")
    chosen = parser.parse_args()
    place = pin()
    try:
        calls(0.1)  # the first ones pay for what is read once
        rate = calls(chosen.seconds)
        took, states = explored(chosen.steps)
    except (BenchmarkError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    met = (rate >= 1000, took <= 10)
    words = ["met" if one else "not met" for one in met]
    print(f"simulator, {place}")
    print(f"{'a call of 10 actions':<26}{rate:>9.0f} calls/s  target 1000  {words[0]}")
    what = f"every way, {chosen.steps} steps"
    print(f"{what:<26}{took:>9.2f} s        target 10    {words[1]}  ({states} states)")
    return 1 if chosen.strict and not all(met) else 0


if __name__ == "__main__":
    sys.exit(main())
