"""Merge schema errors with one cause: a typo in a key makes one key unknown and another one missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from flowc.diagnostics.findings import MOST_FAULTS
from flowc.diagnostics.records import NamedTuple
from flowc.schema.key_suggestions import suggested_key
from flowc.schema.schema_index import SchemaIndex

if TYPE_CHECKING:
    from flowc.schema.reference_validator import SchemaError

_Path = tuple[str | int, ...]


class SiblingFields(NamedTuple):
    """A verb and its fields that are not indented below it; `emptied` means that the verb has no value."""

    verb: str
    fields: tuple[str, ...]
    emptied: bool


def merged_errors(errors: Sequence[SchemaError], index: SchemaIndex) -> Iterator[SchemaError]:
    """Yield the errors, without those about missing keys that are present but misspelled, renamed or misplaced."""
    displaced = _displaced(errors, index)
    errors = _renamed(errors, index)
    unknown = {
        (error.path, key): suggested_key(error, key, index).key
        for error in errors
        if error.keyword == "additionalProperties"
        for key in islice((key for key in error.instance if key not in error.schema.get("properties", {})), MOST_FAULTS)
    }
    meant = {(path, key) for (path, _), key in unknown.items()} | displaced
    destinations = {error.path for error in errors if is_destination(error)}
    for error in errors:
        if (error.path, "") in displaced or (error.path in destinations and not is_destination(error)):
            continue
        if error.keyword == "required":
            yield error._replace(wanted=[key for key in error.wanted if (error.path, key) not in meant])
        elif error.keyword != "anyOf" or not any(
            (error.path, key) in meant for option in error.wanted for key in option.get("required", ())
        ):
            yield error


def is_destination(error: SchemaError) -> bool:
    """Return whether a mapping is in place of a destination, and is not a URL of the author's server."""
    return error.keyword == "required" and "destination" in error.annotation and not _like_a_link(error.instance)


def _like_a_link(mapping: Mapping[str, Any]) -> bool:
    return mapping.keys() & {"method", "retry"} != set() or any(
        str(value).startswith("http") for value in mapping.values()
    )


def sibling_fields(error: SchemaError, index: SchemaIndex) -> SiblingFields | None:
    """Return the verb of a mapping and its fields that are not indented below it."""
    if error.keyword != "maxProperties" or "beside" not in error.annotation:
        return None
    verb, *others = error.instance
    known = error.schema["properties"]
    if verb not in known or known.keys() & set(others):
        return None
    if error.instance[verb] is None:
        return SiblingFields(verb, tuple(others), emptied=True)
    fields = index.keys([known[verb]])
    return SiblingFields(verb, tuple(others), emptied=False) if fields.keys() >= set(others) else None


def _displaced(errors: Sequence[SchemaError], index: SchemaIndex) -> set[tuple[_Path, str]]:
    """Return (path of the verb, field) for misplaced fields; an empty field name means the verb."""
    found: set[tuple[_Path, str]] = set()
    for error in errors:
        if one := sibling_fields(error, index):
            path = (*error.path, one.verb)
            found |= {(path, field) for field in one.fields} | ({(path, "")} if one.emptied else set())
        elif not error.path and stray_steps(error, index) and not error.instance.get("steps"):
            found.add((("steps",), ""))
    return found


def stray_steps(error: SchemaError, index: SchemaIndex) -> list[str]:
    """Return the steps at the top level of a flow, where their names are unknown keys."""
    if error.keyword != "additionalProperties" or error.annotation.get("place") != "file":
        return []
    known = error.schema["properties"]
    return [key for key, value in error.instance.items() if key not in known and _is_actions(value, index)]


def _is_actions(value: object, index: SchemaIndex) -> bool:
    first = value[0] if isinstance(value, list) and value else None
    return bool(index.verbs & ({*first} if isinstance(first, dict) else {first} if isinstance(first, str) else set()))


def _renamed(errors: Sequence[SchemaError], index: SchemaIndex) -> list[SchemaError]:
    """Return the errors. If one key is unknown and one is missing, keep the first, with the second as its help."""
    missing: dict[_Path, list[str]] = {}
    for error in errors:
        if error.keyword == "required":
            missing.setdefault(error.path, []).extend(key for key in error.wanted if key not in error.instance)
    choices = {error.path: error.annotation["help"] for error in errors if _is_choice(error)}
    right: dict[_Path, str] = {}
    for error in errors:
        known, lacking = error.schema.get("properties", {}), missing.get(error.path, ())
        strange = [key for key in error.instance if key not in known] if error.keyword == "additionalProperties" else ()
        if len(strange) != 1 or stray_steps(error, index):
            continue
        if error.path in choices and not lacking:
            right[error.path] = choices[error.path]
        elif len(lacking) == 1 and lacking[0] in known and not suggested_key(error, strange[0], index).help:
            right[error.path] = f"Write {lacking[0]}: instead, which is missing here."
    return [
        _helped(error, right[error.path]) if error.path in right else error
        for error in errors
        if error.path not in right or not (_is_choice(error) or error.keyword == "required") or is_destination(error)
    ]


def _is_choice(error: SchemaError) -> bool:
    """Return whether a mapping has none of several keys, one of which it needs."""
    return error.keyword == "anyOf" and "help" in error.annotation and all("required" in one for one in error.wanted)


def _helped(error: SchemaError, help_: str) -> SchemaError:
    if error.keyword != "additionalProperties":
        return error
    words = {**error.annotation, "help": help_}
    return error._replace(schema={**error.schema, "x-flowc": {error.keyword: words}})
