"""How each carrier runs documents: simulate/TARGET.yaml holds calls, and what happens in them, word for word.

`documents` are answers by URL (or by METHOD URL), `choices` what the caller and the callees do, `log` what happens and
when, `requests` what each request says besides the facts of the call. A call begins with GET https://a.example.com/,
or as the body of an `application` or of a `call` says. `facts` are others of the call than usual, `leaves` when the
caller hangs up (s). `press: ["12", 3000]` presses a key every three seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowc.flow.scenario import Behaviour
from flowc.simulate.call import Call
from flowc.simulate.callees import ring
from flowc.simulate.decisions import Choice, Dialled, HungUp, Met, Pressed, Recorded, Silent, Spoke, Stayed
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page, read_page
from flowc.simulate.entry_points import EntryPoint, Opening, read_opening
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Rules, read_rules
from tests.samples.built_flows import targets

_FILES = sorted((Path(__file__).parent / "simulate").glob("*.yaml"))
_ANSWER = "https://a.example.com/"
_FACTS = {"id": "c", "from": "+12025550100", "to": "+12025550101", "direction": "inbound", "status": "in-progress"}


def cases() -> Iterator[Any]:
    for path in _FILES:
        if not path.name.endswith(".flow.yaml"):
            for name, case in yaml.safe_load(path.read_text("utf-8")).items():
                yield pytest.param(path.stem, case, id=f"{path.stem}: {name}")


def _fetcher(documents: Mapping[str, str], rules: Rules) -> Fetcher:
    def fetch(asked: CarrierRequest) -> Page | Missing:
        text = documents.get(f"{asked.method} {asked.url}", documents.get(asked.url))
        if text is None:
            return Missing("unreachable", f"{asked.method} {asked.url} is answered with 404")
        return read_page(text.encode(), asked.url, "", rules)

    return fetch


def _choice(call: Call, written: Any) -> Choice:
    """A choice as it is written: a word, or a mapping of one word to its value."""
    word, value = next(iter(written.items())) if isinstance(written, dict) else (written, {})
    if word == "ring":
        assert call.pending is not None
        return ring(call, call.pending, lambda number: _behaviour(value[number]))
    return _CHOICES[word](value)


def _behaviour(written: Any) -> Behaviour:
    if isinstance(written, str):
        return Behaviour(written)
    return Behaviour("answer", written["answer"], written.get("press", ""), written.get("talk", 30))


_CHOICES: Mapping[str, Callable[[Any], Choice]] = {
    "press": lambda keys: Pressed(*keys) if isinstance(keys, list) else Pressed(keys),
    "speak": Spoke,
    "silence": lambda _: Silent(),
    "record": Recorded,
    "stay": Stayed,
    "full": lambda _: Stayed(0, full=True),
    "meet": lambda value: Met(*value) if isinstance(value, list) else Met(value),
    "hangup": lambda _: HungUp(),
    "cancelled": lambda _: Dialled("canceled", 4),
}


def _opening(rules: Rules, case: Any) -> Opening:
    for kind in ("application", "call"):
        if kind in case:
            return read_opening(rules, kind, case[kind])
    return Opening(EntryPoint(_ANSWER, "GET"))


def run(target: str, case: Any, **switches: str) -> Call:
    rules = read_rules(targets().layers(target))
    rules = replace(rules, switches={**rules.switches, **switches})
    leaves = case["leaves"] * SECOND if "leaves" in case else None
    call = Call(rules, _fetcher(case["documents"], rules), {**_FACTS, **case.get("facts", {})}, leaves=leaves)
    call.begin(_opening(rules, case))
    for written in case.get("choices", ()):
        assert call.pending is not None, f"nobody is asked before {written}"
        call.take(_choice(call, written))
    assert call.pending is None, "the case has too few choices"
    return call


def _requests(call: Call) -> Iterator[str]:
    """What is asked after the answer URL, with what it tells besides the facts of the call."""
    asked = [entry.request for entry in call.log if entry.request is not None]
    for one in asked[1:]:
        told = {sent.name for sent in call.rules.requests[one.contract].values() if sent.fact} - asked[
            0
        ].parameters.keys()
        own = [f"{name}={value}" for name, value in one.parameters.items() if name in told]
        yield " ".join([one.method, one.url, *own])


@pytest.mark.parametrize(("target", "case"), list(cases()))
def test_call(target: str, case: Any) -> None:
    call = run(target, case)
    assert [f"{entry.at / 1000:g} {entry.what} {entry.text}" for entry in call.log[1:]] == case["log"]
    assert list(_requests(call)) == case.get("requests", [])


@pytest.mark.parametrize("target", ["plivo", "rcml", "twiml"])
def test_every_request_says_whose_call_it_is(target: str) -> None:
    rules = read_rules(targets().layers(target))
    call = Call(rules, _fetcher({_ANSWER: "<Response/>"}, rules), _FACTS)
    call.begin(Opening(EntryPoint(_ANSWER, "GET")))
    (asked,) = [entry.request for entry in call.log if entry.request is not None]
    assert set(_FACTS.values()) <= set(asked.parameters.values())


@pytest.mark.parametrize(
    ("target", "fact", "value", "said"),
    [
        ("plivo", "machine", "true", {"machine": "true"}),
        ("plivo", "machine", "false", {}),
        ("twiml", "machine", "true", {"AnsweredBy": "machine_start"}),
        ("twiml", "machine", "false", {"AnsweredBy": "human"}),
        ("plivo", "direction", "outbound", {"Direction": "outbound"}),
        ("rcml", "direction", "outbound", {"Direction": "outbound-api"}),
    ],
)
def test_facts_are_said_in_the_words_of_the_carrier(target: str, fact: str, value: str, said: dict[str, str]) -> None:
    call = run(target, {"documents": {_ANSWER: "<Response/>"}, "facts": {fact: value}})
    asked = call.log[0].request
    assert asked is not None
    name = read_rules(targets().layers(target)).names[fact]
    assert {key: value for key, value in asked.parameters.items() if key == name} == said


@pytest.mark.parametrize(("target", "gather"), [("plivo", "GetInput"), ("rcml", "Gather"), ("twiml", "Gather")])
def test_the_finish_key_alone_asks_the_action_where_the_carrier_does_so(target: str, gather: str) -> None:
    documents = {_ANSWER: f"<Response><{gather} action='{_ANSWER}g'/></Response>", f"{_ANSWER}g": "<Response/>"}
    case = {"documents": documents, "choices": [{"press": "#"}]}
    call = run(target, case, finish_alone="requested")
    (asked,) = [entry.request for entry in call.log[1:] if entry.request is not None]
    assert (asked.url, asked.parameters["Digits"], call.entered) == (f"{_ANSWER}g", "", "no-input")


def test_a_screening_that_goes_round_and_round_is_given_up() -> None:
    again = f"<Response><Gather/><Redirect method='GET'>{_ANSWER}s</Redirect></Response>"
    answer = f"<Response><Dial><Number url='{_ANSWER}s' method='GET'>1</Number></Dial></Response>"
    case = {"documents": {_ANSWER: answer, f"{_ANSWER}s": again}, "choices": [{"ring": {"1": {"answer": 5}}}]}
    call = run("rcml", case)
    assert [entry.text for entry in call.log[-2:]] == ["declined", "a refused screening"]


@pytest.mark.parametrize("target", ["plivo", "rcml", "twiml"])
def test_a_round_in_which_nobody_is_asked_is_ended(target: str) -> None:
    document = f"<Response><Redirect>{_ANSWER}</Redirect></Response>"
    call = run(target, {"documents": {_ANSWER: document}})
    assert call.ended is not None
    assert (call.ended.what, call.ended.code) == ("loop", "")
    assert {entry.text for entry in call.log[1:-1]} == {f"POST {_ANSWER}"}
