"""Two validators, one verdict: the fast one that judges and the reference one that finds the words; and the schemas."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from flowc.diagnostics.codes import CODES
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.profiles.hosts import host_profiles
from flowc.profiles.rows import NodeRow, Spelling
from flowc.profiles.targets import PACKAGED, SCHEMAS
from flowc.schema import key_errors, key_suggestions, merge_errors, validate
from flowc.schema.reference_validator import ecma_search, reference_errors
from flowc.schema.schemas import environment_schema, flow_schema, part_schema, project_schema, scenarios_schema
from flowc.schema.validator import Validator
from flowc.syntax import Data, Map, Seq, load
from tests.properties.strange_documents import ODD, WORDS, mutated, plain
from tests.samples.built_flows import FLOWS, SAMPLES, targets

Schema = dict[str, Any]


@cache
def schemas() -> dict[str, Schema]:
    """Every schema of a file, those of flow and project with what the targets add."""
    profiles, hosts = targets().profiles, host_profiles(targets())
    whole = {
        "flow": flow_schema(profiles, hosts),
        "part": part_schema(profiles, hosts),
        "project": project_schema(profiles, hosts),
        "environment": environment_schema(),
        "scenarios": scenarios_schema(profiles, hosts),
    }
    return whole | {
        name: json.loads(path.read_text("utf-8"))
        for path in sorted(SCHEMAS.glob("*.json"))
        if (name := path.name.removesuffix(".schema.json")) not in whole
    }


NAMES = (
    *("flow", "part", "project", "environment", "scenarios", "manifest"),
    *("target", "carrier", "webhooks", "codes", "host", "language", "scripts", "files", "foreign"),
)


def parsed(text: bytes) -> Any:
    data, findings = load(SourceFile("seed.yaml", text))
    assert findings == []
    return plain(data)


SEEDS: Mapping[str, tuple[Any, ...]] = {
    "flow": (
        *(parsed(path.read_bytes()) for path in FLOWS if b"${" not in path.read_bytes()),
        {"flowc": 1, "name": "a", "entry": "s", "steps": {"s": ["hangup"]}},
        {"flowc": 1, "name": "a", "entry": "s", "steps": {"s": [{"switch": {"on": "to", "then": {"else": "s"}}}]}},
        {
            "flowc": 1,
            "name": "a",
            "entry": "s",
            "x-a": 1,
            "vars": {"v": {"type": "text"}, "w": 1},
            "steps": {"s": ["hangup"]},
        },
        {
            "flowc": 1,
            "name": "a",
            "entry": "s",
            "defaults": {"say": {"loop": 2}, "gather": {"tries": 2, "finish_on": 0}, "dial": {"ring": "in-turn"}},
            "steps": {"s": [{"gather": {"digits": {"max": 2}, "then": {"digits": "next", "12": "end", "else": "s"}}}]},
        },
        {
            "flowc": 1,
            "name": "a",
            "entry": "s",
            "numbers": {"n": {"to": "+12025550143", "plivo": {"sendDigitsMode": "rfc2833"}}},
            "steps": {
                "s": [
                    {
                        "dial": {
                            "to": ["n"],
                            "confirm": {"key": 1, "prompt": [{"pause": "2s"}]},
                            "then": {"else": "end"},
                        }
                    },
                    {"hangup": None},
                    {"record": {"then": {"recorded": {"url": "https://a.example.com", "method": "GET"}}}},
                ]
            },
        },
    ),
    "part": (
        {
            "flowc": 1,
            "part": "p",
            "x-a": 1,
            "inputs": {
                "greeting": {"type": "prompt", "default": [{"say": "Hello."}]},
                "box": "b",
                "back": {"type": "step"},
            },
            "exits": ["left", "nothing"],
            "parts": {"q": "q.part.yaml"},
            "tables": {
                "t": {"rows": [{"ext": 101}], "columns": {"ext": "digits"}},
                "u": {"csv": "u.csv", "columns": {"a": "text"}},
            },
            "entry": "s",
            "steps": {
                "s": [
                    {
                        "repeat": {
                            "times": 2,
                            "do": [{"say": "Hello."}, {"use": {"part": "q", "with": {"a": 1}}}],
                            "then": "left",
                        }
                    },
                    {
                        "gather": {
                            "digits": 3,
                            "then": {
                                "rows": [
                                    {"table": "t", "key": "ext", "to": "left"},
                                    {
                                        "table": "u",
                                        "key": "a",
                                        "part": "q",
                                        "with": {"a": "b"},
                                        "then": {"left": "end", "else": "s"},
                                    },
                                ],
                                "else": "nothing",
                            },
                        }
                    },
                ]
            },
        },
    ),
    "project": (
        parsed((SAMPLES / "project" / "flowc.yaml").read_bytes()),
        {
            "targets": ["plivo"],
            "defaults": {"record": {"beep": False}},
            "vars": {"v": {"type": "integer", "default": 1}},
        },
    ),
    "environment": (
        parsed((SAMPLES / "project" / "env" / "prod.yaml").read_bytes()),
        {"a": 1, "b": True, "x-c": [None]},
    ),
}


def located(data: Any) -> Data:
    """Plain data as the loader would give it: every container with a number of its own."""
    count = 0

    def convert(value: Any) -> Data:
        nonlocal count
        if not isinstance(value, (dict, list)):
            return cast(Data, value)
        result: Map | Seq = Map() if isinstance(value, dict) else Seq()
        result.node, result.line = count, 1
        count += 1
        if isinstance(value, dict) and isinstance(result, Map):
            result.update((key, convert(entry)) for key, entry in value.items())
        elif isinstance(result, Seq):
            result.extend(map(convert, value))
        return result

    return convert(data)


@cache
def validator(name: str) -> Validator:
    return Validator(schemas()[name])


def agree(name: str, data: Any) -> None:
    document = located(data)
    taken = validator(name).takes(document)
    assert taken is (list(reference_errors(schemas()[name], document)) == [])
    findings = validator(name).findings(SourceFile("seed.yaml", b""), document)
    assert taken is (findings == [])
    for finding in findings:
        assert finding.code in CODES
        assert finding.message
        assert isinstance(finding.at, NodeRef)


@pytest.mark.parametrize("name", SEEDS)
def test_seeds_are_taken(name: str) -> None:
    """Else a mutation would be one fault among others."""
    assert [[error.path for error in reference_errors(schemas()[name], seed)] for seed in SEEDS[name]] == [
        [] for _ in SEEDS[name]
    ]


@settings(derandomize=True, deadline=None, max_examples=250)
@given(mutated(SEEDS["flow"]))
def test_flows(data: Any) -> None:
    agree("flow", data)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(mutated(SEEDS["part"]))
def test_parts(data: Any) -> None:
    agree("part", data)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(mutated(SEEDS["project"]))
def test_projects(data: Any) -> None:
    agree("project", data)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(mutated(SEEDS["environment"]))
def test_environments(data: Any) -> None:
    agree("environment", data)


@pytest.mark.parametrize("value", [*ODD, WORDS], ids=lambda value: ascii(value)[:20])
def test_odd_values_alone(value: Any) -> None:
    """In every place of a small flow, and as the flow itself."""
    for name in SEEDS:
        agree(name, list(value) if isinstance(value, tuple) else value)
    if not isinstance(value, tuple):
        for key in (
            "flowc",
            "name",
            "targets",
            "entry",
            "numbers",
            "vars",
            "parts",
            "tables",
            "defaults",
            "steps",
            "host",
        ):
            agree("flow", {**SEEDS["flow"][-1], key: value})
        for verb in schemas()["flow"]["$defs"]["action"]["then"]["properties"]:
            agree("flow", {**SEEDS["flow"][-1], "steps": {"s": [{verb: value}]}})


# What the targets' fragments judge

texts = st.one_of(
    st.sampled_from([value for value in ODD if not isinstance(value, (list, dict, type(None)))]),
    st.text(max_size=6),
    st.from_regex(r"https?://[ -~]{0,12}"),
    st.integers(-5, 200),
)


def fragments() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for profile in targets().profiles.values():
        for kind, row in profile.nodes.items():
            if isinstance(row, NodeRow):
                for field, spelling in row.fields.items():
                    if isinstance(spelling, Spelling):
                        yield from ((f"{profile.name} {kind} {field}", one) for one in fragments_of(spelling))
                yield from ((f"{profile.name} {kind} {key}", entry.schema) for key, entry in row.block.items())
                for conflict in row.conflicts:
                    yield from ((f"{profile.name} {kind} conflict {name}", one) for name, one in conflict.when.items())


def fragments_of(spelling: Spelling) -> Iterator[Mapping[str, Any]]:
    """What a field takes, as a whole and item by item, and what the tags in it take."""
    if spelling.schema is not None:
        yield spelling.schema
    if spelling.items is not None and spelling.items.schema is not None:
        yield spelling.items.schema
    for tag in (spelling.markup.tags or {}).values() if spelling.markup else ():
        yield from tag.attributes.values()
        for conflict in tag.conflicts:
            yield from conflict.when.values()


FRAGMENTS = {json.dumps(schema, sort_keys=True): (name, schema) for name, schema in fragments()}
FAST = {key: Validator(schema) for key, (_, schema) in FRAGMENTS.items()}


@settings(derandomize=True, deadline=None, max_examples=100)
@given(texts)
def test_fragments_of_targets(value: object) -> None:
    for key, (name, schema) in FRAGMENTS.items():
        assert FAST[key].takes(value) is (list(reference_errors(schema, value)) == []), name


def patterns(schema: Any) -> Iterator[str]:
    """Every regular expression of a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        if isinstance(schema.get("patternProperties"), dict):
            yield from schema["patternProperties"]
        for value in schema.values():
            yield from patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from patterns(value)


PATTERNS = sorted({pattern for name in NAMES for pattern in patterns(schemas()[name])})
BY_RUST = {pattern: jsonschema_rs.validator_for({"pattern": pattern}) for pattern in PATTERNS}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns(pattern: str) -> None:
    """Both find a pattern in the same texts: those it matches whole, those spoiled at either end, and any."""
    matching = st.from_regex(pattern, fullmatch=True)
    spoiled = st.tuples(matching, st.sampled_from(["\n", "\r", "\u2028", " ", "a", "A", "é", "\u0661", "\0"]))

    @settings(derandomize=True, deadline=None, max_examples=20)
    @given(st.one_of(matching, spoiled.map("".join), spoiled.map(lambda pair: pair[1] + pair[0]), st.text(max_size=9)))
    def both(text: str) -> None:
        assert BY_RUST[pattern].is_valid(text) is ecma_search(pattern, text)

    both()


# The schemas themselves


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])
    assert schemas()[name]["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_every_schema_is_tested() -> None:
    assert set(schemas()) == set(NAMES)


#: The tables that stand alone; one that extends another is whole only with it, and judged so when it is read.
TABLES = {
    path.parent.name: data
    for path in sorted(PACKAGED.glob("targets/*/target.yaml"))
    if "extends" not in (data := yaml.safe_load(path.read_text("utf-8")))
}


@pytest.mark.parametrize("data", TABLES.values(), ids=list(TABLES))
def test_targets_meet_their_schema(data: Any) -> None:
    assert [error.keyword for error in reference_errors(schemas()["target"], data)] == []
    assert jsonschema_rs.validator_for(schemas()["target"]).is_valid(data)
    for row in data["nodes"].values():
        for entry in (*row.get("fields", {}).values(), *row.get("block", {}).values()):
            Draft202012Validator.check_schema(entry.get("schema", {}))


HOSTS = {
    path.parent.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(PACKAGED.glob("hosts/*/host.yaml"))
}


@pytest.mark.parametrize("data", HOSTS.values(), ids=list(HOSTS))
def test_hosts_meet_their_schema(data: Any) -> None:
    assert [error.keyword for error in reference_errors(schemas()["host"], data)] == []


#: What else than words about a keyword may stand in x-flowc.
OF_THEIR_OWN = {"kind": {"block", "step-or-server"}}


@cache
def words_read() -> frozenset[str]:
    """The words of an annotation that somebody reads: those that the modules name which make findings of errors."""
    trees = [
        ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for module in (validate, key_errors, merge_errors, key_suggestions)
    ]
    nodes = (node for tree in trees for node in ast.walk(tree))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def annotated(schema: Any, at: str = "#") -> Iterator[tuple[str, Schema]]:
    """Every schema that has an x-flowc, with its place."""
    if isinstance(schema, dict):
        if "x-flowc" in schema:
            yield at, schema
        for key, value in schema.items():
            if key != "x-flowc":
                yield from annotated(value, f"{at}/{key}")
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from annotated(value, f"{at}/{index}")


@pytest.mark.parametrize("name", ["flow", "part", "project", "environment"])
def test_annotations_stand_beside_what_they_annotate(name: str) -> None:
    for at, schema in annotated(schemas()[name]):
        for keyword, words in schema["x-flowc"].items():
            if keyword == "meaning":  # of a block's key: what editors show of it
                assert isinstance(words, str), at
                continue
            if keyword in OF_THEIR_OWN:
                assert words in OF_THEIR_OWN[keyword], at
                continue
            assert keyword in schema, f"{at} says something of {keyword}, which is not there"
            assert set(words) <= words_read(), at
            assert words.get("code", "FC203") in CODES, at
            for message in (words[key] for key in ("message", "expected") if key in words):
                assert set(re.findall(r"{(\w+)}", message)) <= {"found", "key", "bounds"}, at
            if isinstance(words.get("help"), dict):  # of each key that is required
                assert set(words["help"]) <= set(schema[keyword]), at


def test_annotations_are_found() -> None:
    """The test above would take a misspelt keyword and a code that does not exist, did it not look at them."""
    places = dict(annotated(schemas()["flow"]))
    assert set(places) >= {"#/$defs/name", "#/$defs/actions", "#/$defs/duration"}
