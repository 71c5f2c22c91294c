"""Findings about keys: unknown keys, missing keys, and fields that are not indented below their verb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from flowc.diagnostics.characters import QUOTES, made_visible
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import cut, listing, nearest
from flowc.schema.error_locator import ErrorLocator
from flowc.schema.key_suggestions import pattern_matcher, suggested_key
from flowc.schema.merge_errors import SiblingFields, is_destination, stray_steps

if TYPE_CHECKING:
    from flowc.schema.reference_validator import SchemaError

#: The message about a text that is cut at a comma.
COMMA = "this text is cut at a comma: inside { } a comma ends a text"
_COMMA_HELP = 'Put the whole text in quotes, such as {say: "Sorry, try again."}.'
_QUOTES_HELP = 'Put the text in straight quotes, such as {say: "Sorry, try again."}; YAML has no other quotes.'
#: Keys of other systems for the next step, and the pattern of step names.
_LEADING = frozenset({"goto", "go_to", "step", "next", "to", "target", "then", "transition", "state", "name", "jump"})
_STEP = "^[a-z][a-z0-9-]{0,62}(/[a-z][a-z0-9-]{0,62})?$"
#: Limit for misplaced steps that a message names.
_MOST_NAMED = 4


def unknown_keys(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    """Yield FC201 for unknown keys of a mapping."""
    known = error.schema.get("properties", {})
    if len(error.instance) > error.schema.get("maxProperties", len(error.instance)):
        return  # several keys instead of one are one error, which is reported elsewhere
    patterns = [pattern_matcher(pattern) for pattern in error.schema.get("patternProperties", {})]
    words = error.annotation
    advice = words.get("help") or (f"Write {listing(known)}." if known else "Remove it: no keys are allowed here.")
    strays = stray_steps(error, spot.index)
    if strays:
        yield _stray(strays, spot)
    passed = known.keys() | strays
    for key, value in error.instance.items():
        if key in passed or any(search(key) for search in patterns):
            continue
        if value is None and " " in key.strip():
            yield Finding("FC201", spot.key(key), COMMA, comma_help(error.instance))
            continue
        message = words.get("message", 'unknown key "{key}"').replace("{key}", made_visible(cut(key)))
        yield Finding("FC201", spot.key(key), message, suggested_key(error, key, spot.index).help or advice)


def _stray(steps: Sequence[str], spot: ErrorLocator) -> Finding:
    """Return one finding about steps at the top level of the file."""
    named = listing((f"{step}:" for step in steps), "and") if len(steps) <= _MOST_NAMED else "all steps"
    message = f'the step "{steps[0]}" is not below steps:'
    return Finding("FC201", spot.key(steps[0]), message, f"Indent {named} below steps:.")


def comma_help(mapping: Mapping[str, object]) -> str:
    """Return help for a text that is cut at a comma, perhaps despite curly quotes, which YAML does not accept."""
    quoted = (text for text in mapping.values() if isinstance(text, str) and text[:1] in QUOTES)
    return _QUOTES_HELP if next(quoted, "") else _COMMA_HELP


def missing(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    """Yield FC202 for missing keys of a mapping, or FC201 for a mapping instead of the name of a step."""
    if is_destination(error):
        yield _no_destination(error, spot)
        return
    helps = error.annotation.get("help", {})
    for key in error.wanted:
        if key not in error.instance:
            # If any key is allowed, a misspelled key is not unknown.
            typo = next((name for name in error.instance if name not in error.wanted and nearest(name, [key])), None)
            at = spot.owner if typo is None else spot.key(typo)
            advice = helps.get(key, f"Add {key}: here.") if typo is None else f"Did you mean {key}?"
            yield Finding("FC202", at, f'the key "{key}" is missing', advice)


def _no_destination(error: SchemaError, spot: ErrorLocator) -> Finding:
    """Return the finding about a mapping instead of the name of a step, such as {goto: sales}."""
    key, value = next(iter(error.instance.items()), ("", None))
    if not key:
        return Finding("FC202", spot.owner, 'the key "url" is missing', error.annotation["destination"])
    holder = next((f"{step}: " for step in reversed(spot.path[-1:]) if isinstance(step, str)), "")
    words = error.annotation
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if key == "hangup" and (value is None or not isinstance(value, str)):
        help_ = f"Write {holder}end."
    elif key in _LEADING and isinstance(value, str) and pattern_matcher(_STEP)(value):
        help_ = f"Write only the name of the step: {holder}{value}."
    elif key in spot.index.verbs:
        help_ = f"Move the actions to a separate step, and write its name here, such as {holder}closed."
    else:
        help_ = words["destination"]
    message = words.get("message", 'a destination has no key "{key}"').replace("{key}", made_visible(cut(key)))
    return Finding("FC201", spot.key(key), message, help_)


def sibling_annotation(one: SiblingFields, error: SchemaError, spot: ErrorLocator) -> dict[str, str]:
    """Return message and help about fields that are not indented below their verb."""
    words = error.annotation
    if one.emptied:
        texts = {key: text.replace("{verb}", one.verb) for key, text in words["beside"].items()}
        return {**texts, "code": words["code"]}
    fields = listing((f"{field}:" for field in one.fields), "and")
    has = "belong" if len(one.fields) > 1 else "belongs"
    help_ = f"Indent {fields} further than {one.verb}:."
    if not isinstance(error.instance[one.verb], dict):
        first = next(iter(spot.index.keys([error.schema["properties"][one.verb]])))
        written = ", ".join(f"{field}: ..." for field in (first, *one.fields))
        help_ = f"Write {one.verb}: {{{written}}}."
    return {"code": words["code"], "message": f"{fields} {has} below {one.verb}:, not next to it", "help": help_}
