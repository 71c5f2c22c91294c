"""The language as the composed schema of flows and the targets' tables define it: fields, defaults, examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flowc.profiles.hosts import Host
from flowc.profiles.profile import Profile
from flowc.profiles.rows import NodeRow, Spelling, Unsupported
from flowc.schema.schemas import CALLEES, flow_schema, part_schema

Schema = dict[str, Any]

#: Kinds that have a part of their own, or that only this module uses.
ELSEWHERE = (
    "link",
    "retry",
    "targets",
    "vars",
    "numbers",
    "parts",
    "tables",
    "hours",
    "actions",
    "steps",
    "defaults",
    "number",
    "base_url",
    "tests",
    "expectations",
    "application",
    "call",
)


class Holder(NamedTuple):
    """A mapping of the language: the schema of its fields, and the required ones."""

    schema: Schema
    required: tuple[str, ...] = ()


class Row(NamedTuple):
    """A field of a mapping, by the path of its name: its schema, an example, and a mapping that contains the example.

    The example is None if the schema has none.
    """

    path: tuple[str, ...]
    schema: Schema
    example: Any
    whole: Any

    @property
    def name(self) -> str:
        """The path as text."""
        return ".".join(self.path)


class Language:
    """The composed schema of a flow, read as a reference."""

    def __init__(self, profiles: Mapping[str, Profile], hosts: Mapping[str, Host]) -> None:
        """Compose the schema with the blocks of these targets, and the names of these hosts."""
        self.profiles, self.hosts = profiles, hosts
        self.schema = flow_schema(profiles, hosts)
        self.definitions: Schema = self.schema["$defs"]
        self.actions: Schema = self.definitions["action"]["then"]["properties"]

    def kind(self, row: Schema) -> str:
        """The name of the definition that a field refers to, or an empty text."""
        return str(row.get("$ref", "")).rpartition("/")[2]

    def definition(self, row: Schema) -> Schema:
        """The definition that a field refers to, or an empty one."""
        return dict(self.definitions.get(self.kind(row), {}))

    def verbs(self) -> list[str]:
        """The verbs."""
        return list(self.actions)

    def verb(self, verb: str) -> Holder:
        """The fields of a verb. A verb whose value is a list has none."""
        row = self.actions[verb]
        holder: Schema = self.definitions.get(verb, {**self.definition(row), **row})
        required = (*holder.get("required", ()), *row.get("required", ()), *row.get("then", {}).get("required", ()))
        return Holder(holder, required)

    def short(self, verb: str) -> str:
        """The field that the short form of a verb sets, or an empty text."""
        row = self.actions[verb]
        if "if" not in row or row["else"].get("type") == "null":
            return ""
        return str(next(iter(self.definitions[verb]["properties"])))

    def bare(self, verb: str) -> bool:
        """Whether the verb needs no mapping."""
        return verb in self.definitions["action"]["else"]["enum"]

    def holders(self) -> dict[str, Holder]:
        """The mappings of the language that are not actions, by name."""
        link = self.definitions["server"]
        handler = self.definitions["action-url"]["then"]
        return {
            "top": Holder(_flat(self.schema), tuple(self.schema["required"])),
            "variable": Holder(self.definitions["vars"]["additionalProperties"]["then"]),
            "number": Holder(self.definitions["number"], ("to",)),
            "link": Holder(
                {**link, "properties": {**link["properties"], "follow": handler["properties"]["follow"]}}, ("url",)
            ),
            "retry": Holder(self.definitions["retry"]),
            "application": Holder(self.definitions["application"]),
            "call": Holder(self.definitions["call"], ("from", "to")),
            "scenario": Holder(self.definitions["scenario"], ("expect",)),
            "happens": Holder(self.definitions["play-item"]["then"]),
            "expect": Holder(self.definitions["expectations"]),
        }

    def shared(self) -> dict[str, Holder]:
        """The mappings of tables and calendars, and of parts with their inputs, by name."""
        rows, files = self.definitions["row-choices"], part_schema(self.profiles)
        table = self.definitions["tables"]["additionalProperties"]
        examples = (whole for one in self.definitions["tables"]["examples"] for whole in one.values())
        calendar = self.definitions["hours"]["additionalProperties"]
        calendars = [whole for one in self.definitions["hours"]["examples"] for whole in one.values()]
        weekly, dates = (calendar["properties"][name]["items"] for name in ("weekly", "dates"))
        return {
            "calendar": Holder({**_flat(calendar), "examples": calendars}, tuple(calendar["required"])),
            "weekly": Holder({**weekly, "examples": calendars[0]["weekly"][::-1]}, tuple(weekly["required"])),
            "dates": Holder({**dates, "examples": [one for whole in calendars for one in whole["dates"]]}),
            "part": Holder(_flat(files), tuple(files["required"])),
            "input": Holder(files["properties"]["inputs"]["additionalProperties"]["then"]),
            "table": Holder({**_flat(table), "examples": list(examples)}, tuple(table["required"])),
            "rows": Holder(rows, tuple(rows["required"])),
        }

    def needs_files(self, verb: str) -> bool:
        """Whether an example of the verb needs a file beside the flow."""
        return "part" in self.verb(verb).schema.get("properties", {})

    def rows(self, holder: Holder) -> Iterator[Row]:
        """The fields of a mapping, each followed by those of the mapping inside; without the targets' blocks."""
        for path, row in self._fields(holder.schema.get("properties", {})):
            if path[0] not in self.profiles:
                yield self._row(holder, path, row)

    def block(self, name: str, holder: Holder) -> Iterator[Row]:
        """The keys of a target's own block."""
        block = holder.schema.get("properties", {}).get(name, {})
        for key, row in block.get("properties", {}).items():
            yield self._row(holder, (name, key), row)

    def outcomes(self, holder: Holder) -> dict[str, Schema]:
        """The outcomes of a verb, those that match a pattern included."""
        then = holder.schema.get("properties", {}).get("then", {}).get("then", {})
        named = dict(then.get("properties", {}))
        for pattern, row in then.get("patternProperties", {}).items():
            used = (name for whole in holder.schema["examples"] for name in whole.get("then", ()))
            named = {next(name for name in used if re.search(pattern, name)): row, **named}
        return named

    def alternatives(self, verb: str) -> dict[str, str]:
        """Pairs of fields of which a verb needs one, in both directions."""
        row = self.actions[verb]
        rules = [self.definition(part) for part in (*row.get("allOf", ()), *row.get("then", {}).get("allOf", ()))]
        pairs = [[choice["required"][0] for choice in rule["anyOf"]] for rule in rules if "anyOf" in rule]
        return {one: other for pair in pairs for one, other in (pair, pair[::-1])}

    def spelled(self, kind: str, field: str) -> list[Spelling | Unsupported | None]:
        """The cells of a field in the targets' tables, for every kind of node that its mapping becomes."""
        cells = []
        for profile in self.profiles.values():
            for name, node in profile.nodes.items():
                holder = "number" if name in CALLEES else profile.variants.get(name, name)
                if holder == kind and isinstance(node, NodeRow):
                    cells.append(node.fields.get(field))
        return cells

    def nowhere(self, kind: str, field: str) -> bool:
        """Whether targets list a field only as unsupported."""
        cells = self.spelled(kind, field)
        return Unsupported in map(type, cells) and not any(isinstance(cell, Spelling) for cell in cells)

    def to_the_millisecond(self, kind: str, field: str) -> bool:
        """Whether a target accepts parts of a second."""
        return any(isinstance(cell, Spelling) and cell.unit == "ms" for cell in self.spelled(kind, field))

    def inner(self, row: Schema) -> Schema:
        """The mapping that a field may be, unless it has a part of its own."""
        if row.get("if") == {"type": "object"}:
            row = row["then"]
        return row if "$ref" not in row else {} if self.kind(row) in ELSEWHERE else self.definition(row)

    def _fields(self, properties: Schema, prefix: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Schema]]:
        for name, row in properties.items():
            yield (*prefix, name), row
            yield from self._fields(self.inner(row).get("properties", {}), (*prefix, name))

    def _row(self, holder: Holder, path: tuple[str, ...], row: Schema) -> Row:
        wholes = holder.schema.get("examples", [{}])
        for whole in wholes:
            value = _at(whole, path)
            if value is not None:
                return Row(path, row, value, whole)
        value = _first_example(row, self.definition(row))
        beside = () if path[0] in self.profiles else path[:-1]
        around = next((whole for whole in wholes if isinstance(_at(whole, beside), dict)), wholes[0])
        return Row(path, row, value, None if value is None else _with(around, path, value))


def _flat(schema: Schema) -> Schema:
    """A mapping without the fields of its fields, which have parts of their own."""
    rows = {
        name: {key: part for key, part in row.items() if key != "properties"}
        for name, row in schema["properties"].items()
    }
    return {**schema, "properties": rows}


def _at(whole: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        whole = whole.get(name) if isinstance(whole, dict) else None
    return whole


def _with(whole: Schema, path: tuple[str, ...], value: Any) -> Schema:
    name, *rest = path
    return {**whole, name: _with(whole.get(name, {}), tuple(rest), value) if rest else value}


def _first_example(*rows: Schema) -> Any:
    """The first example that one of these gives or implies."""
    for row in rows:
        for choice in (row, *row.get("anyOf", ())):
            given = [
                *choice.get("examples", ()),
                *choice.get("enum", ()),
                *[choice[key] for key in ("const", "minimum") if key in choice],
            ]
            if given:
                return given[0]
            if choice.get("type") == "boolean":
                return True
    return None
