"""Targets are folders: a made-up one is added by the same mechanism, broken ones are told apart, tables agree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowc.cli import commands
from flowc.lower.confirm import CONFIRM
from flowc.lower.events import EVENTS
from flowc.manifest import read_manifest
from flowc.profile import Kind, Profile, Spelling
from flowc.routing import Request, answer
from flowc.schemas import read_schema
from flowc.targets import PACKAGED, find_targets
from tests.contracts import contract_attributes, contract_path, read_grammar, reference

ECHO = Path(__file__).parent / "targets" / "echo"
PROFILES = find_targets().profiles

FLOW = """\
flowc: 1
name: made-up
targets: [echo]
base_url: https://flows.example.com
entry: start
steps:
  start:
    - say: Hello & welcome.
    - pause: 1500ms
    - gather:
        digits: 1
        tries: 2
        prompt: [{say: Press 1.}]
        then: {"1": team, else: bye}
  team:
    - dial:
        to: "+12025550143"
        confirm: {key: "5", prompt: [{say: Press 5.}]}
        events: https://crm.example.com/hook
        echo: {louder: true, unconfirmed: hangup}
        then: {completed: end, busy: bye, else: tape}
  tape:
    - record: {events: "https://crm.example.com/hook"}
    - goto: bye
  bye: [{say: Goodbye.}, hangup]
"""


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A templates folder with the made-up target, in a working folder with a flow for it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ECHO, tmp_path / "mine" / "targets" / "echo")
    (tmp_path / "made-up.flow.yaml").write_text(FLOW, "utf-8")
    return tmp_path / "mine" / "targets" / "echo"


def _build(*more: str) -> Result:
    arguments = ["build", "made-up.flow.yaml", "-q", "--templates", "mine", *more]
    return CliRunner().invoke(commands, arguments, catch_exceptions=False, prog_name="flowc")


def test_a_made_up_target_is_compiled(templates: Path) -> None:
    assert (_build().output, _build().exit_code) == ("", 0)
    assert Path("dist/echo/made-up/team.xml").read_text("utf-8") == (
        '<call>\n  <ring to="https://flows.example.com/echo/made-up/team/dial" by="GET"'
        ' tell="https://crm.example.com/hook" tellBy="POST" ms="30000" most="14400" louder="true">\n'
        '    <party first="https://flows.example.com/echo/made-up/_/e78d74fb0bf4.xml" firstBy="GET">'
        "+12025550143</party>\n"
        "  </ring>\n</call>\n"
    )
    manifest = read_manifest(Path("dist/manifest.json").read_bytes())
    url = "https://flows.example.com/echo/made-up/team/dial?result="
    paths = {word: answer(manifest, Request("GET", url + word)).document for word in ("talked", "engaged", "", "odd")}
    assert {word: document and Path("dist", document.path).read_text("utf-8") for word, document in paths.items()} == {
        "talked": "<call>\n  <stop/>\n</call>\n",
        "engaged": "<call>\n  <speak>Goodbye.</speak>\n  <stop/>\n</call>\n",
        "": Path("dist/echo/made-up/tape.xml").read_text("utf-8"),
        "odd": Path("dist/echo/made-up/tape.xml").read_text("utf-8"),
    }


def test_a_template_may_not_reach_for_python(templates: Path) -> None:
    (templates / "nodes" / "say.xml.j2").write_text(
        "{% macro say(n) %}<speak>{{ n.__class__.__mro__ }}</speak>{% endmacro %}", "utf-8"
    )
    result = _build()
    assert result.exit_code == 3
    assert "error[FC901] a template of echo failed in say.xml.j2: SecurityError: " in result.output
    assert not Path("dist").exists()


def test_a_document_that_breaks_its_contract_is_not_written(templates: Path) -> None:
    (templates / "nodes" / "hangup.xml.j2").write_text("{% macro hangup(n) %}<Stop/>{% endmacro %}", "utf-8")
    result = _build()
    assert result.exit_code == 3
    assert "error[FC902] the contract of echo refuses the document made here: " in result.output
    assert "Did not expect element Stop there" in result.output
    assert not Path("dist").exists()


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("target.yaml", "name: [", "cannot be read"),
        ("target.yaml", "name: echo", '"title" is a required property'),
        ("nodes/say.xml.j2", "{% macro say(n) %}", "TemplateSyntaxError"),
        ("contract.rng", "<element", "contract.rng"),
    ],
)
def test_a_broken_folder_is_told_without_a_traceback(templates: Path, file: str, text: str, complaint: str) -> None:
    (templates / file).write_text(text, "utf-8")
    result = _build()
    assert (result.exit_code, "Traceback" in result.output) in {(2, False), (3, False)}
    assert complaint in result.output
    assert not Path("dist").exists()


def test_a_field_that_a_table_forgot_is_not_dropped(templates: Path) -> None:
    flow = FLOW.replace("digits: 1\n", "digits: 1\n        digit_timeout: 3s\n")
    Path("made-up.flow.yaml").write_text(flow, "utf-8")
    result = _build()
    assert result.exit_code == 1
    assert result.output == (
        "made-up.flow.yaml:12:24: error[FC401] echo has no digit_timeout on a gather: its table says nothing of it\n"
        " 12 |         digit_timeout: 3s\n"
        "    |                        ^^\n"
        "  help: Leave it out, or add a row to the target's table.\n"
    )


def test_strategies_in_code_are_those_of_the_schema() -> None:
    axes = read_schema("target")["properties"]["strategies"]["properties"]
    assert set(CONFIRM) == set(axes["confirm"]["enum"])
    assert set(EVENTS) == set(axes["events"]["enum"])


def _elements(profile: Profile) -> Iterator[tuple[str, str, Kind]]:
    for kind, row in profile.nodes.items():
        if isinstance(row, Kind):
            template = (PACKAGED / "targets" / profile.name / "nodes" / f"{kind}.xml.j2").read_text("utf-8")
            found = re.search(r"<([A-Za-z]+)", template)
            assert found
            yield kind, found[1], row


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_what_a_table_writes_the_contract_and_the_reference_know(profile: Profile) -> None:
    contract = contract_attributes(contract_path(profile.name))
    known = reference(profile.name)
    for kind, element, row in _elements(profile):
        written = {name for name, key in row.block.items() if not key.option}
        for spelling in row.fields.values():
            if isinstance(spelling, Spelling):
                written |= {name for name in (spelling.attribute, spelling.method) if name}
        assert written <= contract[element], (kind, element)
        assert written <= set(known[element].attributes), (kind, element)


def _words(profile: Profile) -> Iterator[Any]:
    for kind, element, row in _elements(profile):
        for name, spelling in row.fields.items():
            if isinstance(spelling, Spelling) and spelling.attribute:
                schema: dict[str, Any] = dict(spelling.schema or {})
                words = [*(spelling.values or {}).values(), *schema.get("enum", ())]
                words += [] if spelling.default is None else spelling.default.split(",")
                yield pytest.param(profile.name, element, spelling.attribute, schema, words, id=f"{kind}.{name}")


@pytest.mark.parametrize(
    ("target", "element", "attribute", "schema", "words"),
    [param for profile in PROFILES.values() for param in _words(profile)],
)
def test_values_and_ranges_are_those_of_contract_and_reference(
    target: str, element: str, attribute: str, schema: dict[str, Any], words: list[str]
) -> None:
    literal = read_grammar(contract_path(target)).attributes[element][attribute]
    known = reference(target)[element].attributes[attribute]
    for allowed in (literal, set(known.values)):
        if allowed and words:
            assert set(words) <= allowed | set("0123456789*#")
    if "minimum" in schema and known.minimum is not None:
        assert schema["minimum"] >= known.minimum
        assert known.maximum is None or schema["maximum"] <= known.maximum
