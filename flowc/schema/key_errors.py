"""What the schema finds about keys: unknown ones, missing ones, and those that stand beside their mapping."""

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

#: What is said of a text that a comma has cut.
COMMA = "this text falls apart at a comma: inside { } a comma ends a text"
_COMMA_HELP = 'Put the whole text in quotes, such as {say: "Sorry, try again."}.'
_QUOTES_HELP = 'YAML knows straight quotes only: write them around the text, such as {say: "Sorry, try again."}.'
#: How other systems say where a call goes on, and what the name of a step looks like.
_LEADING = frozenset({"goto", "go_to", "step", "next", "to", "target", "then", "transition", "state", "name", "jump"})
_STEP = "^[a-z][a-z0-9-]{0,62}(/[a-z][a-z0-9-]{0,62})?$"
#: So many steps are named that are not where they belong.
_MOST_NAMED = 4


def unknown_keys(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    """FC201: keys that a mapping does not know."""
    known = error.schema.get("properties", {})
    if len(error.instance) > error.schema.get("maxProperties", len(error.instance)):
        return  # several keys where one belongs are one fault, and reported as that
    patterns = [pattern_matcher(pattern) for pattern in error.schema.get("patternProperties", {})]
    words = error.annotation
    advice = words.get("help") or (f"Write {listing(known)}." if known else "Leave it out: nothing is known here.")
    strays = stray_steps(error, spot.language)
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
        yield Finding("FC201", spot.key(key), message, suggested_key(error, key, spot.language).help or advice)


def _stray(steps: Sequence[str], spot: ErrorLocator) -> Finding:
    """Steps that stand at the top of the file; one fault, however many they are."""
    named = listing((f"{step}:" for step in steps), "and") if len(steps) <= _MOST_NAMED else "all of them"
    message = f'the step "{steps[0]}" is not below steps:'
    return Finding("FC201", spot.key(steps[0]), message, f"Indent {named}, so that steps: holds every step.")


def comma_help(mapping: Mapping[str, object]) -> str:
    """What to do about a text that a comma has cut; its author may have put it in quotes that YAML does not know."""
    quoted = (text for text in mapping.values() if isinstance(text, str) and text[:1] in QUOTES)
    return _QUOTES_HELP if next(quoted, "") else _COMMA_HELP


def missing(error: SchemaError, spot: ErrorLocator) -> Iterator[Finding]:
    """FC202: keys that a mapping must have; or FC201, where the name of a step belongs in its place."""
    if is_destination(error):
        yield _no_destination(error, spot)
        return
    helps = error.annotation.get("help", {})
    for key in error.wanted:
        if key not in error.instance:
            # Where any key may stand a misspelt one is no unknown one.
            slip = next((name for name in error.instance if name not in error.wanted and nearest(name, [key])), None)
            at = spot.owner if slip is None else spot.key(slip)
            advice = helps.get(key, f"Add {key}: here.") if slip is None else f"Did you mean {key}?"
            yield Finding("FC202", at, f'the key "{key}" is missing', advice)


def _no_destination(error: SchemaError, spot: ErrorLocator) -> Finding:
    """A mapping where the name of a step belongs, such as {goto: sales}."""
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
        help_ = f"Write the step's name alone: {holder}{value}."
    elif key in spot.language.verbs:
        help_ = f"Write the actions in a step of their own, and here its name, such as {holder}closed."
    else:
        help_ = words["destination"]
    message = words.get("message", 'a destination has no key "{key}"').replace("{key}", made_visible(cut(key)))
    return Finding("FC201", spot.key(key), message, help_)


def sibling_annotation(one: SiblingFields, error: SchemaError, spot: ErrorLocator) -> dict[str, str]:
    """The words about fields that stand beside their verb."""
    words = error.annotation
    if one.emptied:
        says = {key: text.replace("{verb}", one.verb) for key, text in words["beside"].items()}
        return {**says, "code": words["code"]}
    fields = listing((f"{field}:" for field in one.fields), "and")
    has = "belong" if len(one.fields) > 1 else "belongs"
    help_ = f"Indent {fields} further than {one.verb}:."
    if not isinstance(error.instance[one.verb], dict):
        first = next(iter(spot.language.keys([error.schema["properties"][one.verb]])))
        written = ", ".join(f"{field}: ..." for field in (first, *one.fields))
        help_ = f"Write {one.verb}: {{{written}}}."
    return {"code": words["code"], "message": f"{fields} {has} below {one.verb}:, not beside it", "help": help_}
