"""Time the simulator, on one core: calls and explored states a second: ``python -m benchmarks.simulate``."""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
import tracemalloc
from itertools import islice
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
from flowc.simulate.explore import Explorer

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
#: The targets: calls and states a second, and bytes a state.
_CALLS, _STATES, _MEMORY = 5000, 5000, 1024
#: Of more states the memory is not measured, which takes four times as long.
_MOST_MEASURED = 10_000


#: The steps of an explored flow, in turn: a menu, a dial, a record, a calendar. Each leads to the next one.
_EXPLORED = (
    """
    - gather:
        digits: 1
        tries: 2
        prompt: [{{say: Menu {index}. Press 1 to go on or 2 for the operator.}}]
        then: {{"1": {onward}, "2": operator, else: bye}}
""",
    """
    - say: Welcome to step {index}.
    - dial: {{to: ["+12025550101", "+12025550102"], then: {{completed: bye, busy: {onward}, else: operator}}}}
""",
    """
    - say: Please say your name for list {index}.
    - record: {{max_length: 2m, events: "https://crm.example.com/hooks/recording", then: {onward}}}
""",
    """
    - switch: {{hours: office, then: {{open: {onward}, closed: bye}}}}
""",
)
_EXPLORED_HEAD = """\
flowc: 1
name: explored
targets: [plivo]
base_url: https://flows.example.com
entry: first
hours:
  office:
    zone: Europe/Berlin
    weekly: [{days: mon-fri, from: 08:00, to: 18:00}]
    since: 2026-12-01
    until: 2028-12-31
steps:
  operator: [{dial: {to: "+12025550103", then: {completed: bye, else: bye}}}]
  bye: [{say: Goodbye.}, hangup]
"""
#: About how many states a step of those has.
_STATES_OF_A_STEP = 3


class Sample(NamedTuple):
    """A flow on its only target, and its scenarios."""

    trial: Trial
    scenarios: tuple[Scenario, ...]


class Explored(NamedTuple):
    """An exploration: its states, how many a second, and the memory of each in bytes (0: not measured)."""

    states: int
    rate: float
    memory: int


def sample(text: str) -> Sample:
    """Compile a flow."""
    with tempfile.TemporaryDirectory(prefix="flowc-bench-") as name:
        path = Path(name, "bench.flow.yaml")
        path.write_text(text, encoding="utf-8")
        targets = find_targets()
        bundle = build_bundle(find_flows((path,)), targets, Options(scenarios=True))
        if bundle.manifest is None:
            raise BenchmarkError("\n".join(one.message for one in bundle.diagnostics))
        (only,) = trials(bundle, targets)
        return Sample(only, only.scenarios)


def calls(seconds: float) -> float:
    """Calls a second, of a scenario of ten actions, played for so long."""
    only, scenarios = sample(flows.flow(_SCENARIO_STEPS) + _SCENARIO)
    (scenario,) = scenarios
    count, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        played = only.player.play(scenario)
        if played.failure is not None:
            raise BenchmarkError(played.failure.message)
        count += 1
    return count / (time.process_time() - begin)


def mixed(states: int) -> str:
    """Return a flow with about so many states: beyond 10,000, a switch whose numbers all lead through its steps.

    A switch multiplies the states, since what it has read is a fact of each.
    """
    numbers = max(states // 10_000, 1)
    steps = states // numbers // _STATES_OF_A_STEP
    parts = [_EXPLORED_HEAD]
    for index in range(steps):
        onward = f"s{index + 1}" if index + 1 < steps else "bye"
        parts.append(f"  s{index}:{_EXPLORED[index % len(_EXPLORED)].format(index=index, onward=onward)}")
    ways = "".join(
        f'          "{number}": s{way * len(_EXPLORED)}\n'
        for way, number in enumerate(islice(flows.numbers(), numbers - 1))
    )
    return "".join([*parts, f"  first:\n    - switch:\n        on: to\n        then:\n{ways}          else: s0\n"])


def explored(text: str, *, measured: bool) -> Explored:
    """Explore a flow whose documents were read before; `measured` says that the memory is measured, too."""
    trial, _ = sample(text)
    for _ in trial.explorer.all(*trial.starts()):
        pass
    trial.explorer.turns.clear()
    gc.collect()
    rate, memory = _explored_again(trial), 0
    if measured:
        tracemalloc.start()
        _explored_again(trial)
        memory = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return Explored(rate[0], rate[0] / rate[1], memory // rate[0])


def _explored_again(trial: Trial) -> tuple[int, float]:
    explorer = Explorer(trial.explorer.rules, trial.explorer.fetch, trial.explorer.manifest)
    begin = time.process_time()
    return sum(1 for _ in explorer.all(*trial.starts())), time.process_time() - begin


def main() -> int:
    """Measure, print the figures with their targets and return the exit status."""
    parser = argparse.ArgumentParser(description="Time the simulator of calls.")
    parser.add_argument("--seconds", type=positive, default=5, help="how long calls are played (default: 5)")
    parser.add_argument("--states", type=positive, default=100_000, help="the most explored states (default: 100000)")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is not met")
    chosen = parser.parse_args()
    place = pin()
    gc.disable()  # as the command line of flowc does
    print(f"simulator, {place}")
    try:
        calls(0.1)  # the first ones pay for what is read once
        rate = calls(chosen.seconds)
        met = [rate >= _CALLS]
        print(f"{'calls of 10 actions':<28}{rate:>9.0f} a second  target {_CALLS}", flush=True)
        sizes = [size for size in (1000, 10_000, 100_000) if size <= chosen.states]
        rows = [("dials", 1000, flows.flow(1000)), *(("mixed", size, mixed(size)) for size in sizes)]
        for name, size, text in rows:
            found = explored(text, measured=size <= _MOST_MEASURED)
            met += [found.rate >= _STATES, found.memory <= _MEMORY]
            memory = f", {found.memory} bytes a state  target {_MEMORY}" if found.memory else ""
            shown = f"{name}, {found.states} states"
            print(f"{shown:<28}{found.rate:>9.0f} a second  target {_STATES}{memory}", flush=True)
    except (BenchmarkError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 1 if chosen.strict and not all(met) else 0


if __name__ == "__main__":
    sys.exit(main())
