"""The reference JSON Schema validator, adapted to the fast one. It is only imported to describe errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators

from flowc.diagnostics.records import NamedTuple

#: The characters of `\s` in ECMAScript.
_BLANK = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


@lru_cache(maxsize=256)
def _ecma(pattern: str) -> re.Pattern[str]:
    # Python's `$` also matches before a last line break; JSON Schema's does not.
    # Python's `\s` has other characters. In our schemas it only occurs in brackets.
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern).replace(r"\s", _BLANK))


def ecma_search(pattern: str, text: str) -> bool:
    """Search a pattern with the semantics of JSON Schema."""
    return _ecma(pattern).search(text) is not None


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not ecma_search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _property_names(validator: Any, names: Any, instance: object, _: object) -> Iterator[ValidationError]:
    # The reference validator reports the inner keyword as if the key were the value; distinguish both.
    if isinstance(instance, dict):
        for key in instance:
            inner = list(validator.descend(instance=key, schema=names))
            if inner:
                yield ValidationError(f"{key!r} is not a valid key", context=inner)


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], instance: object, _: object) -> Iterator[Any]:
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            for key in filter(partial(ecma_search, pattern), instance):
                yield from validator.descend(instance[key], schema, path=key, schema_path=pattern)


def _additional(validator: Any, rest: Any, instance: object, schema: Mapping[str, Any]) -> Iterator[Any]:
    if not isinstance(instance, dict):
        return
    patterns = schema.get("patternProperties", ())
    known = schema.get("properties", ())
    for key in instance:
        if key not in known and not any(ecma_search(pattern, key) for pattern in patterns):
            if rest is False:
                yield ValidationError("there are unknown keys")
                return
            yield from validator.descend(instance[key], rest, path=key)


_extend: Any = validators.extend
_Reference = _extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "propertyNames": _property_names,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
    },
)


class SchemaError(NamedTuple):
    """One error: the failed keyword and its value, the schema with the keyword, the instance, and the path to it.

    `inner` are errors of a mapping's key; `instance` is then the mapping.
    """

    keyword: str
    wanted: Any
    schema: Mapping[str, Any]
    instance: Any
    path: tuple[str | int, ...]
    inner: tuple[SchemaError, ...]

    @property
    def annotation(self) -> Mapping[str, Any]:
        """The texts for the keyword in the schema's `x-flowc`."""
        words: Mapping[str, Any] = self.schema.get("x-flowc", {}).get(self.keyword, {})
        return words


def reference_errors(schema: Mapping[str, Any], document: object) -> Iterator[SchemaError]:
    """Yield every error of a document."""
    return map(_plain, _Reference(schema).iter_errors(document))


def _plain(error: ValidationError) -> SchemaError:
    schema = error.schema if isinstance(error.schema, dict) else {}
    inner = tuple(_plain(other) for other in error.context or ())
    path = tuple(error.absolute_path)
    return SchemaError(
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=schema,
        instance=error.instance,
        path=path,
        inner=inner,
    )
