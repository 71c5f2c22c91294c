"""Values built from a JSON Schema of ours, and flows from that of flows: often good, and at times beside the mark.

Where a schema has examples these are drawn most of the time: they fit together, since each is tried in one flow, the
schema's own. So what is built has steps and numbers that are there, and most of it means something.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from flowc.simulate.rules import Rules
from flowc.syntax import NOT_XML
from tests.properties.strange_documents import mutated

Schema = Mapping[str, Any]
#: Keywords that lead to further schemas for the same value.
_LEADS = ("$ref", "allOf", "anyOf", "if", "then", "else")
#: How deep a value is before nothing optional is put into it any more.
_DEEP = 6


@st.composite
def values(draw: st.DrawFn, schema: Schema, part: Any = None, depth: int = 0) -> Any:
    """A value of a part of a schema (the whole if left out); it need not meet every rule of it."""
    part = schema if part is None else part
    examples = _examples(schema, part)
    if examples and draw(st.integers(0, 3)) != 3:
        return copy.deepcopy(draw(st.sampled_from(examples)))
    rules = _flat(draw, schema, part)
    if "const" in rules:
        return rules["const"]
    if "enum" in rules:
        return draw(st.sampled_from(rules["enum"]))
    kinds = rules.get("type", "object" if "properties" in rules else "array" if "items" in rules else "string")
    kind = draw(st.sampled_from([kinds] if isinstance(kinds, str) else kinds))
    if kind == "object":
        return _mapping(draw, schema, rules, depth)
    if kind == "array":
        least = rules.get("minItems", 0)
        items = values(schema, rules.get("items", {}), depth + 1)
        return draw(st.lists(items, min_size=least, max_size=max(least, 3 if depth < _DEEP else 1)))
    return draw(_scalar(kind, rules))


def _examples(schema: Schema, part: Any) -> list[Any]:
    """The examples of a part, or those of what it refers to; none where its keys are restricted besides."""
    while "examples" not in part and "propertyNames" not in part and "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return [] if part is schema else part.get("examples", [])


def _flat(draw: st.DrawFn, schema: Schema, part: Any) -> dict[str, Any]:
    """The keywords that hold for a value, with one of the ways taken wherever there are several."""
    flat: dict[str, Any] = {}
    todo = [part]
    while todo:
        one = todo.pop()
        if "$ref" in one:
            todo.append(schema["$defs"][one["$ref"].rpartition("/")[2]])
        todo += one.get("allOf", ())
        if "anyOf" in one:
            todo.append(draw(st.sampled_from(one["anyOf"])))
        if "if" in one:
            # What is tested for is the longer form of two.
            holds = "then" in one and draw(st.integers(0, 3)) != 3
            todo += [one["if"], one["then"]] if holds else [one.get("else", {})]
        for key, value in one.items():
            if key in ("properties", "patternProperties"):
                flat[key] = {**flat.get(key, {}), **value}
            elif key in ("required", "not"):
                flat[key] = [*flat.get(key, ()), *(value if key == "required" else [value])]
            elif key not in _LEADS:
                flat.setdefault(key, value)
    return flat


def _mapping(draw: st.DrawFn, schema: Schema, rules: Mapping[str, Any], depth: int) -> dict[str, Any]:
    properties = rules.get("properties", {})
    least, most = rules.get("minProperties", 0), rules.get("maxProperties", 4)
    names = list(dict.fromkeys(rules.get("required", ())))
    if depth >= _DEEP:
        most = least
    if properties:
        more = st.lists(st.sampled_from([*properties]), min_size=least, max_size=most, unique=True)
        names = list(dict.fromkeys([*names, *draw(more)]))
    for refused in rules.get("not", ()):
        # Of several that exclude each other one is left.
        if set(refused.get("required", ())) and set(refused["required"]) <= set(names):
            names.remove(draw(st.sampled_from(refused["required"])))
    made = {name: draw(values(schema, properties.get(name, {}), depth + 1)) for name in names}
    for pattern, part in (*rules.get("patternProperties", {}).items(), ("", rules.get("additionalProperties"))):
        if isinstance(part, Mapping) and depth < _DEEP:
            keys = st.from_regex(pattern, fullmatch=True) if pattern else _keys(schema, rules.get("propertyNames", {}))
            size = max(least - len(made), 0)
            made |= draw(st.dictionaries(keys, values(schema, part, depth + 1), min_size=size, max_size=max(size, 2)))
    return made


def _keys(schema: Schema, names: Any) -> st.SearchStrategy[str]:
    return values(schema, {"type": "string", **names}).filter(lambda name: isinstance(name, str))


def _scalar(kind: str, rules: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if kind in ("integer", "number"):
        least, most = rules.get("minimum"), rules.get("maximum")
        small = st.integers(least, min(most or 10, (least or 0) + 10))
        # No file can hold the numbers that are none.
        floats = st.floats(least, most, allow_nan=False, allow_infinity=False)
        return st.one_of(small, small, st.integers(least, most), floats if kind == "number" else small)
    if kind == "string":
        least, pattern = rules.get("minLength", 0), rules.get("pattern")
        if pattern is None:
            return st.text(min_size=least, max_size=20)
        return st.from_regex(pattern, fullmatch=pattern.endswith("$")).filter(lambda text: len(text) >= least)
    return st.booleans() if kind == "boolean" else st.none()


@st.composite
def flows(draw: st.DrawFn, schema: Schema) -> dict[str, Any]:
    """A flow, with the steps and numbers that the schema's examples name besides what is drawn."""
    (whole,) = schema["examples"]
    made = {**draw(values(schema)), **{key: whole[key] for key in ("flowc", "base_url", "entry")}}
    names = st.sampled_from(schema["$defs"]["targets"]["items"]["enum"])
    made["targets"] = draw(st.lists(names, min_size=1, max_size=3, unique=True))
    for key in ("vars", "numbers", "steps"):
        made[key] = {**whole[key], **made.get(key, {})}
    # Calls begin with what was drawn.
    actions = values(schema, schema["$defs"]["action"])
    made["steps"][whole["entry"]] = draw(st.lists(actions, min_size=1, max_size=4))
    return made


def flawed(flow: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """The same flow, with something in it gone wrong."""
    return mutated((flow,), 2)


# What a carrier is answered

_VALUES = st.one_of(
    st.sampled_from(
        ("1", "0", "5", "-1", "true", "false", "", "#", "9" * 12, "9" * 5000, "\u0663", "1.5", "GET", "PUT")
    ),
    st.sampled_from(
        ("https://a.example.com/", "/next", "http://[", "#rc=3", "https://a.example.com:x/", "+12025550100")
    ),
    st.text(max_size=8),
)


@st.composite
def documents(draw: st.DrawFn, rules: Rules) -> bytes:
    """An answer to a carrier: its elements in any order, with odd values in their attributes; or no document at all."""
    if draw(st.integers(0, 9)) == 9:
        return draw(st.binary(max_size=40))
    name = draw(st.sampled_from([rules.root] * 9 + ["Other"]))
    return bytes(etree.tostring(draw(_element(rules, name, 3)), encoding="utf-8"))


@st.composite
def _element(draw: st.DrawFn, rules: Rules, name: str, depth: int) -> etree._Element:
    element = etree.Element(name)
    verb = rules.elements.get(name)
    for word in verb.settings.values() if verb else ():
        value = draw(_VALUES) if draw(st.booleans()) else ""
        if value and not NOT_XML.search(value):
            if word.attribute:
                element.set(word.attribute, value)
            else:
                element.text = value
    names = st.sampled_from([*rules.elements, "Unknown"])
    for child in draw(st.lists(names, max_size=4 if depth > 1 else 1)) if depth else ():
        element.append(draw(_element(rules, child, depth - 1)))
    return element
