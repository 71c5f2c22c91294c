"""Describe the errors that the reference validator finds in documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from flowc.diagnostics.characters import lookalike
from flowc.diagnostics.findings import MOST_FAULTS, Finding, too_many
from flowc.diagnostics.source import Location, NodeRef, SourceFile
from flowc.diagnostics.wording import (
    alike,
    cut,
    listing,
    meant,
    nearest,
    plain_digits,
    shown,
    suggestion,
    taken,
    type_names,
    words_of,
    written,
)
from flowc.profiles.foreign import foreign_term, without_space
from flowc.schema.error_locator import ErrorLocator
from flowc.schema.key_errors import COMMA, comma_help, missing, sibling_annotation, unknown_keys
from flowc.schema.key_suggestions import foreign_section, innermost_keys, pattern_matcher
from flowc.schema.merge_errors import merged_errors, sibling_fields
from flowc.schema.reference_validator import SchemaError, reference_errors
from flowc.schema.schema_index import SchemaIndex
from flowc.syntax import Data

_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false", "true": "true", "false": "false"}
#: Actions that are repeated instead of accepting a list.
_REPEATED = ("say",)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def error_findings(schema: Mapping[str, Any], file: SourceFile, document: Data) -> list[Finding]:
    """Return the findings about a loaded document that a schema does not accept."""
    found: dict[Location, list[Finding]] = {}
    errors = list(islice(reference_errors(schema, document), MOST_FAULTS))
    index = SchemaIndex(schema)
    for error in merged_errors(errors, index):
        for finding in islice(_findings(error, file, document, index), MOST_FAULTS):
            found.setdefault(finding.at, []).append(finding)
    result = [finding for findings in found.values() for finding in _one_fault(findings)]
    return result if len(result) < MOST_FAULTS else [*result[:MOST_FAULTS], too_many(file)]


def _one_fault(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Keep the first finding at a place, or all of them if they are about missing keys."""
    return [finding for finding in findings if finding.code == findings[0].code == "FC202"] or findings[:1]


def _findings(error: SchemaError, file: SourceFile, document: Data, index: SchemaIndex) -> Iterator[Finding]:
    describe = _KEYWORDS.get(error.keyword, _anything)
    yield from describe(error, ErrorLocator(file, document, error.path, index))


def _type(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    words = error.annotation
    expected = words.get("expected") or (meant(error.schema) if "pattern" in error.schema else _type_names(error))
    value = error.instance
    advice = words.get("help") or f"Write {expected}."
    if "boolean" in error.wanted and isinstance(value, str) and value.lower() in _TRUTH:
        advice = _unquoted(value, _TRUTH[value.lower()])
    elif "integer" in error.wanted and isinstance(value, str) and (number := plain_digits(value)):
        advice = _unquoted(value, number)
    elif words.get("any_text") and isinstance(value, bool):
        advice = f'Put it in quotes to make it text: "{written(value)}".'
    elif value is None and (words.get("any_text") or "#" in error.schema.get("pattern", "")):
        advice += ' Text that begins with # needs quotes: "#".'
    elif isinstance(value, list) and (one_each := _one_each(value, words, spot)):
        advice = one_each
    elif isinstance(value, dict) and "array" in error.wanted and all(key.startswith("-") for key in value):
        advice = "Put a space after each hyphen, such as - say: Hello."
    place = spot.owner if isinstance(value, (dict, list)) or value is None else spot.value
    yield Finding("FC203", place, f"found {shown(value)} instead of {expected}", advice)


def _one_each(items: Sequence[object], words: Mapping[str, str], spot: ErrorLocator) -> str:
    """Return help for a list instead of a single value; empty if there is none."""
    if "list" in words and any(isinstance(item, dict) or item == "hangup" for item in items):
        return words["list"]
    if spot.path and spot.path[-1] in _REPEATED and words.get("any_text") and items and isinstance(items[0], str | int):
        return f"Write one {spot.path[-1]}: for each text, such as - {spot.path[-1]}: {items[0]}"
    return ""


def _unquoted(text: str, meant: str) -> str:
    """Return help for a text that looks like a boolean or a number."""
    return f"Write {meant} without quotes." if text == meant else f"Write {meant}: {text} is text here."


def _time(text: str, clock: str) -> str:
    """Return help for a duration that looks like a number or a time of day; empty if there is none."""
    if number := plain_digits(text):
        return _unquoted(text, number)
    parts = _CLOCK.fullmatch(text)
    return clock.format(int(parts[1]), int(parts[2])) if parts else ""


def _type_names(error: SchemaError) -> str:
    names = type_names(error.wanted)
    return f"{names} {taken(error.schema)}" if error.wanted == "integer" and "maximum" in error.schema else names


def _not_allowed(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    allowed = error.wanted if error.keyword == "enum" else [error.wanted]
    words = [*map(written, allowed)]
    name = (
        f"{spot.path[-1]} cannot be {{found}}"
        if spot.path and isinstance(spot.path[-1], str)
        else "{found} is not allowed"
    )
    message = error.annotation.get("message", name).replace("{found}", shown(error.instance))
    text = error.instance if isinstance(error.instance, str) else ""
    near = _word_meant(text, words, error, spot) if text and text not in words else ""
    advice = near or error.annotation.get("help") or f"Write {listing(words)}{_in_a_block(text, error, spot)}."
    if any(isinstance(value, bool) and written(value) == _TRUTH.get(text.lower()) for value in allowed):
        advice = _unquoted(text, _TRUTH[text.lower()])
    yield Finding(error.annotation.get("code", "FC204"), spot.value, message, advice)


def _word_meant(text: str, words: Sequence[str], error: SchemaError, spot: ErrorLocator) -> str:
    """Return help for a text that is not one of the words; empty if there is none."""
    near = suggestion(text, words)
    if near and alike(nearest(text, words)) == alike(text):
        return near
    place = "value" if foreign_section(error) == "field" else foreign_section(error)
    known = [*words, *spot.index.verbs] if place == "action" else words
    if word := foreign_term(place, text, known, innermost_keys(spot.path)):
        return word.advice
    keys = spot.index.keys(spot.index.at(spot.path))
    return near or lookalike(text) or without_space(text, keys.__contains__)


def _in_a_block(text: str, error: SchemaError, spot: ErrorLocator) -> str:
    """Return help about further values in the block of a target, such as `, or TARGET: {voice: Polly.Joanna}`."""
    named = spot.document.get("targets") if isinstance(spot.document, dict) else None
    blocks = error.annotation.get("blocks", {})
    known = dict.fromkeys(word for _, words in blocks.values() for word in words)
    meant = [word for word in known if text.lower() in (word.lower(), word.lower().rpartition(".")[2])]
    meant += [text] if "." in text else []
    written = []
    for target, (pattern, examples) in blocks.items():
        if not isinstance(named, list) or target in named:
            value = next((word for word in meant if pattern_matcher(pattern)(word)), examples[0])
            written.append(f"{target}: {{{spot.path[-1]}: {value}}}")
    return f", or {listing(written, 'and')}" if written else ""


def _form(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    yield _bad_form(error, spot.value, spot)


def _bad_form(error: SchemaError, at: NodeRef, spot: ErrorLocator | None = None) -> Finding:
    words = error.annotation
    expected = words.get("expected") or meant(error.schema)
    text = str(error.instance)
    keys = spot.index.keys(spot.index.at(spot.path)) if spot else {}
    near = suggestion(text, words.get("words", ())) or lookalike(text) or without_space(text, keys.__contains__)
    advice = near or words.get("help", f"Write {expected}.")
    if "clock" in words:
        advice = _time(str(error.instance), words["clock"]) or advice
    if "joint" in words and not near:
        named = _named(str(error.instance), words["joint"])
        advice = f"Write {named}: {advice[0].lower()}{advice[1:]}" if pattern_matcher(error.wanted)(named) else advice
    return Finding("FC205", at, f"{shown(error.instance)} is not {expected}", advice)


def _named(text: str, joint: str) -> str:
    """Turn a text into a name: lower-case words connected by the joint."""
    return joint.join(re.findall("[a-z0-9]+", text.lower()))


def _range(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    bounds = taken(error.schema)
    words = error.annotation
    message = words.get("message", "{found} is out of range ({bounds})")
    message = message.replace("{found}", str(error.instance)).replace("{bounds}", bounds)
    yield Finding("FC206", spot.value, message, words.get("help", f"Write a number {bounds}."))


def _length(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    text = isinstance(error.instance, str)
    what = shown(error.instance) if text else f"this {_kind(error.instance)}"
    least = error.keyword.startswith("min")
    word = error.annotation
    if one := sibling_fields(error, spot.index):
        word = sibling_annotation(one, error, spot)
    elif "comma" in word and any(
        value is None and key not in error.schema["properties"] for key, value in error.instance.items()
    ):
        word = {**word, "message": COMMA, "help": comma_help(error.instance)}
    at = spot.value if text else spot.owner
    if error.keyword == "maxProperties":
        # The first key is the action. The error is a text that was cut at a comma, or the next key.
        keys = list(error.instance)
        at = spot.key(next((key for key in keys if key not in error.schema["properties"]), keys[1]))
    message = word.get("message") or (f"{what} is empty" if least else f"{what} is too long")
    advice = word.get("help") or ("Add content, or leave its key out." if least else f"Use at most {error.wanted}.")
    yield Finding(word.get("code", "FC207"), at, message, advice)


def _kind(value: object) -> str:
    return "mapping" if isinstance(value, dict) else "list"


def _combination(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    words = error.annotation
    code = words.get("code", "FC208")
    if not words:
        near = suggestion(str(error.instance), words_of(error.schema))
        advice = near or f"Write {meant(error.schema)}."
        yield Finding("FC204", spot.value, f"{spot.path[-1]} cannot be {shown(error.instance)}", advice)
        return
    message = words["message"].replace("{found}", shown(error.instance))
    at = spot.value if isinstance(error.instance, str) else spot.owner
    if isinstance(error.instance, dict) and words.get("at") in error.instance:
        at = spot.key(words["at"])
    yield Finding(code, at, message, words.get("help", ""))


def _names(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    """Yield findings about a mapping's key, from the inner errors of `propertyNames`."""
    for inner in error.inner:
        yield from _findings_of_key(inner, spot)


def _findings_of_key(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    place = spot.key(error.instance)
    words = error.annotation
    if error.keyword in ("enum", "not"):
        message = words.get("message", 'unknown key "{key}"').replace("{key}", cut(error.instance))
        known = [str(value) for value in error.wanted] if error.keyword == "enum" else []
        advice = suggestion(error.instance, known) or words.get("help") or f"Write {listing(known)}."
        yield Finding(words.get("code", "FC201"), place, message, advice)
        return
    yield _bad_form(error, place)


def _twice(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    items = error.instance
    again = next(index for index, item in enumerate(items) if item in items[:index])
    yield Finding("FC207", spot.item(again), f"{shown(items[again])} is repeated in this list", "Write each item once.")


def _anything(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    yield Finding("FC208", spot.owner, "this is not valid in the flow language", f"Schema keyword: {error.keyword}.")


_KEYWORDS: dict[str, Callable[[SchemaError, ErrorLocator], Iterator[Finding]]] = {
    "additionalProperties": unknown_keys,
    "required": missing,
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
