"""What an author means by a key that is not known where it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc.diagnostics.characters import cleaned, lookalike
from flowc.diagnostics.wording import alike, nearest
from flowc.profiles.foreign import as_written, called, foreign_term, without_space
from flowc.schema.misplaced import Language

if TYPE_CHECKING:
    from flowc.schema.reference_validator import SchemaError


class Meaning(NamedTuple):
    """The known key that an unknown one stands for (empty: none), and what to do about it (empty: nothing special)."""

    key: str
    help: str


def meaning(error: SchemaError, key: str, language: Language) -> Meaning:
    """What a key means that the schema of an error does not know."""
    known, value = error.schema.get("properties", {}), error.instance[key]
    if (clean := cleaned(key)) != key and is_known(error, clean):
        return Meaning(clean, lookalike(key))
    if (near := nearest(key, known)) and alike(near) == alike(key):
        return Meaning(near, f"Did you mean {near}?")
    spelled = error.annotation.get("attributes", {}).get(alike(key), "")
    word = None if spelled else foreign_term(place_of(error), key, known, holders(error.path))
    if here := spelled or (word.here if word else ""):
        shows = word is not None and word.advice != called(here)
        return Meaning(here, word.advice if word and shows else _called(here, value, known[here], language))
    if word:
        return Meaning("", word.advice)
    if help_ := without_space(key, lambda name: is_known(error, name)):
        return Meaning("", help_)
    if help_ := language.further_in(error.path, key, error.instance):
        return Meaning("", help_)
    return Meaning(near, f"Did you mean {near}?") if near else Meaning("", language.further_out(error.path, key))


def holders(path: Sequence[str | int]) -> list[str]:
    """The two innermost keys of a path, by which the table of foreign words tells places apart."""
    return [step for step in path if isinstance(step, str)][-2:]


def _called(here: str, value: object, row: Mapping[str, Any], language: Language) -> str:
    return as_written(here, value) if language.takes_words(row) else called(here)


def searcher(pattern: str) -> Callable[[str], object]:
    """What tells whether a pattern of the schema is found in a text."""
    from flowc.schema.reference_validator import ecma_search  # a clean flow does not pay for that validator

    return lambda text: ecma_search(pattern, text)


def is_known(error: SchemaError, key: str) -> bool:
    """Whether the schema of an error knows a key."""
    patterns = error.schema.get("patternProperties", {})
    return key in error.schema.get("properties", {}) or any(searcher(pattern)(key) for pattern in patterns)


def place_of(error: SchemaError) -> str:
    """The section of the table of foreign words that is about a place."""
    place: str = error.annotation.get("place", "field")
    return place
