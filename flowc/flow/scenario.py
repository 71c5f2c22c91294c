"""Scenarios: what happens in a call, and what is expected of it, as the author writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, cast

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, suggestion, written
from flowc.flow.convert import CONVERT
from flowc.flow.model import Flow
from flowc.flow.values import Duration, Setting
from flowc.profiles.speech import KEY_MS
from flowc.project.variables import LoadedFile
from flowc.syntax import Data, Map, Seq

#: What an item of `play` may be about; the last ones need no value.
_SECONDS = ("wait", "record", "stay")


class Behaviour(NamedTuple):
    """What somebody does who is dialled.

    `outcome` is busy, failed, no-answer, timeout, or answer: then after so many seconds the call is taken, the keys
    are pressed (empty: none), and so many seconds are talked.
    """

    outcome: str = "no-answer"
    after: int = 5
    keys: str = ""
    talk: int = 30


class Item(NamedTuple):
    """One thing that happens: its verb (hear, press, speak, wait, silence, ring, record, stay, full, hangup).

    `ring` says what those do who are dialled, and `rung` where each is named; keys come one by one, `every` so many
    milliseconds.
    """

    verb: str
    text: str
    seconds: int
    ring: Mapping[str, Behaviour]
    rung: Mapping[str, NodeRef]
    at: NodeRef
    every: int = KEY_MS


class ExpectedRequest(NamedTuple):
    """A request that is expected: its URL, its kind (either may be empty), and parameters that it must have."""

    url: str
    kind: str
    parameters: Mapping[str, str]
    at: NodeRef


class Scenario(NamedTuple):
    """One scenario: facts of the call, what happens, and the expectations by their names, each with its place.

    `targets` are those on which it is played, where it is not on all of the flow's. `call` is the name of the call that
    is made; empty: one comes in. `fallback` says that the answer cannot be had.
    """

    name: str
    call: str
    fallback: bool
    targets: tuple[Setting, ...]
    facts: Mapping[str, Setting]
    play: tuple[Item, ...]
    expect: Mapping[str, tuple[Setting, ...]]
    told: tuple[ExpectedRequest, ...]
    at: NodeRef
    made: NodeRef

    def is_for(self, target: str) -> bool:
        """Whether it is played on this target."""
        return not self.targets or target in [one.value for one in self.targets]


#: What a scenario may say of the call as a whole.
_FACTS = ("from", "to", "direction", "forwarded_from", "machine")
#: Expectations that name steps, and those that name who is dialled.
_STEPS = ("reach", "not_reach")
_NUMBERS = ("dialled", "not_dialled")
_EVERYBODY = "all"


def check_scenarios(flow: Flow, scenarios: Iterable[Scenario]) -> Iterator[Finding]:
    """FC301 a step that there is not, FC302 a number that nothing dials, FC342 a target that the flow is not for,
    FC349 a call that there is not.
    """
    steps = {step.name for step in flow.steps}
    numbers = {callee.name or callee.address for callee in flow.numbers}
    numbers |= {
        callee.name or callee.address for step in flow.steps for action in step.actions for callee in action.parties()
    }
    calls = {request.name for request in flow.requests if request.sender is not None}
    for scenario in scenarios:
        for target in scenario.targets:
            if target.value not in flow.targets:
                help_ = f"It is for {listing(flow.targets, 'and')}; take one of these, or leave the scenario out."
                yield Finding("FC342", target.at, f"the flow is not for {target.value}", help_)
        if scenario.call and scenario.call not in calls:
            help_ = suggestion(scenario.call, calls) or "Name one that stands under calls:."
            yield Finding("FC349", scenario.made, f'there is no call "{scenario.call}"', help_)
        for name in _STEPS:
            for wanted in scenario.expect.get(name, ()):
                if wanted.value not in steps:
                    help_ = suggestion(str(wanted.value), steps) or "Name a step of the flow."
                    yield Finding("FC301", wanted.at, f'there is no step "{wanted.value}"', help_)
        named = [(str(one.value), one.at) for name in _NUMBERS for one in scenario.expect.get(name, ())]
        named += [(name, at) for item in scenario.play for name, at in item.rung.items() if name != _EVERYBODY]
        for number, at in named:
            if number not in numbers:
                help_ = suggestion(number, numbers) or "Name a number of the phone book, or one that the flow dials."
                yield Finding("FC302", at, f'nothing dials "{number}"', help_)


def read_scenarios(document: LoadedFile) -> Iterator[Scenario]:
    """The scenarios of a document that its schema has accepted: of a flow, or of a file beside it."""
    tests = document.data.get("tests")
    if isinstance(tests, Map):
        for name, value in tests.items():
            yield _scenario(document, name, cast(Map, value), NodeRef(document.file, tests.node, name, "key"))


def _scenario(document: LoadedFile, name: str, data: Map, at: NodeRef) -> Scenario:
    where = NodeRef(document.file, data.node)
    facts = {key: Setting(key, written(data[key]), where.of(key)) for key in _FACTS if key in data}
    play = data.get("play")
    expect = data.get("expect")
    return Scenario(
        name=name,
        call=str(data.get("call", "")),
        fallback=data.get("fallback") is True,
        targets=tuple(_targets(document, data)),
        facts=facts,
        play=tuple(_items(document, play)) if isinstance(play, Seq) else (),
        expect=dict(_expectations(document, expect)) if isinstance(expect, Map) else {},
        told=tuple(_told(document, expect)) if isinstance(expect, Map) else (),
        at=at,
        made=NodeRef(document.file, data.node, "call"),
    )


def _targets(document: LoadedFile, data: Map) -> Iterator[Setting]:
    targets = data.get("targets")
    for index, name in enumerate(targets if isinstance(targets, Seq) else ()):
        yield Setting("", str(name), NodeRef(document.file, cast(Seq, targets).node, index))


def _items(document: LoadedFile, play: Seq) -> Iterator[Item]:
    for index, entry in enumerate(play):
        if not isinstance(entry, Map):
            yield Item(
                verb=str(entry), text="", seconds=0, ring={}, rung={}, at=NodeRef(document.file, play.node, index)
            )
            continue
        ((verb, value),) = entry.items()
        at = NodeRef(document.file, entry.node, verb, "key")
        if verb == "press" and isinstance(value, Map):
            yield Item(
                verb=verb, text=str(value["keys"]), seconds=0, ring={}, rung={}, at=at, every=_duration(value["every"])
            )
            continue
        seconds = _seconds(value) if verb in _SECONDS else 0
        rings = {key: _behaviour(one) for key, one in value.items()} if isinstance(value, Map) else {}
        rung = {key: NodeRef(document.file, value.node, key, "key") for key in rings} if isinstance(value, Map) else {}
        yield Item(verb=verb, text="" if rings else str(value), seconds=seconds, ring=rings, rung=rung, at=at)


def _behaviour(value: Data) -> Behaviour:
    if not isinstance(value, Map):
        return Behaviour("answer" if value == "answer" else str(value))
    return Behaviour(
        "answer",
        _seconds(value["answer"]),
        str(value.get("press", "")),
        _seconds(value["talk"]) if "talk" in value else Behaviour().talk,
    )


def _seconds(value: Data) -> int:
    return _duration(value) // 1000


def _duration(value: Data) -> int:
    """A duration in milliseconds."""
    duration = CONVERT["duration"](value)
    assert isinstance(duration, Duration)
    return duration.ms


def _expectations(document: LoadedFile, expect: Map) -> Iterator[tuple[str, tuple[Setting, ...]]]:
    where = NodeRef(document.file, expect.node)
    for name, value in expect.items():
        if name == "told":
            continue
        if isinstance(value, Map):
            inner = NodeRef(document.file, value.node)
            bounds = ((key, _seconds(bound) if key == "seconds" else cast(int, bound)) for key, bound in value.items())
            yield name, tuple(Setting(key, bound, inner.of(key)) for key, bound in bounds)
        elif isinstance(value, Seq):
            places = NodeRef(document.file, value.node)
            yield name, tuple(Setting("", str(one), places.of(index)) for index, one in enumerate(value))
        else:
            yield name, (Setting("", str(value), where.of(name)),)


def _told(document: LoadedFile, expect: Map) -> Iterator[ExpectedRequest]:
    told = expect.get("told")
    for index, one in enumerate(told if isinstance(told, Seq) else ()):
        place = NodeRef(document.file, cast(Seq, told).node, index)
        if isinstance(one, Map):
            parameters = one.get("parameters")
            given = {key: str(value) for key, value in parameters.items()} if isinstance(parameters, Map) else {}
            yield ExpectedRequest(str(one.get("url", "")), str(one.get("kind", "")), given, place)
        else:
            yield ExpectedRequest(str(one), "", {}, place)
