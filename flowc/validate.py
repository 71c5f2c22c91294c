"""Judges documents and values by JSON Schema: the fast validator gives the verdict, the reference one the words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from flowc.diagnostics import Finding
from flowc.load import Data, Map, Seq
from flowc.source import Place, SourceFile
from flowc.wording import listing, shown, suggestion, type_names

if TYPE_CHECKING:
    from flowc.reference_validator import SchemaError


class Validator:
    """One compiled schema."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Compile the schema; it must be a valid one of draft 2020-12."""
        self._schema = schema
        self._verdict = jsonschema_rs.validator_for(dict(schema))

    def takes(self, value: object) -> bool:
        """The verdict alone."""
        return self._verdict.is_valid(value)

    def findings(self, file: SourceFile, document: Data) -> list[Finding]:
        """What the schema finds in a loaded document."""
        if self.takes(document):
            return []
        from flowc.reference_validator import reference_errors  # 85 ms that a clean flow does not pay

        return [
            finding
            for error in reference_errors(self._schema, document)
            for finding in _findings(error, file, document)
        ]


def _findings(error: SchemaError, file: SourceFile, document: Data) -> Iterator[Finding]:
    describe = _KEYWORDS.get(error.keyword, _anything)
    yield from describe(error, _Spot(file, document, error.path))


class _Spot:
    """Turns the path of a schema error into places."""

    def __init__(self, file: SourceFile, document: Data, path: tuple[str | int, ...]) -> None:
        holder: Any = None
        value: Any = document
        for step in path:
            holder, value = value, value[step]
        self.path = path
        self._file = file
        self._holder = holder
        self._value = value

    @property
    def value(self) -> Place:
        """The value the error is about."""
        if isinstance(self._holder, (Map, Seq)):
            return Place(self._file, self._holder.node, self.path[-1])
        return Place(self._file, self._value.node if isinstance(self._value, (Map, Seq)) else 0)

    @property
    def owner(self) -> Place:
        """The key that introduces the value; a person reads `dial:` before the mapping below it."""
        if isinstance(self._holder, Map) and isinstance(self.path[-1], str):
            return Place(self._file, self._holder.node, self.path[-1], "key")
        return self.value

    def key(self, name: str) -> Place:
        """A key of the value, which is a mapping."""
        assert isinstance(self._value, Map)
        return Place(self._file, self._value.node, name, "key")


def _unknown_keys(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    known = list(error.schema.get("properties", {}))
    if len(error.instance) > error.schema.get("maxProperties", len(error.instance)):
        return  # several keys where one belongs are one fault, and reported as that
    patterns = [_search(pattern) for pattern in error.schema.get("patternProperties", {})]
    expected = error.annotation.get("expected") or (listing(known) if known else "nothing: no keys are known here")
    for key in error.instance:
        if key not in known and not any(search(key) for search in patterns):
            near = suggestion(key, known)
            yield Finding("FC201", spot.key(key), f'unknown key "{key}"', near or f"Expected {expected}.")


def _search(pattern: str) -> Callable[[str], object]:
    from flowc.reference_validator import ecma_search

    return lambda text: ecma_search(pattern, text)


def _missing(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    missing = [key for key in error.wanted if key not in error.instance]
    for key in missing:
        yield Finding(
            "FC202", spot.owner, f'the key "{key}" is missing', error.annotation.get("help", f"Add {key}: here.")
        )


def _type(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    expected = error.annotation.get("expected") or type_names(error.wanted)
    found = shown(error.instance)
    text_wanted = "string" in error.wanted and isinstance(error.instance, (bool, int, float))
    advice = "Put quotes around it to make it text." if text_wanted else f"Write {expected}."
    place = spot.owner if isinstance(error.instance, (dict, list)) or error.instance is None else spot.value
    yield Finding("FC203", place, f"found {found} where {expected} should stand", advice)


def _not_allowed(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    allowed = error.wanted if error.keyword == "enum" else [error.wanted]
    words = [str(value) for value in allowed]
    found = shown(error.instance)
    message = error.annotation.get("message", "{found} is not known here").format(found=found)
    near = suggestion(error.instance, words) if isinstance(error.instance, str) else ""
    advice = error.annotation.get("help") or " ".join(filter(None, (near, f"Expected {listing(words)}.")))
    yield Finding(error.annotation.get("code", "FC204"), spot.value, message, advice)


def _form(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    expected = error.annotation.get("expected", f"text of the form {error.wanted}")
    yield Finding("FC205", spot.value, f"{shown(error.instance)} is not {expected}", f"Write {expected}.")


def _range(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    low, high = error.schema.get("minimum"), error.schema.get("maximum")
    bounds = f"from {low} to {high}" if low is not None and high is not None else f"{low} or more"
    yield Finding("FC206", spot.value, f"{error.instance} is out of range", f"Write a number {bounds}.")


def _length(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    what = shown(error.instance) if isinstance(error.instance, str) else f"this {_kind(error.instance)}"
    least = error.keyword.startswith("min")
    word = error.annotation
    if "comma" in word and any(
        value is None and key not in error.schema["properties"] for key, value in error.instance.items()
    ):
        word = word["comma"]
    message = word.get("message") or (f"{what} is empty" if least else f"{what} is too long")
    advice = word.get("help") or (
        "Put something in it, or leave its key out." if least else f"At most {error.wanted} are taken."
    )
    yield Finding(word.get("code", "FC207"), spot.owner, message, advice)


def _kind(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


def _combination(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    code = error.annotation.get("code", "FC208")
    if code == "FC210":
        name = spot.path[-1]
        message = f'"{name}" is a word of the flow language that this version of flowc does not compile yet'
        yield Finding(code, spot.owner, message, "Leave it out for now; see the changelog for what is compiled.")
        return
    yield Finding(
        code,
        spot.owner,
        error.annotation.get("message", "this combination is not allowed"),
        error.annotation.get("help", ""),
    )


def _names(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    """A fault in a mapping's key: `propertyNames` hides the keyword that failed one level down."""
    for inner in error.inner:
        yield from _findings_of_key(inner, spot)


def _findings_of_key(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    place = spot.key(error.instance)
    if error.keyword == "enum":
        words = [str(value) for value in error.wanted]
        near = suggestion(error.instance, words)
        yield Finding("FC201", place, f'unknown key "{error.instance}"', near or f"Expected {listing(words)}.")
        return
    expected = error.annotation.get("expected", "a name")
    yield Finding("FC205", place, f"{shown(error.instance)} is not {expected}", f"Write {expected}.")


def _twice(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    yield Finding("FC207", spot.owner, "this list holds the same thing twice", "Name each once.")


def _anything(error: SchemaError, spot: _Spot) -> Iterator[Finding]:
    yield Finding("FC208", spot.owner, "this does not fit the schema of a flow", f"See its rule {error.keyword}.")


_KEYWORDS: dict[str, Callable[[SchemaError, _Spot], Iterator[Finding]]] = {
    "additionalProperties": _unknown_keys,
    "required": _missing,
    "type": _type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "pattern": _form,
    "minimum": _range,
    "maximum": _range,
    "minLength": _length,
    "maxLength": _length,
    "minItems": _length,
    "maxItems": _length,
    "minProperties": _length,
    "maxProperties": _length,
    "uniqueItems": _twice,
    "not": _combination,
    "anyOf": _combination,
    "propertyNames": _names,
}
