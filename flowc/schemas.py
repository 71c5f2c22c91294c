"""The schemas of flow and project files, whole: the data files with the targets' names and blocks composed in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flowc.diagnostics import CODES
from flowc.profile import Kind, Profile
from flowc.targets import SCHEMAS

#: Kinds of node that an entry of the phone book becomes.
CALLEES = ("number", "sip", "client")

#: Kinds that are written in the target's own words anyway, or are no action.
_NO_BLOCK = ("raw", "retry")

Schema = dict[str, Any]


def flow_schema(profiles: Mapping[str, Profile]) -> Schema:
    """The schema of a `*.flow.yaml`."""
    schema = read_schema("flow")
    definitions = schema["$defs"]
    definitions["targets"]["items"]["enum"] = list(profiles)
    for name, profile in profiles.items():
        definitions["raw"]["properties"][name] = {
            "description": f"XML for {profile.title}.",
            "$ref": "#/$defs/markup",
        }
        for kind, row in profile.nodes.items():
            holder = definitions.get("number" if kind in CALLEES else profile.variants.get(kind, kind))
            if holder is None or not isinstance(row, Kind) or kind in _NO_BLOCK:
                continue
            block = holder["properties"].setdefault(
                name,
                {
                    "description": f"What only {profile.title} knows, in its own words.",
                    "type": "object",
                    "properties": {},
                    "additionalProperties": False,
                    "x-flowc": {
                        "kind": "block",
                        "type": {"expected": f"a mapping of {profile.title}'s own words"},
                        "additionalProperties": {
                            "message": f'{name} has no "{{key}}" on a {profile.variants.get(kind, kind)}'
                        },
                    },
                },
            )
            block["properties"].update({key: dict(entry.schema) for key, entry in row.block.items()})
    return schema


def project_schema(profiles: Mapping[str, Profile]) -> Schema:
    """The schema of a `flowc.yaml`: it shares the definitions of the flow's."""
    schema = read_schema("project")
    schema["$defs"] = {**flow_schema(profiles)["$defs"], **_codes()}
    return schema


def _codes() -> Schema:
    """A code, and what takes some of them: codes, or how they begin."""
    words = {"code": "FC381", "help": "flowc explain lists the codes."}
    key = {"enum": {**words, "message": 'there is no code "{key}"'}}
    value = {"enum": {**words, "message": "there is no code {found}"}}
    begun = sorted({code[:size] for code in CODES for size in range(2, len(code) + 1)})
    code = {"description": "A code of flowc.", "enum": list(CODES), "x-flowc": key}
    some = {"description": "A code of flowc, or how some begin.", "enum": begun, "x-flowc": value}
    either = {"if": {"type": "array"}, "then": {"type": "array", "items": some}, "else": some}
    return {"code": code, "codes": {"description": "Codes of flowc, or how some begin: one, or a list.", **either}}


def scenarios_schema(profiles: Mapping[str, Profile]) -> Schema:
    """The schema of a `*.test.yaml`: it shares the definitions of the flow's."""
    schema = read_schema("scenarios")
    schema["$defs"] = flow_schema(profiles)["$defs"]
    return schema


def environment_schema() -> Schema:
    """The schema of an `env/<name>.yaml`."""
    return read_schema("environment")


def read_schema(name: str) -> Schema:
    """A schema file as it stands, by its name without .schema.json."""
    schema: Schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return schema


class Field(NamedTuple):
    """A field of a verb: its kind is the name of the definition it refers to, or empty where only `build` knows."""

    name: str
    kind: str
    default: Any


def verb_fields(schema: Schema) -> dict[str, tuple[Field, ...]]:
    """The fields of every verb, of a phone-book entry, of a confirmation and of `retry`, in the order of the schema."""
    definitions = schema["$defs"]
    holders = {verb: definitions.get(verb, {}) for verb in definitions["action"]["then"]["properties"]}
    holders |= {name: definitions[name] for name in ("number", "confirm", "retry")}
    return {
        name: tuple(Field(field, _kind(row), row.get("default")) for field, row in holder.get("properties", {}).items())
        for name, holder in holders.items()
    }


def _kind(row: Schema) -> str:
    if "enum" in row:
        return "word"
    if "x-flowc" in row:
        return str(row["x-flowc"].get("kind", ""))
    return str(row["$ref"]).rpartition("/")[2] if "$ref" in row else str(row.get("type", ""))
