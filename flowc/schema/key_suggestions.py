"""What an author means by a key that is not known where it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc.diagnostics.characters import cleaned, lookalike
from flowc.diagnostics.wording import alike, nearest
from flowc.profiles.foreign import as_written, called, foreign, without_space
from flowc.schema.schema_index import SchemaIndex

if TYPE_CHECKING:
    from flowc.schema.reference_validator import SchemaError


class KeySuggestion(NamedTuple):
    """The known key that an unknown one stands for (empty: none), and what to do about it (empty: nothing special)."""

    key: str
    help: str


def suggested_key(error: SchemaError, key: str, language: SchemaIndex) -> KeySuggestion:
    """What a key means that the schema of an error does not know."""
    known, value = error.schema.get("properties", {}), error.instance[key]
    if (clean := cleaned(key)) != key and is_known(error, clean):
        return KeySuggestion(clean, lookalike(key))
    if (near := nearest(key, known)) and alike(near) == alike(key):
        return KeySuggestion(near, f"Did you mean {near}?")
    spelled = error.annotation.get("attributes", {}).get(alike(key), "")
    word = None if spelled else foreign(foreign_section(error), key, known, innermost_keys(error.path))
    if here := spelled or (word.here if word else ""):
        shows = word is not None and word.advice != called(here)
        return KeySuggestion(here, word.advice if word and shows else _called(here, value, known[here], language))
    if word:
        return KeySuggestion("", word.advice)
    if help_ := without_space(key, lambda name: is_known(error, name)):
        return KeySuggestion("", help_)
    if help_ := language.further_in(error.path, key, error.instance):
        return KeySuggestion("", help_)
    return (
        KeySuggestion(near, f"Did you mean {near}?")
        if near
        else KeySuggestion("", language.further_out(error.path, key))
    )


def innermost_keys(path: Sequence[str | int]) -> list[str]:
    """The two innermost keys of a path, by which the table of foreign words tells places apart."""
    return [step for step in path if isinstance(step, str)][-2:]


def _called(here: str, value: object, row: Mapping[str, Any], language: SchemaIndex) -> str:
    return as_written(here, value) if language.accepts_scalar(row) else called(here)


def pattern_matcher(pattern: str) -> Callable[[str], object]:
    """What tells whether a pattern of the schema is found in a text."""
    from flowc.schema.reference_validator import ecma_search  # a clean flow does not pay for that validator

    return lambda text: ecma_search(pattern, text)


def is_known(error: SchemaError, key: str) -> bool:
    """Whether the schema of an error knows a key."""
    patterns = error.schema.get("patternProperties", {})
    return key in error.schema.get("properties", {}) or any(pattern_matcher(pattern)(key) for pattern in patterns)


def foreign_section(error: SchemaError) -> str:
    """The section of the table of foreign words that is about a place."""
    place: str = error.annotation.get("place", "field")
    return place
