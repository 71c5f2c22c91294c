"""What is sent to the carriers' APIs: each field at its bounds, the carriers' tables, and their own SDKs as receivers.

The SDKs run as they are, down to HTTP: what they would send is caught there, and is what flowc has written.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import plivo
import pytest
import yaml
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from twilio.http.response import Response as TwilioResponse
from twilio.rest import Client

from flowc.bundle.manifest import RequestEntry
from flowc.diagnostics.codes import Severity
from flowc.driver.results import Bundle
from flowc.profiles.rows import NodeRow, Spelling
from flowc.schema.schemas import REQUESTS
from tests.carriers.contract_grammar import read_table
from tests.carriers.sdk_differences import listed
from tests.conftest import ROOT, TESTS
from tests.samples.built_flows import BUILDS, build, compiled, targets

Body = dict[str, Any]
CASES = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (TESTS / "carriers" / "requests").glob("*.yaml")
}
#: The kinds of requests that are tried, with their targets.
TRIED = [(target, kind) for target, cases in sorted(CASES.items()) for kind in REQUESTS if kind in cases]
BASE = "https://calls.example.com"
FLOW: Body = {
    **{"flowc": 1, "name": "demo", "targets": ["plivo"], "base_url": BASE, "entry": "start"},
    "numbers": {"office": "+12025550100", "desk": "+12025550143"},
    "steps": {
        "start": [{"say": "Hello."}, "hangup"],
        "bye": [{"say": "Goodbye."}, "hangup"],
        "ask": [{"dial": {"to": "desk", "then": {"completed": "end", "else": "bye"}}}],
        "texts": [{"sms": {"text": "A text came in.", "from": "office", "to": "desk"}}],
    },
}
LEAST: Mapping[str, Body] = {"call": {"from": "office", "to": "desk"}, "application": {}}


def compile_request(kind: str, fields: Body, folder: Path, target: str = "plivo") -> Bundle:
    """A flow with one application, or with one call."""
    path = folder / "demo.flow.yaml"
    asked: Body = {"application": fields} if kind == "application" else {"calls": {"one": fields}}
    path.write_text(json.dumps({**FLOW, "targets": [target], **asked}), "utf-8")
    return compiled(path)


def errors(bundle: Bundle) -> list[str]:
    """The errors of a flow."""
    return [f"{one.code} {one.message}" for one in bundle.diagnostics if one.severity is Severity.ERROR]


def fields_of(target: str, kind: str, case: str) -> Iterator[tuple[str, Body, Any]]:
    """Every value of the data file that is `taken` or `refused`: its field, the fields of the request, the value."""
    for field, row in CASES[target][kind].items():
        for value in row[case]:
            given, wanted = value if case == "taken" else (value, None)
            yield field, {**LEAST[kind], **row.get("beside", {}), field: given}, wanted


# Each field


@pytest.mark.parametrize(("target", "kind"), TRIED)
def test_what_is_taken_stands_in_the_body(target: str, kind: str, tmp_path: Path) -> None:
    row = targets().profiles[target].nodes[kind]
    assert isinstance(row, NodeRow)
    for field, fields, wanted in fields_of(target, kind, "taken"):
        bundle = compile_request(kind, fields, tmp_path, target)
        assert errors(bundle) == [], fields
        assert bundle.manifest is not None
        (request,) = bundle.manifest.requests
        spelling = row.fields[field]
        assert isinstance(spelling, Spelling)
        found = request.body[str(spelling.attribute)]
        if spelling.method is not None:
            url = str(found).removeprefix(f"{BASE}/{target}/demo/")
            found = f"{request.body[spelling.method]} {url}"
        assert (type(found), found) == (type(wanted), wanted), fields


@pytest.mark.parametrize(("target", "kind"), TRIED)
def test_what_is_refused_is_told_once(target: str, kind: str, tmp_path: Path) -> None:
    for _, fields, _ in fields_of(target, kind, "refused"):
        found = errors(compile_request(kind, fields, tmp_path, target))
        assert len(found) == 1, (fields, found)
        assert found[0][:3] in ("FC2", "FC3", "FC4")


@pytest.mark.parametrize(
    ("target", "fields"), [(target, fields) for target, cases in sorted(CASES.items()) for fields in cases["together"]]
)
def test_what_does_not_go_together(target: str, fields: Body, tmp_path: Path) -> None:
    found = [error[:5] for error in errors(compile_request("call", fields, tmp_path, target))]
    assert found in (["FC402"], ["FC375"])


#: Fields that no author writes: what goes without saying.
IMPLIED = {"hangup_on", "machine_detection_later"}


@pytest.mark.parametrize(("target", "kind"), TRIED)
def test_every_field_is_tried(target: str, kind: str) -> None:
    row = targets().profiles[target].nodes[kind]
    assert isinstance(row, NodeRow)
    # The name is the flow's, the answer of an application the entry.
    known = {"name", "answer"} if kind == "application" else set()
    assert set(CASES[target][kind]) | known == {*row.fields, target} - IMPLIED


# How many


@pytest.mark.parametrize("count", [1, 1000, 1001])
@pytest.mark.parametrize("listed", [True, False])
def test_a_call_has_at_most_a_thousand_destinations(count: int, listed: bool, tmp_path: Path) -> None:
    numbers = [f"+1202555{number:04}" for number in range(1000, 1000 + count)]
    (tmp_path / "guests.csv").write_text("phone\n" + "".join(f"{number}\n" for number in numbers), "utf-8")
    to: Any = {"csv": "guests.csv", "column": "phone"} if listed else numbers
    bundle = compile_request("call", {"from": "office", "to": to}, tmp_path)
    if count > 1000:
        assert errors(bundle) == ["FC402 plivo takes at most 1000 values in to of a call; these are 1001"]
        (help_,) = (one.help for one in bundle.diagnostics if one.severity is Severity.ERROR)
        assert help_.startswith("Divide them among several calls of at most 1000 each")
        return
    assert errors(bundle) == []
    assert bundle.manifest is not None
    assert bundle.manifest.requests[0].body["to"] == "<".join(numbers)


@pytest.mark.parametrize("target", ["rcml", "twiml"])
def test_a_call_to_several_is_a_request_for_each(target: str, tmp_path: Path) -> None:
    several = {"from": "office", "to": ["desk", "sip:amy@sip.example.com"], "machine_detection": True}
    if target == "rcml":
        del several["machine_detection"]
    bundle = compile_request("call", several, tmp_path, target)
    assert errors(bundle) == []
    assert bundle.manifest is not None and bundle.files is not None
    asked = {request.name: request for request in bundle.manifest.requests}
    assert {name: one.body["To"] for name, one in asked.items()} == {
        "one/1": "+12025550143",
        "one/2": "sip:amy@sip.example.com",
    }
    for request in asked.values():
        assert request.path == f"requests/{target}/demo/calls/{request.name}.form"
        assert dict(parse_qsl(bundle.files[request.path].decode(), strict_parsing=True)) == {
            name: str(value) for name, value in request.body.items()
        }


# The carrier's own table


@pytest.mark.parametrize(
    ("target", "kind", "part", "inner"),
    [
        ("plivo", "call", "make_call", "params"),
        ("plivo", "application", "application", "create"),
        ("rcml", "call", "make_call", "params"),
        ("twiml", "call", "make_call", "params"),
    ],
)
def test_the_table_has_every_documented_parameter(target: str, kind: str, part: str, inner: str) -> None:
    left_out = {name.split()[1] for name in listed("twiml", "sdk_request_only")} if target == "twiml" else set()
    table: Mapping[str, Body] = read_table(target)[part][inner]
    known = {name: about for name, about in table.items() if name not in left_out}
    row = targets().profiles[target].nodes[kind]
    assert isinstance(row, NodeRow)
    spelled = {str(one.attribute): one for one in row.fields.values() if isinstance(one, Spelling)}
    methods = {one.method for one in spelled.values() if one.method}
    assert spelled.keys() | methods | row.block.keys() == known.keys()
    for name, key in row.block.items():
        assert "allowed" not in known[name] or set(key.schema.get("enum", known[name]["allowed"])) == {
            *known[name]["allowed"]
        }
    for name, spelling in spelled.items():
        schema, about = spelling.schema or {}, known[name]
        if bounds := re.match(r"(\d+)\.\.(\d+)", about.get("range", "")):
            assert (schema["minimum"], schema["maximum"]) == (int(bounds[1]), int(bounds[2]))
        longest = re.search(r"\{1,(\d+)\}\$$", schema.get("pattern", ""))
        assert schema.get("maxLength", longest and int(longest[1])) == about.get("max_length")
        assert about["type"] != "boolean" or schema == {"type": "boolean"}
        assert about["type"] != "integer" or schema["type"] == "integer"
        assert "unit" not in about or spelling.unit == about["unit"]
        if target != "plivo":
            assert set((spelling.values or {}).values()) <= set(about.get("allowed", ()))
            continue
        assert spelling.items is None or spelling.items.most == about.get("max_destinations")
        assert spelling.values is None or list(spelling.values.values()) == about["allowed"]
        assert ("_ms" in name or "ms" in about.get("range", "").split()) <= (spelling.unit == "ms" or "words" in name)


# The carriers' own SDKs


@cache
def requests_of(target: str, kind: str) -> list[RequestEntry]:
    """All that the samples, the cases and the examples send to a target's API."""
    bundles = [build(name).manifest for name in BUILDS]
    examples = compiled(ROOT / "examples").manifest
    assert examples is not None
    found = [request for manifest in (*bundles, examples) for request in manifest.requests]
    return [request for request in found if (request.target, request.kind) == (target, kind)]


class Caught(HTTPAdapter):
    """The network of an SDK: it catches what is sent, and says that all is well."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[PreparedRequest] = []

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """Catch a request."""
        self.sent.append(request)
        response = Response()
        response.status_code = 201
        response.request, response.url = request, str(request.url)
        response._content = b'{"api_id": "1", "request_uuid": "2", "message": "done"}'
        return response


#: Parameters that the carrier documents and its SDK has no argument for.
UNKNOWN = {
    "call": {
        "machine_detection_maximum_speech_length",
        "machine_detection_initial_silence",
        "machine_detection_maximum_words",
        "machine_detection_initial_greeting",
        "machine_detection_silence",
        "call_type",
    },
    "application": set(),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_plivos_sdk_sends_what_is_written(kind: str) -> None:
    client = plivo.RestClient("MAXXXXXXXXXXXXXXXXXX", "token")
    caught = Caught()
    client.session.mount("https://", caught)
    create = {"call": client.calls.create, "application": client.applications.create}[kind]
    arguments = {name.rstrip("_"): name for name in inspect.signature(inspect.unwrap(create)).parameters}
    passed: set[str] = set()
    assert requests_of("plivo", kind)
    for request in requests_of("plivo", kind):
        body = {name: value for name, value in request.body.items() if name not in UNKNOWN[kind]}
        create(**{arguments[name]: value for name, value in body.items()})
        data = caught.sent[-1].body
        assert isinstance(data, (bytes, str))
        sent = json.loads(data)
        assert {name: sent[name] for name in body} == body
        passed |= body.keys()
    path = {"call": "Call", "application": "Application"}[kind]
    assert {one.url for one in caught.sent} == {f"https://api.plivo.com/v1/Account/MAXXXXXXXXXXXXXXXXXX/{path}/"}
    assert {one.headers["Content-Type"] for one in caught.sent} == {"application/json"}
    known = {name for part in ("make_call", "application") for name in _documented(part)}
    assert UNKNOWN[kind] == {
        name for name in known & _documented({"call": "make_call"}.get(kind, kind)) if name not in arguments
    }
    # Every argument of the SDK has been passed by some flow, but those of answering later, which a block has.
    assert arguments.keys() - passed - {"self"} <= {"callback_url", "callback_method"}


def _documented(part: str) -> set[str]:
    table = read_table("plivo")[part]
    return set(table.get("params", table.get("create")))


class CaughtForms:
    """The same for the other SDK, which sends forms."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Body]] = []

    def request(self, method: str, uri: str, *_: Any, data: Any = None, **__: Any) -> TwilioResponse:
        """Catch a request."""
        self.sent.append((uri, data))
        return TwilioResponse(201, "{}")


#: Parameters of an Application that a number does not have.
OF_APPLICATIONS = {"SmsStatusCallback", "MessageStatusCallback"}


@pytest.mark.parametrize(
    ("resource", "kind"),
    [("applications", "application"), ("incoming_phone_numbers", "application"), ("calls", "call")],
)
def test_twilios_sdk_sends_what_is_written(resource: str, kind: str) -> None:
    caught = CaughtForms()
    client = Client("ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "token", http_client=caught)
    assert requests_of("twiml", kind)
    unknown = OF_APPLICATIONS if resource == "incoming_phone_numbers" else set()
    for request in requests_of("twiml", kind):
        body = {name: value for name, value in request.body.items() if name not in unknown}
        arguments = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): value for name, value in body.items()}
        getattr(client, resource).create(**{{"from": "from_"}.get(name, name): arguments[name] for name in arguments})
        # A form has texts and numbers alone.
        as_form = {name: str(value).lower() if isinstance(value, bool) else value for name, value in body.items()}
        assert caught.sent[-1][1] == as_form
    names = {name for _, body in caught.sent for name in body}
    row = targets().profiles["twiml"].nodes[kind]
    assert isinstance(row, NodeRow)
    spelled = [one for one in row.fields.values() if isinstance(one, Spelling)]
    known = {name for one in spelled for name in (one.attribute, one.method) if name} | row.block.keys()
    assert names == known - unknown
