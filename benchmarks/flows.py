"""Write a flow of N steps for the benchmark, the same bytes every time: ``python benchmarks/flows.py N > file``.

Each step says a sentence and dials two numbers, with four outcomes that lead on; two common steps end the call.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import phonenumbers

BASE_URL = "https://flows.example.com"
FIXED_STEPS = 2
NUMBERS_PER_STEP = 2

_HEAD = f"""\
flowc: 1
name: {{name}}
targets: [plivo]
base_url: {BASE_URL}
entry: {{entry}}

steps:
"""

_STEP = """\
  {name}:
    - say: Welcome to step {index}.
    - dial:
        to: ["{first}", "{second}"]
        then: {{completed: bye, busy: {onward}, no-answer: voicemail, else: bye}}

"""

_TAIL = """\
  voicemail:
    - say: Please leave a message after the tone.
    - record:
        max_length: 2m
        events: https://crm.example.com/hooks/recording
        then: bye

  bye:
    - say: Goodbye.
    - hangup
"""


def numbers() -> Iterator[str]:
    """Yield distinct valid US numbers of the range kept for fiction, 555-0100 to 555-0199 of each area code."""
    for line in range(100, 200):
        for area in range(201, 990):
            if area == 900:
                continue  # premium-rate numbers, of which flowc warns
            number = f"+1{area}5550{line}"
            parsed = phonenumbers.parse(number)
            american = phonenumbers.is_valid_number(parsed) and phonenumbers.region_code_for_number(parsed) == "US"
            if american and phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.PREMIUM_RATE:
                yield number


def write(folder: Path, steps: int, files: int) -> None:
    """Write so many flows that have so many dialling steps in all into a folder."""
    folder.mkdir()
    left = cycle(numbers())
    for index in range(files):
        path = folder / f"flow-{index:04}.flow.yaml"
        path.write_text(flow(steps // files, f"bench-{index}", left), encoding="utf-8")


def flow(steps: int, name: str = "bench", left: Iterator[str] | None = None) -> str:
    """Return the text of a flow with this many dialling steps, which takes its numbers from those left.

    Fiction has some thousands of numbers; then they begin again.
    """
    if steps < 1:
        raise ValueError("a flow needs at least one step")
    used = list(islice(left or cycle(numbers()), steps * NUMBERS_PER_STEP))
    width = max(4, len(str(steps)))
    names = [f"step-{index:0{width}}" for index in range(1, steps + 1)]
    parts = [_HEAD.format(entry=names[0], name=name)]
    for index, (step, onward) in enumerate(zip(names, [*names[1:], "voicemail"], strict=True)):
        first, second = used[index * NUMBERS_PER_STEP : (index + 1) * NUMBERS_PER_STEP]
        parts.append(_STEP.format(name=step, index=index + 1, first=first, second=second, onward=onward))
    return "".join([*parts, _TAIL])


def main() -> int:
    """Print the flow and return the exit status."""
    parser = argparse.ArgumentParser(description="Write a flow of N steps for the benchmark.")
    parser.add_argument("steps", metavar="N", type=int, help="how many dialling steps")
    try:
        sys.stdout.write(flow(parser.parse_args().steps))
    except ValueError as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
