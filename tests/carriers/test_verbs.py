"""Verbs are rows: every verb of the schema has one, and a verb for one target costs few files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flowc.flow.actions import Action
from flowc.flow.verbs import REPEAT, USE, VERBS, Verb
from flowc.profiles.targets import find_targets
from flowc.schema.schemas import read_schema, verb_fields
from tests.conftest import ROOT, manifest_faults
from tests.house.costs import copy_package, costs, insert, touched

SCHEMA = read_schema("flow")
FIELDS = {verb: {field.name for field in fields} for verb, fields in verb_fields(SCHEMA).items()}
GOLDEN = sorted((ROOT / "tests" / "golden").rglob("manifest.json"))


def test_every_verb_of_the_schema_has_a_row() -> None:
    """Except those that are written out while a flow is read: they become no actions."""
    verbs = SCHEMA["$defs"]["action"]["then"]["properties"]
    assert {USE, REPEAT} <= verbs.keys()
    assert [*VERBS] == [verb for verb in verbs if verb not in (USE, REPEAT)]


@pytest.mark.parametrize("verb", VERBS)
def test_a_row_names_fields_of_the_schema(verb: str) -> None:
    row = VERBS[verb]
    short = () if verb == "preanswer" else (row.short,)
    told = (row.recording_callback,)
    named = {name for name in (*short, *told, *row.records, *row.numbers, *row.texts) if name}
    assert named <= FIELDS[verb] | {"ssml"}
    assert set(row.background) <= set(row.records)


def test_a_verb_has_a_short_form_in_the_schema_and_in_its_row() -> None:
    rows = SCHEMA["$defs"]["action"]["then"]["properties"]
    short = {verb for verb, row in rows.items() if "else" in row}
    assert {verb for verb, row in VERBS.items() if row.short} == short - {"hangup"} | {"preanswer"}


def test_outcomes_that_need_no_target_are_reported_by_none() -> None:
    own = {verb for verb, row in VERBS.items() if row.outcomes}
    assert not own & {verb for profile in find_targets().profiles.values() for verb in profile.results}


def test_outcomes_without_the_caller_are_outcomes() -> None:
    profiles = find_targets().profiles.values()
    for verb, row in VERBS.items():
        known = row.outcomes.union(*(profile.outcomes(verb) for profile in profiles))
        assert (row.passive_outcomes or set()) <= known


def test_a_plain_verb_needs_no_row_but_its_name() -> None:
    assert Verb().model is Action


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_a_golden_manifest_meets_its_schema(path: Path) -> None:
    assert manifest_faults(path.read_bytes()) == []


# A verb for one target costs few files.

#: A flow of the made-up verb: outcomes, a sound of its own, and a server that is asked.
_FLOW = """\
flowc: 1
name: demo
targets: [{target}]
base_url: https://flows.example.com
entry: start
steps:
  start:
    - park:
        name: desk
        wait_music: [{{say: Please hold.}}]
        then: {{answered: end, full: busy, abandoned: end}}
  busy:
    - park: {{name: other, action: "https://crm.example.com/left"}}
    - hangup
"""
_OUTCOMES = {outcome: {"$ref": "#/$defs/destination"} for outcome in ("answered", "full", "abandoned", "else")}
_PARK = {
    "description": "Lets the caller wait until somebody is free.",
    "examples": [{"name": "desk"}],
    "type": "object",
    "properties": {
        "name": {"description": "The lot's name.", "$ref": "#/$defs/text"},
        "wait_music": {"description": "What is heard meanwhile.", "$ref": "#/$defs/audio"},
        "then": {
            "description": "The destination for each outcome.",
            "if": {"$ref": "#/$defs/is-outcomes"},
            "then": {"minProperties": 1, "properties": _OUTCOMES, "additionalProperties": False},
            "else": {"$ref": "#/$defs/destination"},
        },
        "action": {"$ref": "#/$defs/action-url"},
    },
    "additionalProperties": False,
}
#: What is put into which file, before which text of it.
_EDITS = {
    "flow/verbs.py": [('    "raw": Verb(', '    "park": Verb(reaches=True, timing="room"),\n')],
    "templates/targets/plivo/target.yaml": [
        (
            "facts:\n",
            "  park: {parameter: ParkResult, values: {answered: [bridged], full: [full]}, otherwise: abandoned}\n",
        ),
        (
            "  dtmf:\n",
            "  park:\n"
            "    fields:\n"
            "      next: {attribute: action, method: method}\n"
            "      wait_music: {attribute: waitUrl, fetched_by: GET}\n"
            "      name: {content: true}\n",
        ),
    ],
    "templates/targets/plivo/webhooks.yaml": [
        (
            "  conference-action:\n",
            "  park-action:\n"
            "    about: Somebody has left a lot.\n"
            "    named_by: Park action\n"
            "    answer: call\n"
            "    source: https://www.example.com/park\n"
            "    sets: [call]\n",
        )
    ],
    "templates/targets/plivo/contract.rng": [
        ('          <ref name="DTMF"/>\n', '          <ref name="Park"/>\n'),
        (
            '  <define name="DTMF">\n',
            '  <define name="Park">\n    <element name="Park">\n'
            '      <optional><attribute name="action"><ref name="url"/></attribute></optional>\n'
            '      <optional><attribute name="method"><ref name="http-method"/></attribute></optional>\n'
            '      <optional><attribute name="waitUrl"><ref name="url"/></attribute></optional>\n'
            "      <text/>\n    </element>\n  </define>\n\n",
        ),
    ],
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of flowc that knows the made-up verb, on one target."""
    package = copy_package(tmp_path)
    for name, edits in _EDITS.items():
        for before, added in edits:
            insert(package / name, before, added)
    schema = json.loads((package / "schema" / "flow.schema.json").read_text("utf-8"))
    verbs = schema["$defs"]["action"]["then"]["properties"]
    one_way = [{"$ref": "#/$defs/one-way"}]
    verbs["park"] = {"$ref": "#/$defs/park", "required": ["name"], "allOf": one_way}
    verbs["raw"] = verbs.pop("raw")
    schema["$defs"]["park"] = _PARK
    (package / "schema" / "flow.schema.json").write_text(json.dumps(schema), "utf-8")
    template = "{% macro park(n) %}\n<Park{{ n.attrs }}>{{ n.text }}</Park>\n{% endmacro %}\n"
    (package / "templates" / "targets" / "plivo" / "nodes" / "park.xml.j2").write_text(template, "utf-8")
    return tmp_path


def test_outcomes_that_a_table_forgets_are_not_dropped_in_silence(copy: Path) -> None:
    table = copy / "flowc" / "templates" / "targets" / "plivo" / "target.yaml"
    rows = table.read_text("utf-8").splitlines(keepends=True)
    table.write_text("".join(row for row in rows if not row.startswith("  park: ")), "utf-8")
    done = _flowc(copy, "plivo")
    assert done.returncode != 0
    assert "nothing lowers then of this park: its table has no results" in done.stdout + done.stderr


def _flowc(folder: Path, target: str) -> subprocess.CompletedProcess[str]:
    (folder / "demo.flow.yaml").write_text(_FLOW.format(target=target), "utf-8")
    command = [sys.executable, "-m", "flowc", "build", "demo.flow.yaml", "-q", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_verb_for_one_target_touches_few_files(copy: Path) -> None:
    assert len(touched(copy / "flowc")) == costs()["a verb of one target"]


def test_the_verb_is_compiled_with_all_that_it_says(copy: Path) -> None:
    done = _flowc(copy, "plivo")
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)
    dist = copy / "dist"
    manifest = (dist / "manifest.json").read_bytes()
    assert manifest_faults(manifest) == []
    (route,) = json.loads(manifest)["routes"]
    assert (route["kind"], route["parameter"]) == ("park", "ParkResult")
    assert [case["value"] for case in route["cases"]] == ["bridged", "full"]
    (webhook,) = json.loads(manifest)["webhooks"]
    assert (webhook["kind"], webhook["contract"]) == ("park-action", "park-action")
    written = "".join(path.read_text("utf-8") for path in sorted(dist.rglob("*.xml")))
    assert "Please hold." in written
    assert re.search(r'<Park action="[^"]+/demo/start/park" method="GET" waitUrl="[^"]+">desk</Park>', written)
    assert '<Park action="https://crm.example.com/left" method="POST">other</Park>' in written


@pytest.mark.parametrize("target", ["twiml", "rcml", "callapi"])
def test_a_target_whose_table_does_not_name_the_verb_does_not_support_it(copy: Path, target: str) -> None:
    done = _flowc(copy, target)
    assert done.returncode == 1
    report = [line for line in (done.stdout + done.stderr).splitlines() if "error[" in line]
    assert [line.partition("error")[2] for line in report] == [
        f"[FC401] {target} has no park: its table has no row for it",
    ] * 2
