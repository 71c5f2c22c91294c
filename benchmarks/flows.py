"""Write a flow of N steps for the benchmark, the same bytes every time: ``python benchmarks/flows.py N > file``.

Each step says a sentence and dials two numbers, with four outcomes that lead on; two common steps end the call.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import islice

import phonenumbers

BASE_URL = "https://flows.example.com"
FIXED_STEPS = 2
NUMBERS_PER_STEP = 2

_HEAD = f"""\
flowc: 1
name: bench
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
            number = f"+1{area}5550{line}"
            parsed = phonenumbers.parse(number)
            american = phonenumbers.is_valid_number(parsed) and phonenumbers.region_code_for_number(parsed) == "US"
            if american and phonenumbers.number_type(parsed) != phonenumbers.PhoneNumberType.PREMIUM_RATE:
                yield number


def flow(steps: int) -> str:
    """Return the text of a flow with this many dialling steps, or raise ValueError if there is no such flow."""
    if steps < 1:
        raise ValueError("a flow needs at least one step")
    used = list(islice(numbers(), steps * NUMBERS_PER_STEP))
    if len(used) < steps * NUMBERS_PER_STEP:
        raise ValueError(f"{steps} steps need more numbers than fiction has; at most {len(used) // NUMBERS_PER_STEP}")
    width = max(4, len(str(steps)))
    names = [f"step-{index:0{width}}" for index in range(1, steps + 1)]
    parts = [_HEAD.format(entry=names[0])]
    for index, (name, onward) in enumerate(zip(names, [*names[1:], "voicemail"], strict=True)):
        first, second = used[index * NUMBERS_PER_STEP : (index + 1) * NUMBERS_PER_STEP]
        parts.append(_STEP.format(name=name, index=index + 1, first=first, second=second, onward=onward))
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
