"""`flowc schema` prints what flowc itself judges by, written for editors: they show and offer what is said there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from flowc.cli import commands
from flowc.diagnostics.source import SourceFile
from flowc.profiles import files, scripts
from flowc.profiles.hosts import host_profiles
from flowc.profiles.speech import LANGUAGES
from flowc.profiles.targets import find_targets, read_table
from flowc.schema.schemas import (
    Schema,
    environment_schema,
    flow_schema,
    for_editors,
    part_schema,
    project_schema,
    read_schema,
    scenarios_schema,
)
from flowc.schema.validate import Validator
from flowc.syntax import load
from tests.conftest import ROOT
from tests.properties.strange_documents import plain

TARGETS = find_targets()
PROFILES, HOSTS = TARGETS.profiles, host_profiles(TARGETS)
AUTHORED = {
    "flow": flow_schema(PROFILES, HOSTS),
    "part": part_schema(PROFILES, HOSTS),
    "project": project_schema(PROFILES, HOSTS),
    "environment": environment_schema(),
    "scenarios": scenarios_schema(PROFILES, HOSTS),
}
SCHEMAS = {**AUTHORED, **{name: read_schema(name) for name in ("manifest", "target", "host")}}
#: Those of files into which variables are put.
WITH_VARIABLES = ("flow", "part", "project", "scenarios")
#: Keywords whose schemas decide, or speak of keys: nothing of them is shown.
_UNSEEN = ("if", "not", "propertyNames")
_FLOWS = [path for path in sorted((ROOT / "tests/cases").rglob("*.flow.yaml")) if path.stat().st_size < 10_000]


@pytest.mark.parametrize("path", sorted(LANGUAGES.iterdir()), ids=lambda path: path.stem)
def test_languages_fit_their_schema(path: Path) -> None:
    table = read_table(path)
    assert [fault.message for fault in Draft202012Validator(read_schema("language")).iter_errors(table)] == []
    names = [name for part in ("keys", "vague") for names in table[part].values() for name in names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("path", "name"), [(scripts.TABLE, "scripts"), (files.TABLE, "files")])
def test_tables_fit_their_schema(path: Path, name: str) -> None:
    assert [fault.message for fault in Draft202012Validator(read_schema(name)).iter_errors(read_table(path))] == []


def _printed(name: str) -> Any:
    result = CliRunner().invoke(commands, ["schema", name], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.output)


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_printed(name: str) -> None:
    printed = _printed(name)
    assert printed == for_editors(SCHEMAS[name], name in WITH_VARIABLES)
    assert "x-flowc" not in json.dumps(printed)
    assert (r"\\$\\{" in json.dumps(printed)) == (name in WITH_VARIABLES)
    assert printed["$id"] == f"https://flowc.invalid/schema/{name}.schema.json"
    Draft202012Validator.check_schema(printed)


def test_what_is_written(tmp_path: Path) -> None:
    into = tmp_path / "a" / "b"
    result = CliRunner().invoke(commands, ["schema", "--into", str(into)], catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, "".join(f"{into / name}.schema.json\n" for name in AUTHORED))
    for name in AUTHORED:
        assert json.loads((into / f"{name}.schema.json").read_bytes()) == _printed(name)


@pytest.mark.parametrize("arguments", [[], ["flow", "--into", "schemas"]], ids=["neither", "both"])
def test_one_name_or_a_folder(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(commands, ["schema", *arguments])
    assert (result.exit_code, [*tmp_path.iterdir()]) == (2, [])
    assert "name a schema, or give --into with a folder" in result.output


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(commands, ["schema", "--into", str(tmp_path / "file")])
    assert (result.exit_code, "cannot be written" in result.output) == (2, True)


def _data(path: Path) -> Any:
    data, _ = load(SourceFile(path.name, path.read_bytes()))
    return None if data is None else plain(data)


def test_editors_take_what_flowc_takes() -> None:
    ours, theirs = Validator(AUTHORED["flow"]), Validator(for_editors(AUTHORED["flow"], True))
    loaded = [_data(path) for path in _FLOWS if b"${" not in path.read_bytes()]
    assert {(ours.takes(flow), theirs.takes(flow)) for flow in loaded if flow} == {(True, True), (False, False)}


def test_editors_take_variables() -> None:
    """Each flow that builds, as it is written: with variables where values will be."""
    judge = Validator(for_editors(AUTHORED["flow"], True))
    found = [*(ROOT / "examples").rglob("*.flow.yaml"), *(ROOT / "tests/cases/ok").rglob("*.flow.yaml")]
    flows = [path for path in found if ".hidden" not in path.parts]
    assert any(b"${" in path.read_bytes() for path in flows)
    assert [path for path in flows if not judge.takes(_data(path))] == []


def _parts(part: Any, at: str = "#") -> Iterator[tuple[str, Schema]]:
    """Every schema within a schema that an editor may show, with its place."""
    if not isinstance(part, dict):
        return
    yield at, part
    for key, value in part.items():
        if key in ("properties", "patternProperties", "$defs"):
            for name, inner in value.items():
                yield from _parts(inner, f"{at}/{key}/{name}")
        elif key in ("allOf", "anyOf"):
            for number, inner in enumerate(value):
                yield from _parts(inner, f"{at}/{key}/{number}")
        elif key not in ("examples", "default", "const", "enum", *_UNSEEN):
            yield from _parts(value, f"{at}/{key}")


def _whole(schema: Schema, part: Schema) -> Schema:
    """A schema with what it refers to."""
    while "$ref" in part:
        target: Any = schema
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


@pytest.mark.parametrize("name", AUTHORED)
def test_an_editor_can_show_what_a_field_is(name: str) -> None:
    schema = for_editors(AUTHORED[name], name in WITH_VARIABLES)
    fields = {
        at: _whole(schema, part)
        for at, part in _parts(schema)
        if at.split("/")[-2:-1] in (["properties"], ["patternProperties"])
    }
    assert fields
    assert [at for at, part in fields.items() if not part.get("description", "").endswith((".", ". "))] == []


@pytest.mark.parametrize("name", AUTHORED)
def test_an_editor_can_show_what_a_word_means(name: str) -> None:
    """Of the language's own words; those of a target's block are said by its field."""
    schema = for_editors(AUTHORED[name], name in WITH_VARIABLES)
    for at, part in _parts(schema):
        if "enum" in part and not any(f"/properties/{target}/" in at for target in PROFILES):
            assert len(part.get("enumDescriptions", ())) == len(part["enum"]), at
        if "enumDescriptions" in part:
            assert all(text.endswith(".") for text in part["enumDescriptions"]), at


@pytest.mark.parametrize("name", AUTHORED)
def test_defaults_and_examples_may_be_written(name: str) -> None:
    schema = for_editors(AUTHORED[name], name in WITH_VARIABLES)
    for at, part in _parts(schema):
        if values := [*part.get("examples", ()), *([part["default"]] if "default" in part else [])]:
            judge = Validator({**part, "$defs": schema.get("$defs", {})})
            assert [value for value in values if not judge.takes(value)] == [], at


def test_every_file_of_the_examples_names_its_schema() -> None:
    kinds = {
        "flow": ".flow.yaml",
        "part": ".part.yaml",
        "scenarios": ".test.yaml",
        "project": "flowc.yaml",
        "environment": ".yaml",
    }
    files = sorted((ROOT / "examples").rglob("*.yaml"))
    assert files
    for path in files:
        named = path.read_text("utf-8").splitlines()[0].removeprefix("# yaml-language-server: $schema=")
        kind = next(kind for kind, end in kinds.items() if path.name.endswith(end))
        assert (path.parent / named).resolve() == ROOT / ".flowc" / f"{kind}.schema.json", path
