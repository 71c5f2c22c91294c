"""Mutations of the compiler: which of them every run of the tests tries, and `make mutants`, which tries them all.

    python -m tests.meaning.mutants [WORDS]             all of them, or those with these words in their names
    python -m tests.meaning.mutants --refused [WORDS]   which further cases notice those that are not noticed

It reports the mutations that nothing notices and that `tests/meaning/mutants.yaml` does not list, and those that the
file lists although they are noticed, or no longer made; with one of these the exit status is 1. A mutation that is not
noticed gets a scenario or another claim in a flow of `tests/meaning`; or dead code is deleted; or, if no call can ever
tell the difference, it is listed with the reason.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import yaml

from tests.meaning.mutant_detection import CASES, Reached, noticed, reached
from tests.meaning.source_mutations import Mutation, Written, by_hand, mutations

#: How many of all mutations every run tries: those whose names are told off by chance, and not by anybody.
SHARE = 0.042


@cache
def listed() -> Mapping[str, str]:
    """The mutations that make no difference to any call, with the reason for each."""
    table = yaml.safe_load(Path(__file__).with_name("mutants.yaml").read_text("utf-8"))
    return {name: reason for reason, names in table["same"].items() for name in names}


def chosen() -> list[Mutation]:
    """The mutations that every run tries."""
    return [one for one in mutations() if one.chance < SHARE and one.name not in listed()]


def _tried(mutation: Mutation) -> tuple[str, str]:
    return mutation.name, noticed(mutation)


def main(words: str) -> int:
    """Try all, and tell those that are not as they should be."""
    every = [one for one in mutations() if words in one.name]
    wrong = [f"listed, but no longer made: {name}" for name in listed() if name not in {one.name for one in every}]
    wrong = [] if words else wrong
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for count, (name, found) in enumerate(pool.map(_tried, every, chunksize=16), 1):
            if found and name in listed():
                wrong.append(f"listed, but noticed: {name}\n  {found}")
            elif not found and name not in listed():
                wrong.append(f"not noticed: {name}")
            if sys.stderr.isatty():
                print(f"\r{count} of {len(every)}, {len(wrong)} wrong", end="", file=sys.stderr)
    print(*wrong, f"{len(every)} tried, {len(listed())} listed, {len(wrong)} wrong", sep="\n")
    return 1 if wrong else 0


def cover(words: str) -> int:
    """Tell the further cases that notice what nothing else does: those that `refused` of the table should name."""
    folders = [args.parent for args in CASES.glob("*/*/args") if args.parts[-3] != "ok"]
    cases = sorted([*CASES.glob("FC*/*.flow.yaml"), *folders])
    known = [case for case in reached(cases) if any(case.lines.values())]
    first: list[Reached] = []
    for mutation in mutations():
        if words in mutation.name and mutation.name not in listed() and not noticed(mutation):
            found = next((case for case in (*first, *known) if noticed(mutation, [case])), None)
            if found is None:
                print(f"not noticed: {mutation.name}", flush=True)
            elif found not in first:
                first.append(found)
                print(f"to be refused: {found.flow.relative_to(CASES)}", flush=True)
    return 0


#: What somebody made of the compiler, and no test of meaning noticed, or only by chance.
WRITTEN = (
    Written(
        "any input is asked again",
        *("lower/gather.py", "_route", "any_input or last", "last"),
    ),
    Written(
        "the dial's confirm beats the phone book's where the callee names a document",
        *("lower/confirm.py", "_screened", "callee.confirm or dial.confirm", "dial.confirm or callee.confirm"),
    ),
    Written(
        "the dial's confirm beats the phone book's where the dial names a document",
        *("lower/confirm.py", "_attributes", "callees[0].confirm or confirm", "confirm or callees[0].confirm"),
    ),
    Written(
        "a field of the dial beats the phone book's",
        *("lower/dial.py", "_callee"),
        "_together(context, callee, of_all.pop(field.name, None), field)",
        "(of_all.pop(field.name, None) or field)",
    ),
    Written(
        "else of the last dial is ignored",
        *(
            "lower/action.py",
            "outcome_route",
            "then.otherwise or then.of(result.otherwise)",
            "then.of(result.otherwise)",
        ),
    ),
    Written(
        "a screening request without digits connects",
        *("lower/confirm.py", "_screening"),
        "context.route('confirm', dial, 1 + own, result.parameter, [RouteCase(key, accepted)], declined, declined)",
        "context.route('confirm', dial, 1 + own, result.parameter, [RouteCase(key, accepted)], accepted, declined)",
    ),
    Written(
        "a key # of a confirmation ends the input",
        *("lower/confirm.py", "_screening", "'*' if key == '#' else '#'", "'#'"),
    ),
    Written(
        "a missing From ends the call in place of else",
        *("lower/switch.py", "lower_switch"),
        "context.route(switch.verb, switch, 1, fact.parameter, rows, empty, default, ignore_case=number)",
        "context.route(switch.verb, switch, 1, fact.parameter, rows, context.end(), default, ignore_case=number)",
    ),
    Written(
        "what falls through a gather leads to no-match",
        *("lower/gather.py", "_tries", "context.profile.result(gather.verb).empty"),
        "context.profile.result(gather.verb).otherwise",
    ),
    Written(
        "the last silence leads to no-match",
        *("lower/gather.py", "_route", "then.of(result.empty)", "then.of(result.otherwise)"),
    ),
    Written(
        "the last wrong key leads to no-input",
        *("lower/gather.py", "_route", "then.of(result.otherwise)", "then.of(result.empty)"),
    ),
    Written(
        "a number is known with its plus only",
        *("lower/switch.py", "lower_switch", "_distinct(cases) if number else cases", "cases"),
    ),
    Written(
        "what follows skips one",
        *("lower/context.py", "Lowering.rest", "self.graph.steps[action.id.step].actions[action.id.ordinal:]"),
        "self.graph.steps[action.id.step].actions[action.id.ordinal + 1:]",
    ),
    Written(
        "a default beats what is given",
        *("emit/spell/speller.py", "Speller._spelled"),
        "self._value(node, field, spelling) if field is not None else _default(spelling, given)",
        "_default(spelling, given) or (self._value(node, field, spelling) if field is not None else None)",
    ),
)


def written() -> dict[str, Mutation]:
    """The mutations of `WRITTEN`, by what each is about."""
    return {one.why: by_hand(one) for one in WRITTEN}


if __name__ == "__main__":
    refused = sys.argv[1:2] == ["--refused"]
    raise SystemExit((cover if refused else main)(" ".join(sys.argv[1 + refused :])))
