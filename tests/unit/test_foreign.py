"""The words of other systems: the table is sound, and what it advises exists and is what flowc reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.diagnostics.wording import alike
from flowc.profiles.foreign import TABLE
from flowc.profiles.hosts import host_profiles
from flowc.profiles.targets import read_table
from flowc.schema.schemas import Schema, flow_schema, part_schema, project_schema, read_schema
from flowc.schema.validator import Validator
from flowc.syntax import Map, Seq, load
from tests.samples.built_flows import targets

TABLE_OF_WORDS = read_table(TABLE)
SCHEMA = flow_schema(targets().profiles, host_profiles(targets()))
PROJECT = project_schema(targets().profiles, host_profiles(targets()))
PART = part_schema(targets().profiles, host_profiles(targets()))
VERBS = SCHEMA["$defs"]["action"]["then"]["properties"]
ROWS = [(section, row) for section, rows in TABLE_OF_WORDS.items() for row in rows]
HERE = [(section, row) for section, row in ROWS if "here" in row]
DO = [(section, row) for section, row in ROWS if "do" in row]
#: Sections about places that know different words: one's own word may be another's foreign one.
_LOOSE = ("field", "outcome", "value")
_NAMED = re.compile(r"(?<![\w-])([a-z][a-z_-]*):(?!//)")


def _mappings(part: Any) -> Iterator[Schema]:
    """Every schema that has keys."""
    if isinstance(part, dict):
        if isinstance(part.get("properties"), dict) and "examples" not in part.get("properties", {}):
            yield part["properties"]
        for key, value in part.items():
            if key not in ("examples", "x-flowc"):
                yield from _mappings(value)
    elif isinstance(part, list):
        for item in part:
            yield from _mappings(item)


def _words(part: Any) -> Iterator[list[str]]:
    """Every list of words of which a field takes one."""
    if isinstance(part, dict):
        if "enum" in part:
            yield [str(word) for word in part["enum"]]
        for key, value in part.items():
            if key not in ("examples", "x-flowc", "not", "propertyNames", "if"):
                yield from _words(value)


OUTCOMES = [
    VERB["properties"]["then"]["then"].get("properties", {})
    for VERB in map(SCHEMA["$defs"].get, VERBS)
    if VERB and isinstance(VERB.get("properties", {}).get("then", {}).get("then"), dict)
]
#: What is known in the places that a section is about.
KNOWN: dict[str, list[Any]] = {
    "action": [VERBS],
    "field": list(_mappings(SCHEMA)),
    "outcome": OUTCOMES,
    "file": [SCHEMA["properties"]],
    "project": [PROJECT["properties"]],
    "part": [PART["properties"]],
    "destination": [["next", "end"]],
    "target": [list(targets().profiles)],
    "value": list(_words(SCHEMA)),
}


def test_the_table_fits_its_schema() -> None:
    faults = Draft202012Validator(read_schema("foreign")).iter_errors(TABLE_OF_WORDS)
    assert [f"{list(fault.absolute_path)}: {fault.message}" for fault in faults] == []


@pytest.mark.parametrize("section", TABLE_OF_WORDS)
def test_a_word_has_one_meaning_in_a_place(section: str) -> None:
    seen: dict[str, list[Any]] = {}
    for row in TABLE_OF_WORDS[section]:
        for word in map(alike, row["words"]):
            for other in seen.get(word, ()):
                both = [
                    known
                    for known in KNOWN[section]
                    if set(row.get("here", ())) & set(known) and set(other.get("here", ())) & set(known)
                ]
                assert not both or section in _LOOSE, word
                assert "at" in row or "at" in other or {"here"} <= row.keys() & other.keys(), word
            seen.setdefault(word, []).append(row)


@pytest.mark.parametrize(("section", "row"), ROWS, ids=lambda part: part if isinstance(part, str) else part["words"][0])
def test_no_word_of_the_language_is_foreign(section: str, row: dict[str, Any]) -> None:
    where = [known for known in KNOWN[section] if not row.get("here") or set(row["here"]) & set(known)]
    for word in map(alike, row["words"]):
        free = [known for known in where if word not in map(alike, known)]
        assert free if section in _LOOSE else len(free) == len(where), word


@pytest.mark.parametrize(("section", "row"), HERE, ids=lambda part: part if isinstance(part, str) else part["words"][0])
def test_what_it_is_called_here_exists(section: str, row: dict[str, Any]) -> None:
    assert [word for word in row["here"] if not any(word in known for known in KNOWN[section])] == []
    if "as" in row:
        action = yaml.safe_load(row["as"])
        assert [*action] == row["here"]
        assert Validator({"$ref": "#/$defs/action", "$defs": SCHEMA["$defs"]}).takes(action)
        assert not row["as"].endswith(".")


@pytest.mark.parametrize(("section", "row"), DO, ids=lambda part: part if isinstance(part, str) else part["words"][0])
def test_advice_names_what_exists(section: str, row: dict[str, Any]) -> None:
    known = (
        {key for mapping in (*KNOWN["field"], *KNOWN["part"]) for key in mapping}
        | {"ask", "desk", "x-version"}
        | set(targets().profiles)
    )
    assert [name for name in _NAMED.findall(row["do"]) if name not in known] == []
    for at in row.get("at", ()):
        assert at in known


def _helps(schema: Schema, text: str) -> dict[str, str]:
    """What is said about each key or value of a file that its schema does not know."""
    file = SourceFile("x.yaml", text.encode())
    data, faults = load(file)
    assert (faults, isinstance(data, Map)) == ([], True)
    return {str(_value(data, finding)): finding.help for finding in Validator(schema).findings(file, data)}


def _value(data: Any, finding: Finding) -> Any:
    place = finding.at
    assert isinstance(place, NodeRef)
    if place.part == "key":
        return place.key
    todo: list[Any] = [data]
    for holder in todo:
        if isinstance(holder, (Map, Seq)):
            if holder.node == place.node:
                key: Any = place.key
                return holder[key]
            todo += holder.values() if isinstance(holder, Map) else holder
    raise AssertionError(finding)


_FLOW = "flowc: 1\nname: x\ntargets: [{targets}]\nentry: start\nsteps:\n  start:\n    - hangup\n"
_PART = "flowc: 1\npart: x\nentry: start\nsteps:\n  start:\n    - hangup\n"


@pytest.mark.parametrize("section", ["action", "target", "file", "project", "part"])
def test_every_word_is_answered_by_its_row(section: str) -> None:
    words = {word: row for row in TABLE_OF_WORDS[section] for word in row["words"]}
    plain = _FLOW.format(targets="plivo")
    texts = {
        "action": plain + "".join(f"    - {{{word}: x}}\n" for word in words),
        "target": _FLOW.format(targets=", ".join(words)),
        "file": plain + "".join(f"{word}: [x, y]\n" for word in words),
        "project": "".join(f"{word}: [x, y]\n" for word in words),
        "part": _PART + "".join(f"{word}: [x, y]\n" for word in words),
    }
    helps = _helps({"project": PROJECT, "part": PART}.get(section, SCHEMA), texts[section])
    for word, row in words.items():
        assert helps[word].startswith(row["do"] if "do" in row else f"Here it is called {row['here'][0]}"), word


#: Foreign words that are one slip from the word of the language that says the same.
_BOTH = {"action": {"mail"}, "outcome": {"complete"}, "file": set(), "project": set(), "part": set(), "target": set()}


def _slips(word: str) -> Iterator[str]:
    """The word with a letter left out, a letter doubled, or two letters exchanged."""
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
        yield word[:index] + word[index] + word[index:]
        yield word[:index] + word[index + 1 : index + 2] + word[index] + word[index + 2 :]


@pytest.mark.parametrize("section", ["action", "outcome", "file", "project", "part", "target"])
def test_a_slip_of_the_finger_is_not_taken_for_another_system(section: str) -> None:
    foreign = {alike(word) for row in TABLE_OF_WORDS[section] for word in row["words"]}
    known = {word for words in KNOWN[section] for word in words}
    slips = {slip for word in known for slip in _slips(word) if len(slip) > 2} - known
    assert {slip for slip in slips if alike(slip) in foreign} == _BOTH[section]
