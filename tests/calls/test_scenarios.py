"""The scenarios of the examples, played; and what is said of scenarios that expect something else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.project.options import Options
from flowc.simulate import Trial, trials
from flowc.simulate.coverage import cover
from flowc.simulate.player import Played
from flowc.simulate.results import is_meant
from flowc.syntax import locate
from tests.conftest import ROOT
from tests.samples.built_flows import compiled, targets

EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir() and not path.name.startswith("_"))


def _played(path: Path) -> Iterator[tuple[Trial, list[Played]]]:
    """The flows of a path on each of their targets, with all their scenarios played."""
    bundle = compiled(path, Options(scenarios=True))
    assert bundle.diagnostics == ()
    for trial in trials(bundle, targets()):
        yield trial, [trial.player.play(scenario) for scenario in trial.scenarios]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_the_scenarios_of_an_example_hold_and_try_it_all(example: Path) -> None:
    written = {path.name.removesuffix(".flow.yaml") for path in example.rglob("*.flow.yaml")}
    ran = set()
    for trial, played in _played(example):
        failures = {one.scenario.name: one.failure.message for one in played if one.failure}
        assert failures == {}, trial.entry.target
        tried = cover(trial.explorer, trial.starts(), played, trial.steps(), trial.flow)
        assert [name for name, reached in tried.steps if not reached] == [], trial.entry.target
        assert [(way.action, way.outcome, way.at) for way in tried.outcomes if not way.tried] == [], trial.entry.target
        ran |= {trial.flow.name for _ in played[:1]}
    assert ran == written


def test_nothing_is_wrong_with_the_examples_on_any_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(commands, ["explore", "examples"], catch_exceptions=False)
    flows = [f"{trial.flow.name} on {trial.entry.target}" for trial in trials(compiled(ROOT / "examples"), targets())]
    # A line for each flow on each target; whatever else is said is a fault or a difference.
    assert sorted(line.partition(":")[0] for line in result.output.splitlines()) == sorted(flows)
    assert result.exit_code == 0


#: A line that two people answer, and a mailbox that is the server's.
FLOW = """\
flowc: 1
name: clinic
targets: [plivo]
base_url: https://flows.example.com
numbers: {desk: "+12025550143", nurse: "+12025550123"}
entry: menu
steps:
  menu:
    - gather:
        digits: 1
        prompt: [{say: "For an appointment, press 1."}]
        then: {"1": desk, else: bye}
  desk:
    - dial: {to: [desk, nurse], ring: in-turn, timeout: 20s, then: {completed: end, else: mailbox}}
  mailbox:
    - say: Leave a message.
    - record: {max_length: 1m, action: https://crm.example.com/recorded}
    - hangup
  bye:
    - say: Goodbye.
    - hangup
"""

URL = "https://crm.example.com/recorded"
BUSY = 'play: [press: "1", ring: {all: busy}, hear: leave a message, record: 12s]'
TALK = 'play: [press: "1", ring: {desk: {answer: 5s, talk: 40s}}]'

#: What a scenario says, what is said of it, and from where on it is marked.
WRONG = {
    "reach": (
        f"{BUSY}, expect: {{reach: [desk, bye]}}",
        "the call reached menu, desk, mailbox, not bye",
        "bye]}}",
    ),
    "reach in another order": (
        f"{BUSY}, expect: {{reach: [mailbox, desk]}}",
        "the call reached menu, desk, mailbox, not desk",
        "desk]}}",
    ),
    "not_reach": (f"{BUSY}, expect: {{not_reach: mailbox}}", "the call reached mailbox", "mailbox}}"),
    "dialled": (f"{TALK}, expect: {{dialled: [desk, nurse]}}", "desk was dialled, not nurse", "nurse]}}"),
    "not_dialled": (f"{BUSY}, expect: {{not_dialled: nurse}}", "nurse was dialled", "nurse}}"),
    "outcome": (
        f"{BUSY}, expect: {{outcome: [busy, completed]}}",
        "the dials ended as busy, busy, not completed",
        "completed]}}",
    ),
    "hear": (f"{TALK}, expect: {{hear: Goodbye}}", '"Goodbye" was not heard', "Goodbye}}"),
    "ends": (f"{BUSY}, expect: {{ends: hangup}}", "the call ended by server, not by hangup", "hangup}}"),
    "told a URL": (f"{TALK}, expect: {{told: [{URL}]}}", f"{URL} was not requested", f"{URL}]}}}}"),
    "told a parameter": (
        f"{BUSY}, expect: {{told: [{{url: {URL}, parameters: {{RecordingDuration: 9}}}}]}}",
        f"{URL} was requested with RecordingDuration 12, not 9",
        "{url",
    ),
    "told a parameter that is empty": (
        f"{BUSY}, expect: {{told: [{{url: {URL}, parameters: {{Digits: '#'}}}}]}}",
        f"{URL} was requested with Digits nothing, not #",
        "{url",
    ),
    "told by its kind": (
        f"{BUSY}, expect: {{told: [{{kind: hangup}}]}}",
        "the hangup URL was not requested",
        "{kind",
    ),
    "told a parameter by its kind": (
        f"{BUSY}, expect: {{told: [{{kind: record-action, parameters: {{RecordingDuration: 9}}}}]}}",
        "the record-action URL was requested with RecordingDuration 12, not 9",
        "{kind",
    ),
    "told by another kind": (
        f"{BUSY}, expect: {{told: [{{url: {URL}, kind: record-events}}]}}",
        f"{URL} was not requested",
        "{url",
    ),
    "told by no kind": (
        f"{BUSY}, expect: {{told: [{{kind: record-actoin}}]}}",
        'unknown kind of request "record-actoin"',
        "{kind",
    ),
    "at most seconds": (
        f"{TALK}, expect: {{at_most: {{seconds: 40s}}}}",
        "the call took 47s, more than 40s",
        "40s}}}",
    ),
    "at most dials": (f"{BUSY}, expect: {{at_most: {{dials: 1}}}}", "the call took 2 dials, more than 1", "1}}}"),
    "heard something else": (
        'play: [hear: press 2, press: "1"], expect: {ends: caller}',
        '"press 2" is not heard here, but: For an appointment, press 1.',
        "hear: press 2",
    ),
    "heard again": (
        "play: [hear: press 1, hear: press 1], expect: {ends: caller}",
        '"press 1" is not heard here, but: nothing',
        "hear: press 1]",
    ),
    "heard before the last key": (
        'play: [press: "1", ring: {all: busy}, record: 5s, hear: press 1], expect: {ends: server}',
        '"press 1" is not heard here, but: nothing',
        "hear: press 1]",
    ),
    "a wait that is too long for the gather": (
        'play: [hear: press 1, wait: 40s, press: "1", hear: leave], expect: {ends: server}',
        "the call ended before this could happen: Normal Hangup",
        'press: "1"',
    ),
    "left before": (
        'play: [hear: press 1, hangup, press: "1"], expect: {ends: caller}',
        "the call ended before this could happen: Normal Hangup",
        'press: "1"',
    ),
    "another thing happens": (
        "play: [record: 5s], expect: {ends: caller}",
        "the call waits for keys, speech or silence here, not for record",
        "record: 5s",
    ),
    "nobody behaves at all": (
        'play: [press: "1", record: 5s], expect: {ends: server}',
        "no ring item says what desk does when dialled",
        'press: "1"',
    ),
    "nobody behaves": (
        'play: [press: "1", ring: {desk: busy}, record: 5s], expect: {ends: server}',
        "no ring item says what nurse does when dialled",
        "ring: {desk",
    ),
    "over before": (
        f'{TALK[:-1]}, press: "2"], expect: {{ends: hangup}}',
        "the call ended before this could happen: Normal Hangup",
        'press: "2"',
    ),
}


@pytest.mark.parametrize(("said", "message", "marked"), WRONG.values(), ids=WRONG)
def test_a_wrong_expectation_is_told(
    said: str, message: str, marked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flow, beside = Path("clinic.flow.yaml"), Path("clinic.test.yaml")
    flow.write_text(FLOW, "utf-8")
    line = f"tests: {{call: {{{said}}}}}"
    beside.write_text(f"flow: {flow}\n{line}\n", "utf-8")
    ((_, (played,)),) = _played(flow)
    assert played.failure is not None
    span = locate(played.failure.at).span
    assert span is not None
    assert played.failure.message == message
    assert (played.failure.at.file.path, span.line) == (str(beside), 2)
    assert line[span.column - 1 :].startswith(marked)


#: A scenario in the flow itself that expects too much, and what is said of it: the call, then the place.
TESTS = """\
tests:
  busy:
    play: [press: "1", ring: {desk: busy, nurse: answer}]
    expect: {reach: mailbox}
"""
REPORT = """\
failed clinic: busy (plivo)
      0.0 s  fetched   GET https://flows.example.com/plivo/clinic/menu.xml
      0.0 s  heard     For an appointment, press 1.  menu, line 9
      2.0 s  pressed   1  menu, line 9
      2.5 s  fetched   GET https://flows.example.com/plivo/clinic/menu/gather  menu, line 9
      4.5 s  dialled   desk: busy  desk, line 14
      4.5 s  fetched   GET https://flows.example.com/plivo/clinic/desk/dial  desk, line 14
     39.5 s  dialled   nurse: completed  desk, line 14
     39.5 s  fetched   GET https://flows.example.com/plivo/clinic/desk/dial/2  desk, line 14
     39.5 s  ended     Normal Hangup (4000)
clinic.flow.yaml:25:21: error[FC340] busy on plivo: the call reached menu, desk, not mailbox
 25 |     expect: {reach: mailbox}
    |                     ^^^^^^^
1 played, 1 failed
"""


def test_a_failed_call_is_told_as_it_went(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clinic.flow.yaml").write_text(FLOW + TESTS, "utf-8")
    result = CliRunner().invoke(commands, ["test", "clinic.flow.yaml"], catch_exceptions=False)
    assert (result.output, result.exit_code) == (REPORT, 1)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", {"busy", "nurse-busy", "night"}),
        ("busy", {"busy", "nurse-busy"}),
        ("busy and not nurse", {"busy"}),
        ("not busy", {"night"}),
        ("nurse  or night", {"nurse-busy", "night"}),
        ("not busy and nurse or night", {"night"}),
    ],
)
def test_scenarios_are_chosen_by_an_expression(words: str, meant: set[str]) -> None:
    assert {name for name in ("busy", "nurse-busy", "night") if is_meant(name, words)} == meant


#: One number by two names, and two who ring together.
SHARED = """\
flowc: 1
name: ward
targets: [plivo]
base_url: https://flows.example.com
numbers: {day: "+12025550143", night: "+12025550143", nurse: "+12025550123"}
entry: start
steps:
  start:
    - dial: {to: day, then: {completed: end, else: next}}
    - dial: {to: [nurse, night], timeout: 20s, then: {completed: end, else: next}}
    - hangup
tests:
  second:
    play: [ring: {day: busy, nurse: {answer: 9s}, night: {answer: 3s}}]
    expect: {dialled: [day, nurse, night], hear: Nobody}
"""


def test_who_is_dialled_goes_by_the_name_that_stands_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ward.flow.yaml").write_text(SHARED, "utf-8")
    result = CliRunner().invoke(commands, ["test", "ward.flow.yaml"], catch_exceptions=False)
    dialled = [line.strip() for line in result.output.splitlines() if " dialled " in line]
    assert dialled == [
        "2.0 s  dialled   day: busy  start, line 9",
        "35.0 s  dialled   nurse, night: completed (night answered)  start, line 10",
    ]
