"""Which errors of a schema are one fault: a slip in a key shows in what is there and in what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from flowc.diagnostics import MOST_FAULTS
from flowc.wording import nearest

if TYPE_CHECKING:
    from flowc.reference_validator import SchemaError

_Path = tuple[str | int, ...]


def faults(errors: Sequence[SchemaError]) -> Iterator[SchemaError]:
    """The errors, without those about keys that are there but misspelt, named otherwise, or stand beside their verb."""
    emptied_verbs = {(*error.path, verb) for error in errors if (verb := emptied(error))}
    errors = _renamed(errors)
    meant = {
        (error.path, nearest(key, error.schema.get("properties", {})))
        for error in errors
        if error.keyword == "additionalProperties"
        for key in islice((key for key in error.instance if key not in error.schema.get("properties", {})), MOST_FAULTS)
    }
    for error in errors:
        if error.path in emptied_verbs:
            continue
        if error.keyword == "required":
            yield error._replace(wanted=[key for key in error.wanted if (error.path, key) not in meant])
        elif error.keyword != "anyOf" or not any(
            (error.path, key) in meant for way in error.wanted for key in way.get("required", ())
        ):
            yield error


def emptied(error: SchemaError) -> str:
    """The verb of a mapping whose fields stand beside it in place of below; empty where there is none."""
    if error.keyword != "maxProperties" or "beside" not in error.annotation:
        return ""
    verb, *others = error.instance
    known = error.schema["properties"]
    return verb if error.instance[verb] is None and verb in known and not known.keys() & set(others) else ""


def _renamed(errors: Sequence[SchemaError]) -> list[SchemaError]:
    """The errors; where one key is not known and one is missing, the first is told, with the second as its help."""
    missing: dict[_Path, list[str]] = {}
    for error in errors:
        if error.keyword == "required":
            missing.setdefault(error.path, []).extend(key for key in error.wanted if key not in error.instance)
    right: dict[_Path, str] = {}
    for error in errors:
        known, lacking = error.schema.get("properties", {}), missing.get(error.path, ())
        if error.keyword == "additionalProperties" and len(lacking) == 1 and lacking[0] in known:
            strange = [key for key in error.instance if key not in known]
            if len(strange) == 1 and not nearest(strange[0], known):
                right[error.path] = lacking[0]
    return [
        _helped(error, right[error.path]) if error.path in right and error.keyword != "required" else error
        for error in errors
        if error.keyword != "required" or error.path not in right
    ]


def _helped(error: SchemaError, key: str) -> SchemaError:
    if error.keyword != "additionalProperties":
        return error
    words = {**error.annotation, "help": f"Write {key}: in its place; that is missing here."}
    return error._replace(schema={**error.schema, "x-flowc": {error.keyword: words}})
