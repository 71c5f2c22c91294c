"""Every verb after every other, on every target: no call ends in an error of the carrier, or is left up in silence.

`tests/carriers/order.yaml` holds the verbs. What the open-source Restcomm interpreter cannot go on to follows from its
states (`tests/reference/rcml-states.yaml`), which both tables of the target must say, each in its own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowc.diagnostics.codes import Severity
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.profiles.rows import Unsupported
from flowc.profiles.targets import Targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.simulate import trials
from flowc.simulate.call_log import Ended
from flowc.simulate.rules import read_rules
from tests.conftest import TESTS
from tests.samples.built_flows import targets

VERBS: Mapping[str, list[Any]] = yaml.safe_load((TESTS / "carriers" / "order.yaml").read_text("utf-8"))
STATES: Mapping[str, Any] = yaml.safe_load((TESTS / "reference" / "rcml-states.yaml").read_text("utf-8"))
#: What is refused once the call is answered (FC328), so it comes after nothing.
EARLY = ("reject", "preanswer")
FULL = "cannot continue here if the room is full"


# The tables, against the states of the interpreter


def _refused(resting: str) -> frozenset[str]:
    """The elements that cannot be run from a state."""
    known = STATES["transitions"][resting]
    return frozenset(name for name, row in STATES["verbs"].items() if row["runs"] not in known)


def _order() -> dict[str, frozenset[str]]:
    """Per element, the elements that cannot follow it, whatever comes of it."""
    after = {name: frozenset[str]().union(*map(_refused, row["rests"])) for name, row in STATES["verbs"].items()}
    return {
        name: refused
        for name, refused in {**after, "Conference": _refused(STATES["others"]["full"])}.items()
        if refused
    }


def test_the_simulator_knows_what_has_no_transition() -> None:
    assert read_rules(targets().layers("rcml")).order == _order()


def test_the_compiler_knows_what_has_no_transition() -> None:
    """A conference is a Dial too."""
    verbs = {name: {name.lower()} for name in STATES["verbs"]} | {"Dial": {"dial", "conference"}}
    order = {name.lower(): frozenset().union(*map(verbs.__getitem__, refused)) for name, refused in _order().items()}
    assert targets().profiles["rcml"].order == order


def test_a_redirect_leads_from_every_state_but_the_full_room_to_every_verb() -> None:
    transitions, (fetching, first) = STATES["transitions"], STATES["document"]
    resting = {state for row in STATES["verbs"].values() for state in row["rests"]}
    assert all(fetching in transitions[state] for state in resting)
    assert first in transitions[fetching]
    assert all(row["runs"] in transitions[first] for row in STATES["verbs"].values())
    assert fetching not in transitions[STATES["others"]["full"]]


def test_every_document_may_end_and_hang_up() -> None:
    resting = {state for row in STATES["verbs"].values() for state in row["rests"]}
    assert all(STATES["end"] in STATES["transitions"][state] for state in (*resting, *STATES["others"].values()))


def test_nothing_can_be_relied_on_after_a_dial_so_each_has_an_action() -> None:
    """Where nobody could be dialled there is no way to a redirect."""
    assert "Redirect" in _refused(STATES["others"]["undialled"])
    assert targets().profiles["rcml"].strategies.after_dial == "action"


def test_a_conference_that_was_left_can_go_on_to_everything() -> None:
    assert not _refused(STATES["others"]["left"])


# Every verb after every other


def pairs_built(target: str, pairs: Sequence[list[Any]], folder: Path, known: Targets) -> Bundle:
    """A flow of pairs of actions: the one that it begins with, or several by who calls."""
    steps = {f"pair-{number}": [*pair, "hangup"] for number, pair in enumerate(pairs)}
    callers = {f"+120255501{number:02}": step for number, step in enumerate(steps)}
    begin = {"start": [{"switch": {"on": "from", "then": {**callers, "else": "further"}}}]} if len(pairs) > 1 else {}
    flow = {
        **{"flowc": 1, "name": "pairs", "targets": [target], "base_url": "https://calls.example.com"},
        "entry": "start" if begin else "pair-0",
        "steps": {**begin, **steps, "further": [{"say": "Further."}, "hangup"]},
    }
    path = folder / "pairs.flow.yaml"
    path.write_text(json.dumps(flow), "utf-8")
    return build_bundle(find_flows([path]), known, Options())


def bad_ends(bundle: Bundle, known: Targets) -> set[str]:
    """How calls end that end in an error of the carrier, or stuck."""
    (trial,) = trials(bundle, known)
    turns = list(trial.explorer.all(*trial.starts()))
    ends = [turn.ended for _, turn in turns] + [way.to for _, turn in turns for way in turn.transitions.values()]
    return {end.what for end in ends if isinstance(end, Ended) and end.is_error}


def walked(target: str, pairs: Sequence[list[Any]], folder: Path, known: Targets) -> Iterator[tuple[list[Any], str]]:
    """The pairs that do not work, each with its bad end or the message of the error; all are tried at once first."""
    bundle = pairs_built(target, pairs, folder, known)
    errors = [one.message for one in bundle.diagnostics if one.severity is Severity.ERROR]
    bad = errors or sorted(bad_ends(bundle, known))
    if bad and len(pairs) > 1:
        for pair in pairs:
            yield from walked(target, [pair], folder, known)
    else:
        yield from ((pairs[0], one) for one in bad)


def verb_of(action: Any) -> str:
    return action if isinstance(action, str) else str(next(iter(action)))


def actions(target: str) -> Iterator[tuple[str, Any]]:
    """The actions of every verb that a target has, with its name in `VERBS`."""
    nodes = targets().profiles[target].nodes
    for name, own in VERBS.items():
        for action in own:
            if not isinstance(nodes.get(verb_of(action)), Unsupported):
                yield name, action


def pairs(target: str, first: Any) -> list[list[Any]]:
    return [[first, second] for name, second in actions(target) if name not in (*EARLY, "full")]


FIRSTS = [
    pytest.param(target, action, id=f"{target}-{name}-{VERBS[name].index(action) + 1}")
    for target in targets().profiles
    for name, action in actions(target)
]


@pytest.mark.parametrize(("target", "first"), FIRSTS)
def test_a_verb_after_another_never_leaves_the_call_up_in_silence(target: str, first: Any, tmp_path: Path) -> None:
    bad = [why for _, why in walked(target, pairs(target, first), tmp_path, targets())]
    if target == "rcml" and first in VERBS["full"]:
        # Nothing helps: the flow is refused but where the call ends anyway.
        assert len(bad) >= len(pairs(target, first)) - 2
        assert all(FULL in why for why in bad)
    else:
        assert bad == []


@pytest.mark.parametrize("name", ["sms", "gather", "full"])
def test_a_compiler_that_does_not_divide_is_noticed(name: str, tmp_path: Path) -> None:
    known = targets()
    other = Targets(known.folders, known.hosts)
    other.__dict__["profiles"] = {one: replace(profile, order={}) for one, profile in known.profiles.items()}
    tried = [pair for first in VERBS[name] for pair in pairs("rcml", first)]
    stuck = {verb_of(pair[1]) for pair, why in walked("rcml", tried, tmp_path, other) if why == "stuck"}
    # A full room is left by a redirect to whatever comes next.
    assert stuck - {"switch", "goto", "hangup"} == known.profiles["rcml"].order[verb_of(VERBS[name][0])]
