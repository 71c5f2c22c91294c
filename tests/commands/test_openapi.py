"""The author's endpoints as OpenAPI: the document is valid, says what the manifest says, and drives a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from flowc.bundle.manifest import ContractEntry, FlowEntry, Manifest, ParameterEntry, SourceLocation, WebhookEntry
from flowc.bundle.openapi import openapi
from flowc.bundle.step_entry import StepEntry
from flowc.cli import commands
from tests.samples.built_flows import BUILDS, build

HERE = SourceLocation("a.flow.yaml", 1)
ASKING = sorted(name for name in BUILDS if build(name).manifest.webhooks)
#: What schemathesis does with each operation: the same on every run, and no more than this.
BOUNDED = settings(
    derandomize=True,
    database=None,
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def parameter(name: str, kind: str = "text", *values: str, when: str = "", example: str = "x") -> ParameterEntry:
    unit = "USD" if kind == "decimal" else ""
    return ParameterEntry(name, "", kind, values, when, unit, values[0] if values else example)


def contract(name: str, answer: str, *parameters: ParameterEntry, documented: bool = True) -> ContractEntry:
    return ContractEntry("own", name, f"This is {name}.", answer, documented, parameters)


def hook(contract: str, url: str, method: str = "POST", followed: bool = False, flow: str = "a") -> WebhookEntry:
    return WebhookEntry(contract, contract, followed, url, method, "own", flow, "start", HERE)


def document(hooks: list[WebhookEntry], *contracts: ContractEntry) -> dict[str, Any]:
    flows = (FlowEntry("own", "a", "https://ivr.example.com/own/a/start.xml", "GET", False, HERE),)
    made = openapi(Manifest("https://ivr.example.com", flows, (), (), tuple(hooks), contracts=contracts))
    validate(made)
    return made


CALL = contract(
    "dial-action",
    "call",
    parameter("CallUUID"),
    parameter("Status", "text", "busy", "completed"),
    parameter("Cost", "decimal", when="it is over", example="0.5"),
)
TOLD = contract(
    "dial-events",
    "ignored",
    parameter("CallUUID"),
    parameter("Event", "text", "answer"),
    parameter("X-<name>", when="SIP calls"),
)


@pytest.mark.parametrize("name", ASKING)
def test_every_bundle_gives_a_valid_document_of_all_its_webhooks(name: str) -> None:
    manifest = build(name).manifest
    made = openapi(manifest)
    validate(made)
    told = [
        (one["target"], one["flow"], one["kind"], one["source"]["line"])
        for item in made["paths"].values()
        for method in ("get", "post")
        for one in item.get(method, {}).get("x-flowc", ())
    ]
    assert sorted(told) == sorted((one.target, one.flow, one.kind, one.source.line) for one in manifest.webhooks)
    assert openapi(manifest) == made
    assert json.dumps(openapi(manifest)) == json.dumps(made)


def test_a_bundle_that_asks_nobody_has_no_paths() -> None:
    assert document([])["paths"] == {}


def test_a_post_is_a_form() -> None:
    made = document([hook("dial-action", "https://crm.example.com/dialled", followed=True)], CALL)
    operation = made["paths"]["/dialled"]["post"]
    assert made["servers"] == [{"url": "https://crm.example.com"}]
    assert operation == {
        "operationId": "post-dialled",
        "tags": ["a"],
        "summary": "dial-action",
        "description": "This is dial-action.",
        "responses": {
            "200": {
                "description": "XML of the carrier that continues the call.",
                "content": {"application/xml": {"schema": {"type": "string"}}},
            }
        },
        "x-flowc": [
            {
                "kind": "dial-action",
                "contract": "dial-action",
                "target": "own",
                "flow": "a",
                "step": "start",
                "source": {"file": "a.flow.yaml", "line": 1},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {"schema": {"$ref": "#/components/schemas/own.dial-action"}}
            },
        },
    }
    assert made["components"]["schemas"]["own.dial-action"] == {
        "type": "object",
        "description": "This is dial-action.",
        "properties": {
            "CallUUID": {"type": "string", "examples": ["x"]},
            "Status": {"type": "string", "enum": ["busy", "completed"], "examples": ["busy"]},
            "Cost": {"description": "In USD. Sent when: it is over.", "type": "number", "examples": [0.5]},
        },
        "patternProperties": {},
        "required": ["CallUUID", "Status"],
    }


def test_a_get_is_a_query() -> None:
    made = document([hook("dial-events", "https://crm.example.com/dialled", "GET")], TOLD)
    operation = made["paths"]["/dialled"]["get"]
    assert operation["parameters"] == [
        {"name": "CallUUID", "in": "query", "required": True, "schema": {"type": "string", "examples": ["x"]}},
        {
            "name": "Event",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "enum": ["answer"], "examples": ["answer"]},
        },
    ]
    assert operation["responses"] == {
        "2XX": {"description": "Anything: the carrier ignores the content of the response."}
    }
    assert "requestBody" not in operation
    assert made["components"]["schemas"] == {}


def test_who_is_told_only_need_not_answer_with_xml() -> None:
    made = document([hook("dial-action", "https://crm.example.com/dialled", followed=False)], CALL)
    assert list(made["paths"]["/dialled"]["post"]["responses"]) == ["2XX"]


def test_several_requests_to_one_url_are_one_operation() -> None:
    url = "https://crm.example.com/calls"
    hooks = [hook("dial-action", url, followed=True), hook("dial-events", url), hook("dial-events", url, flow="b")]
    operation = document(hooks, CALL, TOLD)["paths"]["/calls"]["post"]
    schemas = [{"$ref": "#/components/schemas/own.dial-action"}, {"$ref": "#/components/schemas/own.dial-events"}]
    assert operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"] == {"anyOf": schemas}
    assert operation["responses"]["200"]["description"] == "XML of the carrier that continues the call."
    assert operation["tags"] == ["a", "b"]
    assert len(operation["x-flowc"]) == 3


def test_where_a_server_may_return_calls_is_listed() -> None:
    entry = StepEntry("https://ivr.example.com/own/a/lunch.xml", "GET", "own", "a", "lunch")
    hooks = [hook("dial-action", "https://crm.example.com/calls", followed=True)._replace(returns=(entry.url,))]
    flows = (FlowEntry("own", "a", "https://ivr.example.com/own/a/start.xml", "GET", False, HERE),)
    made = openapi(
        Manifest("https://ivr.example.com", flows, (), (), tuple(hooks), contracts=(CALL,), entries=(entry,))
    )
    validate(made)
    operation = made["paths"]["/calls"]["post"]
    assert operation["responses"]["200"]["description"] == (
        "XML of the carrier that continues the call. A redirect with method GET returns the call to a step:\n\n"
        f"- lunch of a on own: {entry.url}"
    )
    assert operation["x-flowc"][0]["returns"] == [entry._asdict()]


def test_what_only_one_of_several_requests_sends_is_not_required() -> None:
    url = "https://crm.example.com/calls"
    made = document([hook("dial-action", url, "GET"), hook("dial-events", url, "GET")], CALL, TOLD)
    required = {one["name"]: one["required"] for one in made["paths"]["/calls"]["get"]["parameters"]}
    assert required == {"CallUUID": True, "Status": False, "Cost": False, "Event": False}


def test_where_parameters_are_not_documented_none_is_required() -> None:
    loose = contract("dial-music", "heard", parameter("CallUUID"), documented=False)
    made = document(
        [hook("dial-music", "https://crm.example.com/a"), hook("dial-music", "https://crm.example.com/a", "GET")], loose
    )
    assert made["components"]["schemas"]["own.dial-music"]["required"] == []
    assert [one["required"] for one in made["paths"]["/a"]["get"]["parameters"]] == [False]
    assert made["paths"]["/a"]["get"]["responses"]["200"]["description"] == "XML of the carrier that is played."


def test_a_target_that_says_nothing_of_its_requests() -> None:
    operation = document([hook("dial-action", "https://crm.example.com/a", followed=True)])["paths"]["/a"]["post"]
    assert "requestBody" not in operation


def test_the_query_that_the_author_wrote_is_always_sent() -> None:
    urls = ["https://crm.example.com/a?step=1&CallUUID=own", "https://crm.example.com/a?step=2"]
    made = document([hook("dial-events", url, "GET") for url in urls], TOLD)
    parameters = {one["name"]: one for one in made["paths"]["/a"]["get"]["parameters"]}
    assert parameters["step"]["schema"] == {"type": "string", "enum": ["1", "2"]}
    assert parameters["step"]["required"]
    assert parameters["CallUUID"]["schema"] == {"type": "string", "enum": ["own"]}
    assert not parameters["CallUUID"]["required"]


def test_hosts_paths_and_identifiers_are_told_apart() -> None:
    urls = [
        "https://crm.example.com/a/b",
        "http://127.0.0.1:8080/a-b",
        "https://crm.example.com",
        "https://crm.example.com/{x}",
    ]
    made = document([hook("dial-events", url) for url in urls], TOLD)
    assert [one["url"] for one in made["servers"]] == ["http://127.0.0.1:8080", "https://crm.example.com"]
    assert {path: item["servers"][0]["url"] for path, item in made["paths"].items()} == {
        "/": "https://crm.example.com",
        "/%7Bx%7D": "https://crm.example.com",
        "/a-b": "http://127.0.0.1:8080",
        "/a/b": "https://crm.example.com",
    }
    assert [item["post"]["operationId"] for item in made["paths"].values()] == [
        "post",
        "post-_257Bx_257D",
        "post-a-b",
        "post-a-b-2",
    ]


# A server that is driven by the document


def _handler(manifest: Manifest, answers: Callable[[bool], tuple[int, str]]) -> type[BaseHTTPRequestHandler]:
    """Takes what the manifest's contracts tell, and nothing less; it knows nothing of the document."""
    contracts = {(one.target, one.name): one for one in manifest.contracts}
    asked: dict[tuple[str, str], list[WebhookEntry]] = {}
    for one in manifest.webhooks:
        asked.setdefault((one.method, urlsplit(one.url).path), []).append(one)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take(urlsplit(self.path).query)

        def do_POST(self) -> None:
            assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            self._take(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

        def _take(self, text: str) -> None:
            given = dict(parse_qsl(text, keep_blank_values=True))
            hooks = asked.get((self.command, urlsplit(self.path).path), [])
            rows = [contracts[one.target, one.contract] for one in hooks]
            if not hooks or not any(self._fits(row, given) for row in rows):
                self.send_error(400 if hooks else 404)
                return
            heard = any(row.answer == "heard" for row in rows) or any(one.followed for one in hooks)
            status, content = answers(heard)
            self.send_response(status)
            if content:
                self.send_header("Content-Type", content)
            self.end_headers()
            if content:
                self.wfile.write(b"<Response/>")

        def _fits(self, row: ContractEntry, given: dict[str, str]) -> bool:
            if self.command == "GET":  # several requests share one list of parameters there
                return all(
                    not one.values or given.get(one.name, one.values[0]) in _values(one.name) for one in row.parameters
                )
            return all(
                (one.name in given or one.when != "" or not row.documented)
                and (not one.values or given.get(one.name, one.values[0]) in one.values)
                for one in row.parameters
            )

        def log_message(self, format: str, *args: object) -> None:
            pass

    def _values(name: str) -> set[str]:
        return {
            value for row in manifest.contracts for one in row.parameters if one.name == name for value in one.values
        }

    return Handler


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def drive(manifest: Manifest, answers: Callable[[bool], tuple[int, str]]) -> int:
    """Send the server what the document says is sent, and hold its answers against the document; how often."""
    made = openapi(manifest)
    made["servers"] = []
    for item in made["paths"].values():
        item.pop("servers", None)
    schema = schemathesis.openapi.from_dict(made)
    count = 0
    with served(_handler(manifest, answers)) as url:
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()

            @BOUNDED
            @given(case=operation.as_strategy())
            def ask(case: schemathesis.Case[Any]) -> None:
                nonlocal count
                count += 1
                case.call_and_validate(base_url=url)

            ask()
    return count


@pytest.mark.parametrize("name", ["plivo", "twiml", "clinic"])
def test_a_server_can_be_driven_by_the_document(name: str) -> None:
    manifest = build(name).manifest
    count = drive(manifest, lambda heard: (200, "application/xml") if heard else (204, ""))
    assert count >= len({(one.method, urlsplit(one.url).path) for one in manifest.webhooks})


@pytest.mark.parametrize("answer", [(500, "application/xml"), (200, "text/html"), (404, "application/xml")])
def test_a_server_that_answers_otherwise_is_found(answer: tuple[int, str]) -> None:
    with pytest.raises(FailureGroup):
        drive(build("twiml").manifest, lambda heard: answer if heard else (204, ""))


# The command


def test_the_command_reads_a_bundle(tmp_path: Path) -> None:
    files = build("plivo").files
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"])
    printed = CliRunner().invoke(commands, ["openapi", str(tmp_path)])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == openapi(build("plivo").manifest)
    written = CliRunner().invoke(commands, ["openapi", str(tmp_path), "-o", str(tmp_path / "api.json")])
    assert (written.exit_code, written.output) == (0, "")
    assert (tmp_path / "api.json").read_text("utf-8") == printed.output


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"generator": "flowc", "format": 2}', "[" * 200_000, "\xff", "1" * 5000]
)
def test_what_is_no_bundle_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text, "utf-8")
    told = CliRunner().invoke(commands, ["openapi", str(tmp_path)])
    assert told.exit_code == 2
    assert told.output == f"Error: {path} is not a manifest of this version of flowc; build the bundle again\n"
    path.unlink()
    told = CliRunner().invoke(commands, ["openapi", str(tmp_path)])
    assert told.exit_code == 2
    assert told.output == f"Error: {path} cannot be read: no such file or directory; flowc build writes one\n"
