"""The worst case that is read off the model is the one that playing every call finds."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from flowc.driver.results import Bundle
from flowc.lower.measures import Measures
from flowc.lower.worst_case import longest
from flowc.simulate import Trial, trials
from tests.calls.played_worst_case import played_worst_case
from tests.conftest import ROOT
from tests.samples.built_flows import FLOWS, compiled, targets

#: What differs, and why: a carrier that asks its action URL with an empty recording never comes to what stands behind a
#: record with `action:`. The table of a target does not say which carriers do, so the longer way is taken.
_EMPTY_RECORDINGS = {("appointments", target) for target in ("rcml", "callapi", "cxml")}


@pytest.fixture(scope="module")
def examples() -> Bundle:
    return compiled(ROOT / "examples")


def _names(trial: Trial) -> tuple[str, str]:
    return (trial.flow.name, trial.entry.target)


def _compared(bundle: Bundle) -> set[tuple[str, str]]:
    """The flows and targets of a bundle whose bounded worst cases were compared; a difference fails."""
    compared = set()
    for trial in trials(bundle, targets()):
        name = _names(trial)
        played = played_worst_case(trial.explorer, trial.own_starts())
        read = longest(bundle.checked.programs[name], targets().profiles[name[1]], bundle.checked.linked(*name))
        assert (played is None) == (read.most.time == inf) == bool(read.loop), name
        if played is None:
            continue
        compared.add(name)
        assert played.dials == read.most.dials, name
        assert played.fetches == read.most.fetches - (name in _EMPTY_RECORDINGS), name
        # Who presses a key does so at once when calls are played, and at the last moment here.
        assert played.seconds * 1000 <= read.most.time <= played.seconds * 1000 + 60_000, name
    return compared


def test_what_every_call_takes_is_what_was_read_off_the_model(examples: Bundle) -> None:
    compared = _compared(examples)
    assert len(compared) > len(examples.checked.programs) / 2
    assert compared >= _EMPTY_RECORDINGS


@pytest.mark.parametrize("flow", [path for path in FLOWS if path.parent.name == "ok"], ids=lambda path: path.name)
def test_the_worst_case_of_every_case_is_the_one_that_exploring_finds(flow: Path) -> None:
    bundle = compiled(flow)
    compared = _compared(bundle)
    rounds = {
        name for name, program in bundle.checked.programs.items() if longest(program, targets().profiles[name[1]]).loop
    }
    assert compared | rounds == bundle.checked.programs.keys()


def test_a_round_bounds_what_it_does_not_take(examples: Bundle) -> None:
    name = ("business-line", "plivo")
    most, circle = longest(examples.checked.programs[name], targets().profiles["plivo"])
    assert circle == ("menu", "hours", "menu")
    assert (most.time, most.prompts, most.fetches) == (inf, inf, inf)
    # Out of the menu: the sales team, then the office.
    assert (most.dials, most.ringing) == (2, 50_000)


_HOUR = 3_600_000


def test_the_talk_that_a_length_names_is_part_of_the_longest_call() -> None:
    talked, stayed = Measures(time=_HOUR + 22_000, talking=_HOUR, dials=1), Measures(time=2 * _HOUR)
    assert talked.length() == "1h22s (including 1h of talking)"
    for most in (talked.or_more(stayed), stayed.or_more(talked)):
        assert (most.length(), most.dials) == ("2h", 1)


def test_of_two_calls_of_one_length_the_one_with_more_talk_counts() -> None:
    assert Measures(time=_HOUR).or_more(Measures(time=_HOUR, talking=9000)).length() == "1h (including 9s of talking)"


def test_a_scheduled_hangup_cuts_the_talk_off() -> None:
    assert Measures(time=2 * _HOUR, talking=2 * _HOUR).within(60_000).length() == "1m (including 1m of talking)"
