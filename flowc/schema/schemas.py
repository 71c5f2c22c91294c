"""Compose the schemas of authors' files from the JSON files and the names and blocks of targets and hosts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flowc.diagnostics.codes import CODES
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import alike
from flowc.profiles.hosts import Host
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Fragment, NodeRow, Spelling
from flowc.profiles.targets import SCHEMAS

#: Kinds of nodes for entries of the phone book.
CALLEES = ("number", "sip", "client")

#: Kinds of nodes for requests to the carrier's API.
REQUESTS = ("application", "call")

#: Kinds without a block: they use the target's own words already, or are not actions.
_NO_BLOCK = ("raw", "retry")

Schema = dict[str, Any]

_NO_HOSTS: Mapping[str, Host] = {}

#: Keywords that describe a value without restricting it.
_ANNOTATIONS = frozenset({"description", "examples", "default"})
#: Keywords whose schemas are conditions, apply to keys, or are values.
_DECIDES = ("if", "not", "propertyNames", "examples", "default", "enum", "enumDescriptions", "const")


def flow_schema(profiles: Mapping[str, Profile], hosts: Mapping[str, Host] = _NO_HOSTS) -> Schema:
    """Return the schema of a `*.flow.yaml`; `hosts` are the possible values of `host:`."""
    schema = read_schema("flow")
    definitions = schema["$defs"]
    definitions["host"] |= _words({name: f"{host.title}." for name, host in hosts.items()})
    definitions["targets"]["items"] |= _words({name: f"{profile.title}." for name, profile in profiles.items()})
    for name, profile in profiles.items():
        definitions["raw"]["properties"][name] = {
            "description": f"XML for {profile.title}.",
            "$ref": "#/$defs/markup",
        }
        for kind, row in profile.nodes.items():
            holder = definitions.get("number" if kind in CALLEES else profile.variants.get(kind, kind))
            if holder is None or not isinstance(row, NodeRow):
                continue
            _name_attributes(holder, row)
            if kind in _NO_BLOCK:
                continue
            block = holder["properties"].setdefault(
                name,
                {
                    "description": f"Fields that only {profile.title} has, under its own names.",
                    "type": "object",
                    "properties": {},
                    "additionalProperties": False,
                    "x-flowc": {
                        "kind": "block",
                        "type": {"expected": f"a mapping with fields of {profile.title}"},
                        "additionalProperties": {
                            "message": f'{name} has no "{{key}}" on a {profile.variants.get(kind, kind)}'
                        },
                    },
                },
            )
            _name_values(holder, name, row)
            block["properties"].update(
                {key: {**entry.schema, "x-flowc": {"meaning": entry.meaning}} for key, entry in row.block.items()}
            )
    return schema


def _name_attributes(holder: Schema, row: NodeRow) -> None:
    """Record the target's names of the fields of a mapping, for suggestions."""
    unknown = holder.setdefault("x-flowc", {}).setdefault("additionalProperties", {})
    unknown.setdefault("attributes", {}).update(
        {
            alike(spelling.attribute): field
            for field, spelling in row.fields.items()
            if isinstance(spelling, Spelling) and spelling.attribute and field in holder["properties"]
        }
    )


def _name_values(holder: Schema, target: str, row: NodeRow) -> None:
    """Record further values of a field that a target's block accepts, with examples."""
    for name, key in row.block.items():
        field = holder["properties"].get(name, {})
        if "enum" in field and "pattern" in key.schema:
            named = (word for conflict in row.conflicts for word in _enumerated(conflict.when.get(name, {})))
            examples = dict.fromkeys((*key.schema.get("examples", ()), *named))
            words = field.setdefault("x-flowc", {}).setdefault("enum", {}).setdefault("blocks", {})
            words[target] = (key.schema["pattern"], [word for word in examples if word not in field["enum"]])


def _enumerated(fragment: Fragment) -> Iterable[str]:
    return (word for word in fragment.get("enum", ()) if isinstance(word, str))


def project_schema(profiles: Mapping[str, Profile], hosts: Mapping[str, Host] = _NO_HOSTS) -> Schema:
    """Return the schema of a `flowc.yaml`, which shares the definitions of the flow schema."""
    schema = read_schema("project")
    schema["$defs"] = {**flow_schema(profiles, hosts)["$defs"], **_codes()}
    return schema


def _codes() -> Schema:
    """Return the definitions of a code, and of codes or prefixes of codes."""
    words = {"code": "FC381", "help": "flowc explain lists the codes."}
    key = {"enum": {**words, "message": 'there is no code "{key}"'}}
    value = {"enum": {**words, "message": "there is no code {found}"}}
    begun = sorted({code[:size] for code in CODES for size in range(2, len(code) + 1)})
    names = {code: f"{row.name}." for code, row in CODES.items()}
    code = {"description": "A code of flowc.", **_words(names), "x-flowc": key}
    beginnings = {word: names.get(word, "All codes with this prefix.") for word in begun}
    some = {"description": "A code of flowc, or a prefix of codes.", **_words(beginnings), "x-flowc": value}
    either = {"if": {"type": "array"}, "then": {"type": "array", "items": some}, "else": some}
    return {"code": code, "codes": {"description": "Codes of flowc, or prefixes of codes: one, or a list.", **either}}


def _words(meanings: Mapping[str, str]) -> Schema:
    """Return an enumeration of words and their meanings."""
    return {"enum": list(meanings), "enumDescriptions": list(meanings.values())}


def scenarios_schema(profiles: Mapping[str, Profile], hosts: Mapping[str, Host] = _NO_HOSTS) -> Schema:
    """Return the schema of a `*.test.yaml`, which shares the definitions of the flow schema."""
    schema = read_schema("scenarios")
    schema["$defs"] = flow_schema(profiles, hosts)["$defs"]
    return schema


def part_schema(profiles: Mapping[str, Profile], hosts: Mapping[str, Host] = _NO_HOSTS) -> Schema:
    """The schema of a `*.part.yaml`: it shares the definitions of the flow's."""
    schema = read_schema("part")
    schema["$defs"] = flow_schema(profiles, hosts)["$defs"]
    return schema


def part_head_schema(profiles: Mapping[str, Profile], hosts: Mapping[str, Host] = _NO_HOSTS) -> Schema:
    """The same for a part whose inputs are not inserted yet: its steps may contain anything."""
    schema = part_schema(profiles, hosts)
    steps = schema["$defs"]["steps"]
    schema["$defs"]["steps"] = {key: value for key, value in steps.items() if key != "additionalProperties"}
    return schema


def environment_schema() -> Schema:
    """Return the schema of an `env/<name>.yaml`."""
    return read_schema("environment")


def for_editors(schema: Schema, variables: bool = False) -> Schema:
    """Return a schema for editors and other programs.

    They read a file before variables are replaced: with `variables`, a value may be a variable. Editors show the
    innermost description of a value, so that of an inner form is removed if there is an outer one. The texts of
    flowc's messages are removed.
    """
    copy: Schema = _shown(schema, schema.get("$defs", {}))
    return _with_variables(copy) if variables else copy


def _shown(part: Any, definitions: Schema) -> Any:
    if isinstance(part, list):
        return [_shown(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    copy = {
        key: _silent(value) if key in _DECIDES else _shown(value, definitions)
        for key, value in part.items()
        if key != "x-flowc"
    }
    words = part.get("x-flowc", {})
    if words.get("meaning"):
        copy["description"] = words["meaning"]
    if "help" in words.get("pattern", ()):
        copy["patternErrorMessage"] = words["pattern"]["help"]
    if isinstance(part.get("allOf"), list):
        copy["allOf"] = [_undescribed(rule) if "$ref" in rule else rule for rule in copy["allOf"]]
    if "if" not in copy:
        refers = isinstance(copy.get("$ref"), str) and "description" in copy
        return _undescribed(copy) if refers and copy.keys() - _ANNOTATIONS - {"$ref"} else copy
    forms = [form for form in ("then", "else") if "$ref" in copy.get(form, ())]
    if forms and "description" not in copy:
        copy = {"description": definitions[_kind(copy[forms[0]])]["description"], **copy}
    return copy | {form: _undescribed(copy[form]) for form in forms}


def _silent(part: Any) -> Any:
    """Return a schema that is not shown, without the texts of messages."""
    if isinstance(part, list):
        return [_silent(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: _silent(value) for key, value in part.items() if key != "x-flowc"}


def _undescribed(part: Schema) -> Schema:
    """Return a reference to a definition without the description of the definition."""
    own = {key: value for key, value in part.items() if key != "$ref"}
    silent = {"description": "", "examples": [], "$ref": part["$ref"]}
    return {**own, "allOf": [silent, *part.get("allOf", ())]} if own.keys() - _ANNOTATIONS else {**silent, **own}


def _with_variables(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_variables(item) for item in part]
    if not isinstance(part, dict):
        return part
    copy = {key: value if key in _DECIDES else _with_variables(value) for key, value in part.items()}
    return copy if "if" in copy else _or_variable(copy)


def _or_variable(part: Schema) -> Schema:
    """Extend a schema of scalars to accept `${name}`."""
    types = {part["type"]} if isinstance(part.get("type"), str) else {*part.get("type", ())}
    if not types <= {"string", "integer", "number", "boolean"} or not part.keys() & {"enum", "pattern", "type"}:
        return part
    if "string" in types and not part.keys() & {"enum", "pattern"}:
        return part
    value = {key: part[key] for key in part if key not in _ANNOTATIONS}
    rest = {key: part[key] for key in part if key in _ANNOTATIONS}
    return {**rest, "anyOf": [value, {"type": "string", "pattern": "\\$\\{"}]}


def read_schema(name: str) -> Schema:
    """Read a schema file, by its name without .schema.json."""
    schema: Schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    return schema


class Field(NamedTuple):
    """A field of a verb. `kind` is the name of its definition, or empty if `flow.read` handles the field itself."""

    name: str
    kind: str
    default: Any


def verb_fields(schema: Schema) -> dict[str, tuple[Field, ...]]:
    """Return the fields of every verb, and of other mappings with fields, in their order."""
    definitions = schema["$defs"]
    holders = {verb: definitions.get(verb, {}) for verb in definitions["action"]["then"]["properties"]}
    holders |= {name: definitions[name] for name in ("number", "confirm", "retry", "limits", *REQUESTS)}
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
