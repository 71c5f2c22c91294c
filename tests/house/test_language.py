"""Nothing of the language is documented without an example, and every example is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowc.profiles.hosts import host_profiles
from flowc.schema.schemas import flow_schema
from flowc.schema.validator import Validator
from tests.house.documented_examples import Example, block_keys, faults, fields, framed, language
from tests.samples.built_flows import targets

FIELDS = list(fields())
KEYS = list(block_keys())
WHOLE = [(verb, whole) for verb in language().verbs() for whole in language().verb(verb).schema["examples"]]
#: Outcomes by verb; `rows` stands among them for those of a table.
OUTCOMES = [
    (verb, name) for verb in language().verbs() for name in language().outcomes(language().verb(verb)) if name != "rows"
]
DEFAULTS = [
    (verb, field)
    for verb, row in language().definitions["defaults"]["properties"].items()
    for field in row["propertyNames"]["enum"]
]


def built(flow: dict[str, Any], folder: Path) -> None:
    """It says something, without an error, on one target at least."""
    found = faults(flow, folder)
    assert [] in found.values(), found


@pytest.mark.parametrize("example", FIELDS, ids=lambda example: example.name)
def test_a_field(example: Example, tmp_path: Path) -> None:
    assert example.row.example is not None, "no example"
    if language().nowhere(example.kind, example.row.name):
        found = faults(example.flow, tmp_path).values()
        assert {error.split()[0] for errors in found for error in errors} == {"FC401"}
        return
    built(example.flow, tmp_path)


@pytest.mark.parametrize(("target", "example"), KEYS, ids=[f"{name} {example.name}" for name, example in KEYS])
def test_a_key_of_a_block(target: str, example: Example, tmp_path: Path) -> None:
    assert example.row.example is not None, "no example: give its schema in target.yaml examples: [...]"
    assert faults(example.flow, tmp_path, [target]) == {target: []}


@pytest.mark.parametrize(("verb", "whole"), WHOLE, ids=[f"{verb} {list(whole)[:3]}" for verb, whole in WHOLE])
def test_an_example_of_a_verb(verb: str, whole: Any, tmp_path: Path) -> None:
    built(framed({verb: whole}), tmp_path)


@pytest.mark.parametrize(("verb", "outcome"), OUTCOMES)
def test_an_outcome(verb: str, outcome: str, tmp_path: Path) -> None:
    examples = language().verb(verb).schema["examples"]
    used = (whole for whole in examples if isinstance(whole.get("then"), dict) and outcome in whole["then"])
    built(framed({verb: next(used, {**examples[0], "then": {outcome: "closed", "else": "end"}})}), tmp_path)


@pytest.mark.parametrize(("verb", "field"), DEFAULTS)
def test_a_default(verb: str, field: str, tmp_path: Path) -> None:
    holder = language().verb(verb)
    (row,) = (row for row in language().rows(holder) if row.path == (field,))
    rest = {name: value for name, value in row.whole.items() if name != field or name in holder.required}
    flow = framed({verb: rest}, defaults={verb: {field: row.example}})
    built(flow, tmp_path)


@pytest.mark.parametrize("verb", [verb for verb in language().verbs() if language().short(verb)])
def test_a_short_form(verb: str, tmp_path: Path) -> None:
    name = language().short(verb)
    (row,) = (row for row in language().rows(language().verb(verb)) if row.path == (name,))
    built(framed({verb: row.example}), tmp_path)


@pytest.mark.parametrize("verb", [verb for verb in language().verbs() if language().bare(verb)])
def test_a_verb_alone(verb: str, tmp_path: Path) -> None:
    built(framed(verb), tmp_path)


def examples(schema: Any, at: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema that has examples, with its place; not those inside of examples."""
    if isinstance(schema, dict):
        if isinstance(schema.get("examples"), list):
            yield at, schema
        for key, value in schema.items():
            if key not in ("examples", "x-flowc"):
                yield from examples(value, f"{at}/{key}")


def test_examples_are_what_their_schema_takes() -> None:
    schema = flow_schema(targets().profiles, host_profiles(targets()))
    found = dict(examples(schema))
    assert "#/$defs/duration" in found
    for at, row in found.items():
        judge = Validator({**row, "$defs": schema["$defs"]})
        assert [value for value in row["examples"] if not judge.takes(value)] == [], at
