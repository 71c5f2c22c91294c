"""Suggestions for unknown keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flowc.diagnostics.characters import cleaned, lookalike
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import alike, nearest
from flowc.profiles.foreign import as_written, called, foreign_term, without_space
from flowc.schema.schema_index import SchemaIndex

if TYPE_CHECKING:
    from flowc.schema.reference_validator import SchemaError


class KeySuggestion(NamedTuple):
    """The known key that an unknown key probably means (empty: none), and help (empty: none)."""

    key: str
    help: str


def suggested_key(error: SchemaError, key: str, index: SchemaIndex) -> KeySuggestion:
    """Return the suggestion for a key that is unknown to the schema of an error."""
    known, value = error.schema.get("properties", {}), error.instance[key]
    if (clean := cleaned(key)) != key and is_known(error, clean):
        return KeySuggestion(clean, lookalike(key))
    if (near := nearest(key, known)) and alike(near) == alike(key):
        return KeySuggestion(near, f"Did you mean {near}?")
    spelled = error.annotation.get("attributes", {}).get(alike(key), "")
    word = None if spelled else foreign_term(foreign_section(error), key, known, innermost_keys(error.path))
    if here := spelled or (word.here if word else ""):
        shows = word is not None and word.advice != called(here)
        return KeySuggestion(here, word.advice if word and shows else _called(here, value, known[here], index))
    if word:
        return KeySuggestion("", word.advice)
    if help_ := without_space(key, lambda name: is_known(error, name)):
        return KeySuggestion("", help_)
    if help_ := index.further_in(error.path, key, error.instance):
        return KeySuggestion("", help_)
    return (
        KeySuggestion(near, f"Did you mean {near}?") if near else KeySuggestion("", index.further_out(error.path, key))
    )


def innermost_keys(path: Sequence[str | int]) -> list[str]:
    """Return the two innermost keys of a path, which select rows in the table of foreign words."""
    return [step for step in path if isinstance(step, str)][-2:]


def _called(here: str, value: object, row: Mapping[str, Any], index: SchemaIndex) -> str:
    return as_written(here, value) if index.accepts_scalar(row) else called(here)


def pattern_matcher(pattern: str) -> Callable[[str], object]:
    """Return a function that searches a pattern of the schema in a text."""
    from flowc.schema.reference_validator import ecma_search  # slow to import, and not needed without errors

    return lambda text: ecma_search(pattern, text)


def is_known(error: SchemaError, key: str) -> bool:
    """Return whether a key is known to the schema of an error."""
    patterns = error.schema.get("patternProperties", {})
    return key in error.schema.get("properties", {}) or any(pattern_matcher(pattern)(key) for pattern in patterns)


def foreign_section(error: SchemaError) -> str:
    """Return the section of the table of foreign words for the place of an error."""
    place: str = error.annotation.get("place", "field")
    return place
