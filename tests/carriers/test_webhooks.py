"""What carriers ask for: tables of requests and codes, held against the carriers' own, and what is built of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from flowc.bundle.manifest import WebhookEntry
from flowc.cli import commands
from flowc.profiles.hangup_causes import causes, read_causes
from flowc.profiles.targets import TargetError, TargetFolder, find_targets
from flowc.profiles.webhooks import Parameter, Webhooks, read_webhooks
from flowc.simulate.rules import read_rules
from tests.conftest import TESTS
from tests.samples.built_flows import BUILDS, build, targets, walk, walked

REFERENCE = TESTS / "reference"
TARGETS = sorted(targets().folders)
#: The tables that tell of a target.
TABLES = {"plivo": "plivo", "rcml": "rcml", "callapi": "rcml", "twiml": "twiml", "texml": "texml", "cxml": "cxml"}
TYPES = {
    "integer as string": "integer",
    "decimal as string": "decimal",
    "boolean as string": "boolean",
    "string": "text",
}

every_target = pytest.mark.parametrize("target", TARGETS)


@cache
def table(name: str) -> dict[str, Any]:
    for suffix, read in ((".json", json.loads), (".yaml", yaml.safe_load)):
        if (REFERENCE / f"{name}{suffix}").exists():
            data: dict[str, Any] = read((REFERENCE / f"{name}{suffix}").read_text("utf-8"))
            return data
    raise FileNotFoundError(name)


@cache
def webhooks(target: str) -> Webhooks:
    return read_webhooks(targets().layers(target))


def names(parameters: Iterable[Parameter]) -> set[str]:
    return {parameter.name for parameter in parameters}


def sent(target: str, contract: str) -> Mapping[str, Parameter]:
    return {parameter.name: parameter for parameter in webhooks(target).contracts[contract].parameters}


# Any target


@every_target
def test_every_source_is_a_row_of_the_tables_or_a_page(target: str) -> None:
    for contract in webhooks(target).contracts.values():
        for source in {contract.source, *(parameter.source for parameter in contract.parameters)}:
            if source.startswith("https://"):
                continue
            first, *path = source.split("/")
            at: Any = table("seeds") if first == "seeds" else None
            known = (
                [at]
                if at is not None
                else [
                    table(TABLES[name.path.name])[first]
                    for name in targets().layers(target)
                    if first in table(TABLES[name.path.name])
                ]
            )
            assert any(_leads(one, path) for one in known), source


def _leads(at: Any, path: list[str]) -> bool:
    for part in path:
        if not isinstance(at, dict) or part.replace("~1", "/") not in at:
            return False
        at = at[part.replace("~1", "/")]
    return True


@every_target
def test_every_parameter_has_an_example_and_a_unit_only_if_a_number(target: str) -> None:
    for contract in webhooks(target).contracts.values():
        for parameter in contract.parameters:
            at = f"{contract.name} {parameter.name}"
            assert parameter.example, at
            assert not parameter.unit or parameter.type in ("integer", "decimal"), at
            assert not (parameter.known in ("observed", "relative") and not parameter.when), at
            if parameter.type in ("integer", "decimal"):
                float(parameter.example)


def _told(target: str) -> list[tuple[str, WebhookEntry]]:
    """Every request to the author that flows of this target make, and where."""
    bundles = [(name, build(name).manifest) for name in BUILDS]
    if (Path(__file__).parent / "attributes" / f"{target}.yaml").exists():
        cells = ((str(cell), walked(target, cell).manifest) for cell in walk(target).written)
        bundles += [(name, manifest) for name, manifest in cells if manifest is not None]
    return [(name, hook) for name, manifest in bundles for hook in manifest.webhooks if hook.target == target]


@every_target
def test_every_request_to_the_author_has_a_contract(target: str) -> None:
    contracts = webhooks(target).contracts
    for name, hook in _told(target):
        assert hook.contract in contracts, f"{name}: {hook}"
        contract = contracts[hook.contract]
        assert contract.answer == "call" or not hook.followed, f"{name}: {hook}"
        assert not contract.fixed or hook.method == contract.method, f"{name}: {hook}"


def test_contracts_are_those_of_the_requests() -> None:
    for name in BUILDS:
        manifest = build(name).manifest
        caused = {(hook.target, hook.contract) for hook in manifest.webhooks} | {
            (flow.target, "answer") for flow in manifest.flows
        }
        assert {(contract.target, contract.name) for contract in manifest.contracts} == caused, name
        assert list(manifest.contracts) == sorted(manifest.contracts, key=lambda one: (one.target, one.name))


def test_a_contract_follows_the_element_that_a_block_chooses() -> None:
    hooks = {(hook.kind, hook.contract) for _, hook in _told("plivo")}
    assert {("gather-action", "gather-action"), ("gather-action", "digits-action")} <= hooks


def test_an_answer_is_followed_unless_the_flow_says_otherwise() -> None:
    followed = {(hook.kind, hook.followed) for _, hook in _told("plivo")}
    assert {("dial-action", True), ("dial-action", False), ("redirect", True), ("dial-events", False)} <= followed
    assert ("redirect", False) not in followed


# Plivo's tables


def _rows(kind: str) -> dict[str, Any]:
    """The parameters of a kind of URL; what is written there as a reference to another is put in."""
    rows = table("plivo")["url_kinds"][kind].get("params")
    if not isinstance(rows, dict):
        return _rows("answer_url") if rows and kind != "answer_url" else {}
    standard = _rows("answer_url") if "(standard)" in rows else {}
    return {**{name: row for name, row in standard.items() if name != "Event"}, **rows}


def _kinds() -> Iterable[tuple[str, str]]:
    for contract in webhooks("plivo").contracts.values():
        first, _, kind = contract.source.replace("~1", "/").partition("/")
        if first == "url_kinds" and contract.documented:
            yield contract.name, kind


@pytest.mark.parametrize(("name", "kind"), [*_kinds()])
def test_plivo_sends_what_its_pages_tell(name: str, kind: str) -> None:
    rows = _rows(kind)
    rows.pop("(standard)", None)
    contract = webhooks("plivo").contracts[name]
    own = {one.name: one for one in contract.parameters if one.source == contract.source}
    given = {"X-PH-<name>" if row == "X-PH-<Name>" else row: rule for row, rule in rows.items()}
    taken_over = _shared(name)
    assert own.keys() - taken_over <= given.keys()
    assert given.keys() - names(contract.parameters) == LEFT_OUT.get(name, set())
    for parameter in contract.parameters:
        row = given.get(parameter.name)
        if row is None:
            continue
        allowed = row.get("allowed")
        if isinstance(allowed, list):
            assert set(allowed) <= set(parameter.values), parameter
        if parameter.type in ("integer", "decimal") and row["type"] != "string":
            assert TYPES.get(row["type"], row["type"]) == parameter.type, parameter
        if not parameter.when and parameter.name != "STIRVerification":
            assert row.get("when") == "always", parameter


#: Of what the pages tell of an answer URL, what only that URL is sent; and what only a relative of the carrier sends.
LEFT_OUT = {name: {"Event"} for name in ("redirect", "transfer", "dial-action")}


def _shared(name: str) -> set[str]:
    """Parameters of a contract that every request for the XML of a call has, though its own table is silent of them."""
    answers = webhooks("plivo").contracts[name].answer == "call"
    return names(webhooks("plivo").contracts["redirect"].parameters) if answers else set()


def test_plivo_has_a_contract_for_every_url_that_its_pages_tell_of() -> None:
    told = {contract.source.partition("/")[2].replace("~1", "/") for contract in webhooks("plivo").contracts.values()}
    assert table("plivo")["url_kinds"].keys() - told == {"fallback_url", "redirect", "transfer"}  # as answer_url
    assert {"fallback", "redirect", "transfer"} <= webhooks("plivo").contracts.keys()


@pytest.mark.parametrize("enum", sorted(table("plivo")["enums"].keys() - {"Event", "MPCEvents"}))
def test_plivo_has_every_value(enum: str) -> None:
    found = [one for row in webhooks("plivo").contracts.values() for one in row.parameters if one.name == enum]
    assert found
    assert set(table("plivo")["enums"][enum]["values"]) <= {value for one in found for value in one.values}


def test_plivo_has_every_hangup_cause() -> None:
    known = read_causes("plivo", targets().layers("plivo"))
    assert {code: cause.name for code, cause in known.items()} == table("plivo")["hangup_causes"]
    assert len(known) == 56


@every_target
def test_why_a_simulated_call_ends_is_a_code_of_the_carrier(target: str) -> None:
    known = read_causes(target, targets().layers(target))
    for failure in read_rules(targets().layers(target)).ends.values():
        assert not failure.code or failure.code in known
        if target == "plivo":
            assert known[failure.code].name == failure.name


# RCML and its relatives

#: The contract of each kind of request, and whether every request's parameters come with it.
RCML = {
    "gather_action": "gather-action",
    "gather_partialResultCallback": "gather-interim",
    "dial_action": "dial-action",
    "record_action": "record-action",
    "screening_url": "dial-confirm",
    "noun_statusCallback": "dial-events",
    "voice_url": "answer",
    "number_or_api_statusCallback": "hangup",
}


@pytest.mark.parametrize("request_name", RCML)
def test_rcml_sends_what_its_pages_and_its_code_tell(request_name: str) -> None:
    told: dict[str, Any] = {}
    for row in table("rcml")["requests"][request_name]["params"]:
        if row == "standard":
            told |= {one["name"]: one for one in table("rcml")["requests"]["standard"]["params"]}
        else:
            told |= {row["name"]: row} if isinstance(row, dict) else {row: {}}
    known = sent("rcml", RCML[request_name])
    assert known.keys() == told.keys()
    for name, row in told.items():
        values = row.get("values")
        if isinstance(values, list):
            assert set(values) <= set(known[name].values)


def test_rcml_has_every_value() -> None:
    enums = table("rcml")["enums"]
    call, dialled = sent("rcml", "redirect"), sent("rcml", "dial-action")["DialCallStatus"]
    assert set(call["CallStatus"].values) >= {*enums["CallStatus"]["documented"], *enums["CallStatus"]["from_code"]}
    assert set(dialled.values) >= {*enums["DialCallStatus"]["documented"]}
    assert set(sent("callapi", "redirect")["CallStatus"].values) == {*enums["CallStatus"]["callapi"]}


@pytest.mark.parametrize(
    ("row", "contract"),
    [
        ("voice", "answer"),
        ("dial_action", "dial-action"),
        ("gather_action", "gather-action"),
        ("record_action", "record-action"),
    ],
)
def test_twiml_sends_what_its_table_tells(row: str, contract: str) -> None:
    assert set(table("twiml")["requests"][row]) <= sent("twiml", contract).keys()
    values = table("twiml")["enums"]
    assert set(values["CallStatus"]) <= set(sent("twiml", "answer")["CallStatus"].values)
    assert set(values["DialCallStatus"]) == set(sent("twiml", "dial-action")["DialCallStatus"].values)


# The pages the project began with

SEEDS = [
    ("plivo", "dial-action", "dial", "action"),
    ("plivo", "dial-events", "dial", "events"),
    ("plivo", "ring", "call", "ring"),
    ("plivo", "answer", "call", "answer"),
    ("plivo", "hangup", "call", "hangup"),
    ("plivo", "answer", "application", "answer"),
    ("plivo", "hangup", "application", "hangup"),
    ("plivo", "message", "application", "message"),
    ("callapi", "dial-events", "number", "events"),
    ("rcml", "number-status", "number", "events"),
]


@pytest.mark.parametrize(("target", "contract", "page", "rows"), SEEDS)
def test_a_contract_has_every_row_of_the_page(target: str, contract: str, page: str, rows: str) -> None:
    assert set(table("seeds")[page][rows]) <= sent(target, contract).keys()


def test_no_table_of_the_pages_is_left_out() -> None:
    tables = {(page, rows) for page, row in table("seeds").items() if page != "values" for rows in row}
    tested = {(page, rows) for _, _, page, rows in SEEDS}
    assert tables - tested == {("dial", "attributes"), ("number", "attributes"), ("number", "event_names")}


def test_the_pages_say_no_more_of_ring_and_message() -> None:
    assert sent("plivo", "ring").keys() == set(table("seeds")["call"]["ring"])
    assert sent("plivo", "message").keys() == set(table("seeds")["application"]["message"])


def test_attributes_of_the_pages_are_known() -> None:
    assert set(table("seeds")["dial"]["attributes"]) <= table("plivo")["elements"]["Dial"]["attributes"].keys()
    assert set(table("seeds")["number"]["attributes"]) <= table("rcml")["nouns"]["Number"]["attributes"].keys()
    assert set(table("seeds")["number"]["event_names"]) == set(table("rcml")["enums"]["statusCallbackEvent"]["values"])


@pytest.mark.parametrize("name", table("seeds")["values"])
def test_values_of_the_pages_are_known(name: str) -> None:
    found = {
        value
        for row in webhooks("plivo").contracts.values()
        for one in row.parameters
        if one.name == name
        for value in one.values
    }
    assert set(table("seeds")["values"][name]) <= found


# What is refused


def _folder(root: Path, file: str, text: str) -> TargetFolder:
    folder = root / "targets" / "own"
    folder.mkdir(parents=True)
    (folder / "target.yaml").write_text("name: own\nextends: plivo\ntitle: Own\n", "utf-8")
    (folder / file).write_text(text, "utf-8")
    return TargetFolder(folder, root)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "contracts: {ring: {answer: sung}}",
            'contracts/ring/answer: "sung" is not one of "call", "heard" or 2 other candidates',
        ),
        ("contracts: {ring: {sets: [callers]}}", "there is no set or list of values named 'callers'"),
        (
            "contracts: {ring: {parameters: {From: {values: colours}}}}",
            "there is no set or list of values named 'colours'",
        ),
        ("signatures: {v9: {headers: [X], algorithm: md5, signs: {}}}", "signatures/v9"),
        ("[]", "is not a table"),
    ],
)
def test_a_table_of_requests_that_makes_no_sense_is_refused(tmp_path: Path, text: str, message: str) -> None:
    _folder(tmp_path, "webhooks.yaml", text)
    own = find_targets(tmp_path)
    with pytest.raises(TargetError) as refused:
        read_webhooks(own.layers("own"))
    assert str(tmp_path / "targets" / "own" / "webhooks.yaml") in str(refused.value)
    assert message in str(refused.value)


def test_a_target_may_say_nothing_of_its_requests(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "codes.yaml", "codes: {}")
    assert read_webhooks([folder]).contracts == {}
    assert read_causes("own", [folder]) == {}


def test_codes_of_all_targets_are_found_by_number() -> None:
    known = causes(targets())
    assert [(one.target, one.name) for one in known["8011"]] == [("plivo", "Invalid Answer XML")]
    assert [one.target for one in known["12100"]] == ["callapi", "cxml", "rcml", "twiml"]
    assert [one.target for one in known["13225"]] == ["twiml"]
    assert list(known) == sorted(known, key=int)


def test_explain_knows_the_carriers_numbers() -> None:
    told = CliRunner().invoke(commands, ["explain", "9000"])
    assert (told.exit_code, told.output) == (
        0,
        "# 9000 Lost Race\n\nAnother callee of the same dial answered first.\n\nNothing is wrong.\n\nUsed by plivo.\n",
    )
    told = CliRunner().invoke(commands, ["explain", "11205"])
    assert told.output.endswith("\n\nUsed by callapi, rcml and twiml.\n")
    told = CliRunner().invoke(commands, ["explain", "12100"])
    assert told.output.count("# 12100 Document parse failure\n") == 2  # two carriers, two meanings
    assert told.output.count("# 12100 Document parse error\n") == 1
    told = CliRunner().invoke(commands, ["explain", "99"])
    assert told.exit_code == 2
    assert told.output.endswith('Error: there is no code "99".\n')
