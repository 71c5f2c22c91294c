"""Reads and checks scenarios: what happens in a call, and what is expected of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, nearest, suggestion, written
from flowc.flow.convert import CONVERT
from flowc.flow.links import FlowLinks
from flowc.flow.model import Flow, servers
from flowc.flow.values import Duration, Setting, flow_of
from flowc.flow.verbs import HANGUP, QUEUE
from flowc.profiles.speech import KEY_MS
from flowc.project.variables import LoadedFile
from flowc.syntax import Data, Map, Seq

#: The behaviour of a callee or an agent who answers.
ANSWERS = "answer"
#: The items of `play` whose value is a duration.
_SECONDS = ("wait", "record", "stay")


class Behaviour(NamedTuple):
    """What a callee does, or what becomes of a caller in a queue: answer, wait (in vain), full or failed.

    `outcome` is busy, failed, no-answer, timeout, or answer: then the call is answered `after` seconds, the keys are
    pressed (empty: none), and the talk lasts `talk` seconds.
    """

    outcome: str = "no-answer"
    after: int = 5
    keys: str = ""
    talk: int = 30
    position: int = 1


class Item(NamedTuple):
    """An event of a call: its verb.

    It is hear, press, speak, wait, silence, ring, queue, record, stay, full, server or hangup.

    `ring` is the behaviour of each callee, and `rung` the place of its name; keys are pressed one by one, with `every`
    milliseconds between them. `queue` is what becomes of callers in queues.
    """

    verb: str
    text: str
    seconds: int
    ring: Mapping[str, Behaviour]
    rung: Mapping[str, NodeRef]
    at: NodeRef
    every: int = KEY_MS
    queue: Behaviour | None = None


class ExpectedRequest(NamedTuple):
    """An expected request: its URL, its kind (either may be empty), and parameters that it must contain."""

    url: str
    kind: str
    parameters: Mapping[str, str]
    at: NodeRef


class Scenario(NamedTuple):
    """A scenario: facts of the call, its events, and the expectations by their names, each with its place.

    `targets` are those on which it is played (empty: all of the flow's). `call` is the name of the outgoing call;
    empty: the call is incoming. `fallback` says that the answer URL fails. `requests` are the expected requests.
    `began` is the time at which the call begins, as it is written; `hours` are words of calendars that count instead.
    """

    name: str
    call: str
    fallback: bool
    targets: tuple[Setting, ...]
    facts: Mapping[str, Setting]
    play: tuple[Item, ...]
    expect: Mapping[str, tuple[Setting, ...]]
    requests: tuple[ExpectedRequest, ...]
    at: NodeRef
    made: NodeRef
    began: Setting | None = None
    hours: tuple[Setting, ...] = ()

    def is_for(self, target: str) -> bool:
        """Whether it is played on this target."""
        return not self.targets or target in [one.value for one in self.targets]


#: The facts of a call that a scenario may give.
_FACTS = ("from", "to", "direction", "forwarded_from", "machine")
#: Expectations that name steps, and those that name callees.
_STEPS = ("reach", "not_reach")
_NUMBERS = ("dialled", "not_dialled")
#: The expectation of requests to the author's server.
_REQUESTS = "told"
#: The name for all callees of a dial.
_ALL = "all"
#: The item of what the author's server does.
_SERVER = "server"


def check_scenarios(flow: Flow, scenarios: Iterable[Scenario], links: FlowLinks) -> Iterator[Finding]:
    """Find unknown steps (FC301), numbers (FC302), targets (FC342), calls (FC349), and returns (FC397) in scenarios.

    A call may continue in the flows of `links`.
    """
    flows = (flow, *links.flows.values())
    unknown = {flow_of(to.step) for to in flow.links} - links.flows.keys()  # reported where the flow names them
    steps = {step.name for step in flow.steps} | links.steps.keys()
    parties = {one for own in flows for step in own.steps for action in step.actions for one in action.parties()}
    numbers = {one.name or one.address for one in (*parties, *(entry for own in flows for entry in own.numbers))}
    calls = {request.name for request in flow.requests if request.sender is not None}
    returns = list(_returns(flow, links))
    for scenario in scenarios:
        for target in scenario.targets:
            if target.value not in flow.targets:
                help_ = f"It is for {listing(flow.targets, 'and')}; name one of these, or leave the scenario out."
                yield Finding("FC342", target.at, f"the flow is not for {target.value}", help_)
        if scenario.call and scenario.call not in calls:
            call = scenario.call.partition("/")[0]
            rows = sum(name.startswith(f"{call}/") for name in calls)
            help_ = suggestion(scenario.call, calls) or "Name one of those in calls:."
            help_ = f"It is one for each row: write {call}/1 to {call}/{rows}." if rows else help_
            yield Finding("FC349", scenario.made, f'there is no call "{scenario.call}"', help_)
        returned = [
            Setting("", item.text, item.at._replace(part="value"))
            for item in scenario.play
            if item.verb == _SERVER and item.text != HANGUP
        ]
        for wanted in returned:
            if wanted.value in steps and wanted.value not in returns:
                help_ = f"Write server: with {listing([*returns, HANGUP])}, or add the step to returns: of a URL."
                yield Finding("FC397", wanted.at, f"no server returns the call to {wanted.value}", help_)
        for named_steps in (returned, *(scenario.expect.get(name, ()) for name in _STEPS)):
            for wanted in named_steps:
                if wanted.value not in steps and flow_of(str(wanted.value)) not in unknown:
                    help_ = _step_meant(str(wanted.value), steps) or "Name a step of the flow."
                    yield Finding("FC301", wanted.at, f'there is no step "{wanted.value}"', help_)
        named = [(str(one.value), one.at) for name in _NUMBERS for one in scenario.expect.get(name, ())]
        named += [(name, at) for item in scenario.play for name, at in item.rung.items() if name != _ALL]
        for number, at in named:
            if number not in numbers:
                help_ = suggestion(number, numbers) or "Name a number of the phone book, or one that the flow dials."
                yield Finding("FC302", at, f'nothing dials "{number}"', help_)


def _returns(flow: Flow, links: FlowLinks) -> Iterator[str]:
    """Yield the steps to which servers may return calls, as scenarios of a flow name them, each once."""
    steps = (*flow.steps, *links.steps.values())
    returned = (to for one in steps for action in one.actions for server in servers(action) for to in server.steps)
    yield from dict.fromkeys(to.step.removeprefix(f"{flow.name}/") for to in returned)


def _step_meant(name: str, steps: Iterable[str]) -> str:
    """Return which step an unknown name probably means: one of the flow, or of a part that it uses."""
    inner: dict[str, list[str]] = {}
    for step in sorted(steps):
        inner.setdefault(step.rpartition("/")[2], []).append(step)
    if name not in inner and (near := suggestion(name, steps)):
        return near
    found = inner.get(nearest(name, inner), [])
    if len(found) > 1:
        return f"It is in several uses of a part: name one of them, such as {found[0]}."
    return f"Did you mean {found[0]}?" if found else ""


def read_scenarios(document: LoadedFile) -> Iterator[Scenario]:
    """Yield the scenarios of a document that its schema has accepted: a flow, or a file of scenarios."""
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
        requests=tuple(_requests(document, expect)) if isinstance(expect, Map) else (),
        at=at,
        made=NodeRef(document.file, data.node, "call"),
        began=Setting("at", str(data["at"]), where.of("at")) if "at" in data else None,
        hours=tuple(_words(document, data.get("hours"))),
    )


def _targets(document: LoadedFile, data: Map) -> Iterator[Setting]:
    targets = data.get("targets")
    for index, name in enumerate(targets if isinstance(targets, Seq) else ()):
        yield Setting("", str(name), NodeRef(document.file, cast(Seq, targets).node, index))


def _words(document: LoadedFile, data: Data) -> Iterator[Setting]:
    if isinstance(data, Map):
        where = NodeRef(document.file, data.node)
        yield from (Setting(name, str(word), where.of(name)) for name, word in data.items())


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
        if verb == QUEUE:
            yield Item(verb=verb, text="", seconds=0, ring={}, rung={}, at=at, queue=_queue(value))
            continue
        seconds = _seconds(value) if verb in _SECONDS else 0
        rings = {key: _behaviour(one) for key, one in value.items()} if isinstance(value, Map) else {}
        rung = {key: NodeRef(document.file, value.node, key, "key") for key in rings} if isinstance(value, Map) else {}
        yield Item(verb=verb, text="" if rings else str(value), seconds=seconds, ring=rings, rung=rung, at=at)


def _behaviour(value: Data) -> Behaviour:
    if not isinstance(value, Map):
        return Behaviour(str(value))
    return Behaviour(
        ANSWERS,
        _seconds(value[ANSWERS]),
        str(value.get("press", "")),
        _seconds(value["talk"]) if "talk" in value else Behaviour().talk,
    )


def _queue(value: Data) -> Behaviour:
    """Return what becomes of a caller in a queue, or of an agent."""
    if not isinstance(value, Map):
        return Behaviour(str(value))
    position = cast(int, value.get("position", 1))
    return (_behaviour(value) if ANSWERS in value else Behaviour("wait"))._replace(position=position)


def _seconds(value: Data) -> int:
    return _duration(value) // 1000


def _duration(value: Data) -> int:
    """Return a duration in milliseconds."""
    duration = CONVERT["duration"](value)
    assert isinstance(duration, Duration)
    return duration.ms


def _expectations(document: LoadedFile, expect: Map) -> Iterator[tuple[str, tuple[Setting, ...]]]:
    where = NodeRef(document.file, expect.node)
    for name, value in expect.items():
        if name == _REQUESTS:
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


def _requests(document: LoadedFile, expect: Map) -> Iterator[ExpectedRequest]:
    expected = expect.get(_REQUESTS)
    for index, one in enumerate(expected if isinstance(expected, Seq) else ()):
        place = NodeRef(document.file, cast(Seq, expected).node, index)
        if isinstance(one, Map):
            parameters = one.get("parameters")
            given = {key: str(value) for key, value in parameters.items()} if isinstance(parameters, Map) else {}
            yield ExpectedRequest(str(one.get("url", "")), str(one.get("kind", "")), given, place)
        else:
            yield ExpectedRequest(str(one), "", {}, place)
