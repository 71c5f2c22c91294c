"""A dial whose outcomes all lead one way needs no action URL: the calls are those that it has with one.

Each flow is compiled twice for each target, as its table says and with an action URL always written, and both are
explored together: the simulator knows the carriers' rules and nothing of lowering.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.profiles.targets import Targets
from flowc.project.options import Options
from flowc.project.project import Found, find_flows, flow_from_text
from flowc.simulate import Trial, trials
from flowc.simulate.call_log import Ended
from flowc.simulate.explore import Explorer, ExplorerState, Turn
from tests.calls.played_worst_case import played_worst_case
from tests.conftest import ROOT
from tests.samples.built_flows import FLOWS, targets

#: The targets that run the next element after a dial.
FALL_THROUGH = sorted(name for name, one in targets().profiles.items() if one.strategies.after_dial == "next-element")
#: Where the flows that are made up stand.
PLACE = Path("made-up.flow.yaml").resolve()
#: What a log holds that nobody on the line notices.
_UNSEEN = ("fetched",)


@cache
def asking() -> Targets:
    """The targets, with an action URL written for every dial."""
    known = targets()
    other = Targets(known.folders, known.hosts)
    always = {
        name: replace(profile, strategies=profile.strategies._replace(after_dial="action"))
        for name, profile in known.profiles.items()
    }
    other.__dict__["profiles"] = always
    return other


def both(found: Found, options: Options | None = None) -> tuple[Bundle, Bundle]:
    one, other = (build_bundle(found, known, options or Options()) for known in (targets(), asking()))
    return one, other


def compared(one: Bundle, other: Bundle) -> list[tuple[Trial, Trial]]:
    """The flows and targets of two bundles, once it is clear that their calls are the same."""
    pairs = list(zip(trials(one, targets()), trials(other, asking()), strict=True))
    for first, second in pairs:
        for start, begun in zip(first.starts(), second.starts(), strict=True):
            found = list(differences(first.explorer, second.explorer, start, begun))
            assert found == [], (first.flow.name, first.entry.target)
    return pairs


def differences(
    one: Explorer, other: Explorer, first: ExplorerState | Ended, second: ExplorerState | Ended
) -> Iterator[Any]:
    """Where two ways of compiling a flow part: what is heard, who is dialled and told, when, and how the call ends."""
    todo: deque[tuple[ExplorerState | Ended, ExplorerState | Ended, tuple[str, ...]]] = deque([(first, second, ())])
    seen = set()
    while todo:
        here, there, path = todo.popleft()
        if isinstance(here, Ended) or isinstance(there, Ended):
            if here != there:
                yield path, here, there
            continue
        if (here.key, there.key) in seen:
            continue
        seen.add((here.key, there.key))
        mine, theirs = one.turn(here), other.turn(there)
        if noticed(mine) != noticed(theirs):
            yield path, noticed(mine), noticed(theirs)
            continue
        for outcome, way in mine.transitions.items():
            to = theirs.transitions[outcome]
            if way.took != to.took:
                yield (*path, outcome), way.took, to.took
            todo.append((way.to, to.to, (*path, outcome)))


def noticed(turn: Turn) -> tuple[Any, ...]:
    """What the caller, the callees and the author's server notice of a turn."""
    log = [(entry.at, entry.what, entry.text, entry.dialled) for entry in turn.log if entry.what not in _UNSEEN]
    pending = turn.pending and (turn.pending.kind, turn.pending.callees)
    return log, pending, turn.ended, turn.took, sorted(turn.transitions)


def test_a_difference_is_noticed() -> None:
    """A carrier that does nothing after a talk is not one that runs the next element."""
    steps = {"start": [{"dial": {"to": "desk", "then": "next"}}, {"say": "Goodbye."}, "hangup"]}
    profile = targets().profiles["rcml"]
    wrong = replace(profile, strategies=profile.strategies._replace(after_dial="next-element"))
    other = Targets(targets().folders, targets().hosts)
    other.__dict__["profiles"] = {"rcml": wrong}
    text = made_up(steps).replace(json.dumps(FALL_THROUGH).encode(), b'["rcml"]')
    bundles = [(build_bundle(flow_from_text(PLACE, text), known, Options()), known) for known in (targets(), other)]
    one, two = (next(iter(trials(bundle, known))) for bundle, known in bundles)
    (parted,) = differences(one.explorer, two.explorer, one.begin(), two.begin())
    assert parted[0] == ("completed",)


def requests(trial: Trial) -> int | None:
    """The most documents that a call asks for; None where there is no bound."""
    most = played_worst_case(trial.explorer, trial.own_starts())
    return None if most is None else most.fetches


@pytest.mark.parametrize("path", [*FLOWS, ROOT / "examples"], ids=lambda path: path.name)
def test_the_calls_are_the_same(path: Path) -> None:
    one, other = both(find_flows([path]))
    assert one.files is not None and other.files is not None
    for first, second in compared(one, other):
        fewer, more = requests(first), requests(second)
        assert (fewer is None) == (more is None)
        assert fewer is None or more is None or fewer <= more


# Dials that were made up


_LEADS = st.sampled_from(("end", "next", "other", "last"))
_THEN = st.one_of(
    _LEADS,
    st.fixed_dictionaries({"completed": _LEADS, "else": _LEADS}),
    st.fixed_dictionaries({"completed": _LEADS, "busy": _LEADS, "no-answer": _LEADS, "else": _LEADS}),
    st.fixed_dictionaries({one: st.just("end") for one in ("completed", "busy")} | {"else": _LEADS}),
)
_MAY_HAVE: dict[str, st.SearchStrategy[Any]] = {
    "ring": st.sampled_from(("all", "in-turn")),
    "hangup_on_star": st.just(True),
    "timeout": st.just("10s"),
    "events": st.just("https://crm.example.com/calls"),
    "confirm": st.just({"key": "1", "prompt": [{"say": "Press 1."}]}),
}
_DIALS = st.fixed_dictionaries(
    {"to": st.sampled_from(("desk", ["desk", "+12025550144"], ["desk", "hall", "+12025550145"])), "then": _THEN},
    optional=_MAY_HAVE,
)
_ACTIONS = st.lists(
    st.one_of(
        st.builds(lambda dial: {"dial": dial}, _DIALS),
        st.sampled_from(
            (
                {"say": "Hello."},
                {"gather": {"digits": 1, "prompt": [{"say": "Press 1."}], "then": {"1": "other", "else": "next"}}},
                {"record": {"max_length": "10s", "events": "https://crm.example.com/tapes"}},
                {"switch": {"on": "from", "then": {"+12025550123": "last", "else": "next"}}},
                {"goto": "other"},
                "hangup",
            )
        ),
    ),
    min_size=1,
    max_size=5,
)


def made_up(steps: dict[str, Any]) -> bytes:
    """A flow of these steps."""
    flow = {
        **{"flowc": 1, "name": "made-up", "targets": FALL_THROUGH, "base_url": "https://calls.example.com"},
        **{"numbers": {"desk": "+12025550143", "hall": "sip:hall@pbx.example.com"}, "entry": "start", "steps": steps},
    }
    return json.dumps(flow).encode()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.fixed_dictionaries({"start": _ACTIONS, "other": _ACTIONS}))
def test_the_calls_of_made_up_flows_are_the_same(steps: dict[str, Any]) -> None:
    text = made_up({**steps, "last": [{"say": "Goodbye."}, "hangup"]})
    one, other = both(flow_from_text(PLACE, text))
    assert [finding.code for finding in one.diagnostics] == [finding.code for finding in other.diagnostics]
    if one.files is not None:
        compared(one, other)


# How much it saves


#: Steps with a dial whose outcomes all lead one way, and how many documents and requests fewer they need.
SAVED: dict[str, tuple[dict[str, Any], int, int]] = {
    "end": ({"start": [{"dial": {"to": "desk", "then": "end"}}]}, 1, 1),
    "every outcome ends": ({"start": [{"dial": {"to": "desk", "then": {"completed": "end", "else": "end"}}}]}, 1, 1),
    "next": ({"start": [{"dial": {"to": "desk", "then": "next"}}, {"say": "Goodbye."}, "hangup"]}, 1, 1),
    "one after the other": (
        {"start": [{"dial": {"to": "desk", "then": "next"}}, {"dial": {"to": "hall", "then": "end"}}]},
        2,
        2,
    ),
    "the last in turn": (
        {"start": [{"dial": {"to": ["desk", "hall"], "ring": "in-turn", "then": "end"}}]},
        0,
        1,
    ),
    "next, in turn": (
        {"start": [{"dial": {"to": ["desk", "hall"], "ring": "in-turn", "then": "next"}}, {"say": "Bye."}, "hangup"]},
        0,
        0,
    ),
    "outcomes that differ": (
        {"start": [{"dial": {"to": "desk", "then": {"completed": "next", "else": "end"}}}, {"say": "Bye."}, "hangup"]},
        0,
        0,
    ),
    "your own server": ({"start": [{"dial": {"to": "desk", "action": "https://crm.example.com/next"}}]}, 0, 0),
}


@pytest.mark.parametrize("target", FALL_THROUGH)
@pytest.mark.parametrize("name", SAVED)
def test_what_it_saves(name: str, target: str) -> None:
    steps, documents, asked = SAVED[name]
    found = flow_from_text(PLACE, made_up(steps))
    one, other = both(found, Options(targets=(target,)))
    assert one.manifest is not None and other.manifest is not None
    ((first, second),) = compared(one, other)
    assert len(other.manifest.documents) - len(one.manifest.documents) == documents
    fewer, more = requests(first), requests(second)
    assert fewer is not None and more is not None
    assert more - fewer == asked


def test_a_long_step_is_still_divided() -> None:
    steps = {"start": [{"dial": {"to": "desk", "then": "next"}} for _ in range(250)] + ["hangup"]}
    one, other = both(flow_from_text(PLACE, made_up(steps)))
    assert one.manifest is not None
    largest = max(document.size for document in one.manifest.documents)
    assert len(one.manifest.documents) > len(FALL_THROUGH)
    assert largest < 64_000
    compared(one, other)


def test_a_target_that_needs_an_action_keeps_it() -> None:
    keeping = sorted(set(targets().profiles) - set(FALL_THROUGH))
    text = made_up({"start": [{"dial": {"to": "desk", "then": "end"}}]})
    text = text.replace(json.dumps(FALL_THROUGH).encode(), json.dumps(keeping).encode())
    one, other = both(flow_from_text(PLACE, text))
    assert one.files is not None
    assert keeping
    assert one.files == other.files
