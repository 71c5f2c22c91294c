"""Verbs are rows: every verb of the schema has one, and a verb for one target costs few files."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowc.flow.model import Action
from flowc.flow.verbs import VERBS, Verb
from flowc.profiles.targets import find_targets
from flowc.schema.schemas import read_schema, verb_fields
from tests.conftest import ROOT, manifest_faults

SCHEMA = read_schema("flow")
FIELDS = {verb: {field.name for field in fields} for verb, fields in verb_fields(SCHEMA).items()}
GOLDEN = sorted((ROOT / "tests" / "golden").rglob("manifest.json"))


def test_every_verb_of_the_schema_has_a_row() -> None:
    assert [*VERBS] == [*SCHEMA["$defs"]["action"]["then"]["properties"]]


@pytest.mark.parametrize("verb", VERBS)
def test_a_row_names_fields_of_the_schema(verb: str) -> None:
    row = VERBS[verb]
    short = () if verb == "preanswer" else (row.short,)
    told = (row.recording_told,)
    named = {name for name in (*short, *told, *row.records, *row.numbers, *row.words) if name}
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
        assert (row.alone or set()) <= known


def test_a_plain_verb_needs_no_row_but_its_name() -> None:
    assert Verb().model is Action


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_a_golden_manifest_meets_its_schema(path: Path) -> None:
    assert manifest_faults(path.read_bytes()) == []
