"""What the simulator sends is what carriers document: each request of every played call, beside its contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from flowc.profiles.targets import layered
from flowc.profiles.webhooks import Parameter, RequestContract, read_webhooks
from flowc.project.options import Options
from flowc.simulate import trials
from flowc.simulate.documents import CarrierRequest
from tests.calls.test_simulate import cases, run
from tests.conftest import ROOT
from tests.samples.built_flows import compiled, targets

_TARGETS = ("plivo", "rcml", "callapi", "twiml", "texml", "cxml")
_READ = {"integer": int, "decimal": float}


class Request(NamedTuple):
    """A request of a played call, and of which."""

    call: str
    target: str
    asked: CarrierRequest


def _played(path: Path) -> Iterator[Request]:
    bundle = compiled(path, Options(scenarios=True))
    assert bundle.manifest is not None
    by_hosts = {f"{one.method} {one.address}" for entry in bundle.manifest.documents for one in entry.notify}
    for trial in trials(bundle, targets()):
        for scenario in trial.scenarios:
            log = trial.player.play(scenario).log
            call = f"{trial.flow.name}: {scenario.name}"
            yield from (
                Request(call, trial.entry.target, entry.request)
                for entry in log
                if entry.request is not None and entry.text not in by_hosts
            )


@cache
def _requests() -> tuple[Request, ...]:
    """Every request of the scenarios of the examples, and of the calls that show how each carrier runs documents."""
    examples = [request for path in (ROOT / "examples").iterdir() if path.is_dir() for request in _played(path)]
    calls = [
        Request(str(case.id), target, entry.request)
        for case in cases()
        for target in case.values[:1]
        for entry in run(*case.values).log
        if entry.request is not None
    ]
    return (*examples, *calls)


def _fits(parameter: Parameter, name: str) -> bool:
    """Whether a parameter has this name; a part of it may be anything."""
    return bool(re.fullmatch(re.escape(parameter.name).replace("<name>", ".+"), name))


@cache
def _contracts(target: str) -> Mapping[str, RequestContract]:
    return read_webhooks(targets().layers(target)).contracts


def _faults(target: str, asked: CarrierRequest) -> Iterator[str]:
    contract = _contracts(target)[asked.contract]
    if contract.fixed and asked.method != contract.method:
        yield f"is asked by {asked.method}"
    for parameter in contract.parameters:
        if not parameter.when and parameter.name not in asked.parameters:
            yield f"{parameter.name} is always sent"
    for name, value in asked.parameters.items():
        known = [parameter for parameter in contract.parameters if _fits(parameter, name)]
        if not known:
            yield f"{name} is never sent"
        for parameter in known:
            if parameter.values and value not in parameter.values:
                yield f"{name} is never {value!r}"
            if parameter.type in _READ:
                _READ[parameter.type](value)


@pytest.mark.parametrize("target", _TARGETS)
def test_every_request_is_as_its_contract_has_it(target: str) -> None:
    mine = [request for request in _requests() if request.target == target]
    found = {
        f"{request.call}: {request.asked.contract}: {fault}"
        for request in mine
        for fault in _faults(target, request.asked)
    }
    assert mine
    assert not found


#: What is asked of a carrier's contracts in those calls.
_SEEN = {
    "plivo": {
        *("answer", "fallback", "redirect", "hangup", "ring", "machine-detection", "gather-action", "digits-action"),
        *("gather-interim", "dial-action", "dial-confirm", "dial-events", "record-action", "record-events"),
        *("record-transcribe", "conference-action", "conference-events", "multiparty-action", "multiparty-events"),
        *("sms-events", "stream-events"),
    },
    "rcml": {
        *("answer", "fallback", "redirect", "hangup", "gather-action", "gather-interim", "dial-action", "dial-confirm"),
        *("dial-events", "record-action", "record-transcribe", "conference-action", "sms-action"),
    },
    "callapi": {"answer", "gather-action", "dial-action"},
    "twiml": {
        *("answer", "fallback", "redirect", "hangup", "gather-action", "dial-action", "record-action"),
        *("record-events", "sms-events"),
    },
    "texml": {"answer", "redirect", "gather-action", "dial-action", "record-action"},
    "cxml": {"answer", "redirect", "gather-action", "dial-action", "record-action", "record-events", "sms-events"},
}


@pytest.mark.parametrize("target", _TARGETS)
def test_every_kind_of_request_is_made(target: str) -> None:
    assert {request.asked.contract for request in _requests() if request.target == target} >= _SEEN[target]


@pytest.mark.parametrize("target", _TARGETS)
def test_the_table_of_the_simulator_names_only_what_contracts_have(target: str) -> None:
    table = layered(targets().layers(target), "carrier.yaml", "carrier")
    contracts = _contracts(target)
    names = {name: {one.name for one in contract.parameters} for name, contract in contracts.items()}
    assert {*table["names"].values()} <= names["redirect"] | {"AnsweredBy"}
    assert set(table["outcomes"].values()) <= {
        value
        for one in contracts["dial-action"].parameters
        if one.name in table["requests"]["dial-action"]
        for value in one.values
    }
    for contract, told in table["requests"].items():
        # A target that extends another need not ask for all that the other does.
        if contract in contracts:
            assert told.keys() <= names[contract], contract
        else:
            assert len(targets().layers(target)) > 1, contract
    assert table["when"].keys() <= {one.when for contract in contracts.values() for one in contract.parameters}
