"""The reference JSON Schema validator, made to agree with the fast one; imported only to put a refusal into words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator, ValidationError, validators

#: What `\s` means to ECMAScript.
_BLANK = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


@lru_cache(maxsize=256)
def _ecma(pattern: str) -> re.Pattern[str]:
    # Python's `$` also matches before a last line break; JSON Schema's does not.
    # And Python's `\s` holds other signs; ours stands within brackets only.
    return re.compile(re.sub(r"(?<!\\)\$", r"\\Z", pattern).replace(r"\s", _BLANK))


def ecma_search(pattern: str, text: str) -> bool:
    """Whether the pattern, read as JSON Schema reads it, is found in the text."""
    return _ecma(pattern).search(text) is not None


def _pattern(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not ecma_search(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _property_names(validator: Any, names: Any, instance: object, _: object) -> Iterator[ValidationError]:
    # The reference validator reports the inner keyword as if the key were the value: keep both apart.
    if isinstance(instance, dict):
        for key in instance:
            inner = list(validator.descend(instance=key, schema=names))
            if inner:
                yield ValidationError(f"{key!r} is no valid key", context=inner)


_extend: Any = validators.extend
_Reference = _extend(Draft202012Validator, {"pattern": _pattern, "propertyNames": _property_names})


class SchemaError(NamedTuple):
    """One error: the keyword that failed with its value, the schema it stands in, the value, and the path to it.

    `inner` holds what is wrong with a mapping's key, of which `instance` is then the mapping.
    """

    keyword: str
    wanted: Any
    schema: Mapping[str, Any]
    instance: Any
    path: tuple[str | int, ...]
    inner: tuple[SchemaError, ...]

    @property
    def annotation(self) -> Mapping[str, Any]:
        """What the schema's `x-flowc` says about the keyword."""
        words: Mapping[str, Any] = self.schema.get("x-flowc", {}).get(self.keyword, {})
        return words


def reference_errors(schema: Mapping[str, Any], document: object) -> Iterator[SchemaError]:
    """Every error of a document, as the reference validator sees it."""
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
