"""A broken compiler is caught: what it wrote is made wrong, and scenarios or the exploration of all calls notice.

So is a compiler that was broken in its source (tests/meaning/mutants.py): what it makes of the flows of tests/meaning
is not what these say of themselves. No golden file is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from flowc.bundle.manifest import MANIFEST
from flowc.bundle.manifest_reader import read_manifest
from flowc.driver.results import Bundle
from flowc.project.options import Options
from flowc.simulate import trials
from flowc.simulate.rules import Does
from tests.conftest import ROOT, TESTS
from tests.meaning.claims import FLOWS, faults, misled
from tests.meaning.mutant_detection import noticed
from tests.meaning.mutants import chosen, listed, written
from tests.meaning.source_mutations import Mutation as SourceMutation
from tests.meaning.source_mutations import mutations
from tests.samples.built_flows import compiled, targets

_FLOW = TESTS / "calls" / "simulate" / "mutant.flow.yaml"
_MADE = ROOT / "examples" / "reminders"
#: How a call of this flow may end, and no otherwise.
_MEANT = {"hangup", "caller", "server", "talked", "declined", "machine"}
_BASE = "https://calls.example.com/base"
_PLIVO = "plivo/mutant"
_TWIML = "twiml/mutant"


class Mutation(NamedTuple):
    """What a broken compiler would write: in the files of this pattern, `new` wherever the expression `old` matches."""

    name: str
    files: str
    old: str
    new: str


_MUTATIONS = [
    # Routes
    Mutation("the cases of a menu are swapped", MANIFEST, "room.xml", "code.xml"),
    Mutation("a case has another value", MANIFEST, '"value": "2"', '"value": "4"'),
    Mutation("a code loses its last digit", MANIFEST, '"value": "1234"', '"value": "123"'),
    Mutation("a finished talk rings the next one", MANIFEST, '"value": "completed"', '"value": "answered"'),
    Mutation("a busy line is said in another case", MANIFEST, '"value": "busy"', '"value": "BUSY"'),
    Mutation(
        "no input and no match change places",
        MANIFEST,
        f'"default": "{_PLIVO}/wrong.xml", "empty": "{_PLIVO}/tape.xml"',
        f'"default": "{_PLIVO}/tape.xml", "empty": "{_PLIVO}/wrong.xml"',
    ),
    Mutation("a route reads another parameter", MANIFEST, '"parameter": "Digits"', '"parameter": "digits"'),
    Mutation("a dial's route reads another parameter", MANIFEST, '"DialStatus"', '"DialCallStatus"'),
    Mutation("a switch looks at who calls", MANIFEST, '"parameter": "To"', '"parameter": "From"'),
    Mutation("a switch knows numbers by their plus only", MANIFEST, r"\+12025550101", "12025550101"),
    Mutation(
        "a second try leads on at once",
        MANIFEST,
        f'"default": "{_PLIVO}/_/[^"]*"(.*menu/gather")',
        rf'"default": "{_PLIVO}/tape.xml"\1',
    ),
    Mutation("a screening accepts another key", MANIFEST, f'("{_TWIML}/_/[^"]*", "value"): "1"', r'\1: "9"'),
    Mutation("a route is another's", MANIFEST, f'"path": "{_PLIVO}/night/dial"', f'"path": "{_PLIVO}/night/dial/2"'),
    # Who is asked, and how
    Mutation("a redirect loses its method", f"{_PLIVO}/wrong.xml", '<Redirect method="GET">', "<Redirect>"),
    Mutation("a conference loses its method", f"{_PLIVO}/room.xml", ' method="GET">waiting', ">waiting"),
    Mutation("a screening loses its method", f"{_TWIML}/help.xml", '.xml" method="GET">', '.xml">'),
    Mutation("a gather asks another route", f"{_PLIVO}/code.xml", "code/gather", "menu/gather"),
    Mutation("a gather asks nowhere", f"{_PLIVO}/code.xml", "code/gather", "code/digits"),
    Mutation("a gather loses its action", f"{_PLIVO}/code.xml", f'action="{_BASE}/{_PLIVO}/code/gather" ', ""),
    Mutation("a dial loses its action", f"{_PLIVO}/night.xml", f'action="{_BASE}/{_PLIVO}/night/dial" ', ""),
    Mutation("a dial does not follow its answer", f"{_PLIVO}/help.xml", "<Dial ", '<Dial redirect="false" '),
    Mutation("a gather does not follow its answer", f"{_PLIVO}/code.xml", "<GetInput ", '<GetInput redirect="false" '),
    Mutation("a recording goes to another server", f"{_PLIVO}/tape.xml", "x.example.com", "y.example.com"),
    Mutation("a recording is kept here", f"{_PLIVO}/tape.xml", "https://x.example.com/recorded", f"{_BASE}/x"),
    Mutation("a base URL loses its path", f"{_PLIVO}/wrong.xml", _BASE, _BASE.removesuffix("/base")),
    Mutation("a redirect leads to itself", f"{_PLIVO}/wrong.xml", "/tape.xml", "/wrong.xml"),
    Mutation("a redirect leads back to the menu", f"{_PLIVO}/wrong.xml", "/tape.xml", "/menu.xml"),
    Mutation("a redirect is lost", f"{_PLIVO}/code.xml", " *<Redirect.*</Redirect>", ""),
    Mutation("a hangup is lost", f"{_PLIVO}/shut.xml", "  <Hangup/>\n", ""),
    Mutation("a hangup comes too early", f"{_PLIVO}/menu.xml", "<Speak>Welcome to", "<Hangup/><Speak>Welcome to"),
    # Who is dialled
    Mutation("a number is lost", f"{_PLIVO}/night.xml", r" *<Number>\+12025550143</Number>", ""),
    Mutation("every number is lost", f"{_PLIVO}/help.xml", r" *<Number>\+12025550143</Number>", ""),
    Mutation("a number is wrong", f"{_PLIVO}/help.xml", r"\+12025550143", "+12025550134"),
    Mutation("numbers ring in another order", f"{_PLIVO}/help.xml", r"\+12025550143", "+12025550123"),
    Mutation("a talk has no limit", f"{_PLIVO}/night.xml", ' timeLimit="60"', ""),
    Mutation("a limit is in milliseconds", f"{_TWIML}/night.xml", 'timeLimit="60"', 'timeLimit="60000"'),
    Mutation("it rings too long", f"{_PLIVO}/night.xml", ' timeout="15"', ""),
    Mutation("it rings too short", f"{_PLIVO}/night.xml", 'timeout="15"', 'timeout="5"'),
    Mutation("a confirmation takes another key", f"{_PLIVO}/help.xml", 'confirmKey="1"', 'confirmKey="2"'),
    Mutation("a confirmation plays nothing", f"{_PLIVO}/help.xml", r"/_/\w+\.xml", "/_/nothing.xml"),
    Mutation("a screening runs nothing", f"{_TWIML}/help.xml", r"/_/\w+\.xml", "/shut.xml"),
    # What is pressed
    Mutation("a key finishes that is a case", f"{_PLIVO}/menu.xml", 'finishOnKey="#"', 'finishOnKey="1"'),
    Mutation("too few digits are taken", f"{_PLIVO}/code.xml", 'numDigits="4"', 'numDigits="1"'),
    Mutation("keys are not listened to", f"{_PLIVO}/menu.xml", 'inputType="dtmf"', 'inputType="speech"'),
    Mutation("keys are not listened to on the other", f"{_TWIML}/menu.xml", 'input="dtmf"', 'input="speech"'),
    # What is heard
    Mutation("a prompt is lost", f"{_PLIVO}/code.xml", "    <Speak>Your code please.</Speak>\n", ""),
    Mutation("a text is another's", f"{_TWIML}/wrong.xml", "no such choice", "nobody here"),
    Mutation("a text is lost in part", f"{_PLIVO}/bye.xml", "Goodbye.", "."),
    Mutation("two texts change places", f"{_PLIVO}/tape.xml", "Leave a message.", "Nothing was said."),
    # Documents
    Mutation("an element has another's name", f"{_PLIVO}/shut.xml", "Speak>", "Say>"),
    Mutation("a gather has another's name", f"{_TWIML}/code.xml", "Gather", "GetInput"),
    Mutation("a root has another name", f"{_PLIVO}/shut.xml", "Response>", "response>"),
    Mutation("an element is not closed", f"{_PLIVO}/shut.xml", "</Speak>", ""),
    Mutation("a text is not escaped", f"{_TWIML}/shut.xml", "We are", "You & we are"),
    Mutation("a document is empty", f"{_PLIVO}/help.xml", r"(?s)^.*$", ""),
]


#: Broken bodies for the API of a carrier: of the number that is called, and of the calls that are made.
_ASKED = [
    Mutation("a call begins elsewhere", MANIFEST, "reminders/tell.xml", "reminders/comes.xml"),
    Mutation("a call is answered by POST", MANIFEST, '("answer_method"): "GET"', r'\1: "POST"'),
    Mutation("a call has another fallback", MANIFEST, '("fallback_url": "[^"]*)/bye.xml', r"\1/tell.xml"),
    Mutation("a call loses its fallback", MANIFEST, '"fallback_url"', '"fallback_answer_url"'),
    Mutation("a fallback is asked by POST", MANIFEST, '"fallback_method": "GET"', '"fallback_method": "POST"'),
    Mutation("the end of a call is told elsewhere", MANIFEST, "hooks/reminded", "hooks/reminder"),
    Mutation("the end of a call is told nobody", MANIFEST, '"hangup_url": "https://crm', '"hangup": "https://crm'),
    Mutation("a machine is spoken to", MANIFEST, '"machine_detection": "hangup"', '"machine_detection": "true"'),
    Mutation("a machine is hung up on", MANIFEST, '"machine_detection": "true"', '"machine_detection": "hangup"'),
    Mutation("a machine is told of elsewhere", MANIFEST, "hooks/machine", "hooks/machines"),
    Mutation("a ring URL is lost", MANIFEST, '"ring_url"', '"ring"'),
    Mutation("a number has another fallback", MANIFEST, '("fallback_answer_url": "[^"]*)/away', r"\1/welcome"),
    Mutation("a number loses its fallback", MANIFEST, '"VoiceFallbackUrl"', '"VoiceFallback"'),
    Mutation("a number is answered elsewhere", MANIFEST, '("VoiceUrl": "[^"]*)/welcome', r"\1/away"),
    Mutation("a number is answered by POST", MANIFEST, '"VoiceMethod": "GET"', '"VoiceMethod": "POST"'),
    Mutation("a number tells its end elsewhere", MANIFEST, "hooks/hangup", "hooks/reminded"),
]


@cache
def _bundle(path: Path = _FLOW) -> Bundle:
    return compiled(path, Options(scenarios=True))


def _mutated(mutation: Mutation, flow: Path = _FLOW) -> Bundle:
    """The bundle of a flow as the mutation has it; every file of the pattern must change."""
    files = dict(_bundle(flow).files or {})
    paths = [path for path in files if fnmatch(path, mutation.files)]
    assert paths
    for path in paths:
        text = files[path].decode()
        new = re.sub(mutation.old, mutation.new, text)
        assert new != text, path
        files[path] = new.encode()
    return _bundle(flow)._replace(files=files, manifest=read_manifest(files[MANIFEST]))


def _noticed(bundle: Bundle) -> Iterator[str]:
    """What scenarios and exploration find fault with."""
    yield from misled(list(trials(bundle, targets())), _MEANT)


@pytest.mark.parametrize("path", [_FLOW, _MADE], ids=["flow", "calls"])
def test_nothing_is_noticed_in_what_was_compiled(path: Path) -> None:
    assert not list(_noticed(_bundle(path)))


@pytest.mark.parametrize("mutation", _MUTATIONS, ids=lambda mutation: mutation.name)
def test_noticed(mutation: Mutation) -> None:
    assert next(_noticed(_mutated(mutation)), None)


@pytest.mark.parametrize("mutation", _ASKED, ids=lambda mutation: mutation.name)
def test_noticed_in_what_is_asked_of_an_api(mutation: Mutation) -> None:
    assert next(_noticed(_mutated(mutation, _MADE)), None)


def test_a_dial_without_numbers_can_only_fail() -> None:
    lost = Mutation("every number is lost", f"{_PLIVO}/night.xml", r" *<Number>.*</Number>\n", "")
    (trial,) = [trial for trial in trials(_mutated(lost), targets()) if trial.entry.target == "plivo"]
    asked = [(turn.pending, turn.outcomes) for _, turn in trial.explorer.all(trial.begin()) if turn.pending]
    ways = [ways for pending, ways in asked if pending.kind is Does.DIAL and not pending.callees]
    assert [list(names) for names in ways] == [["failed"]]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.name)
def test_a_flow_means_what_it_says_of_itself(flow: Path) -> None:
    assert list(faults(flow)) == []


@pytest.mark.parametrize("mutation", chosen(), ids=lambda mutation: mutation.name)
def test_a_mutation_of_the_source_is_noticed(mutation: SourceMutation) -> None:
    assert noticed(mutation)


@pytest.mark.parametrize("mutation", written().values(), ids=written())
def test_a_mutation_that_was_missed_once_is_noticed(mutation: SourceMutation) -> None:
    assert noticed(mutation)


def test_enough_mutations_of_the_source_are_tried_everywhere() -> None:
    assert len(chosen()) >= 100
    tried = {one.path.parent.name for one in chosen()}
    assert tried == {"lower", "spell", "emit"}


def test_a_mutation_is_made_under_one_name() -> None:
    names = [one.name for one in mutations()]
    assert len(set(names)) == len(names)
    assert listed().keys() <= set(names)
    assert [name for name, reason in listed().items() if not reason] == []
