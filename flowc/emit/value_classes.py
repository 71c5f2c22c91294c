"""Classes of values: a contract that accepts a document also accepts it with other values of the same classes.

A grammar distinguishes values only by its patterns, so values that match the same patterns are of one class. Where this
module is not sure, each value is a class of its own. A test compares the results with those of the contracts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any

#: What a grammar may contain whose values have classes.
_KNOWN = {
    *("grammar", "start", "define", "ref", "element", "attribute", "value", "data", "param", "except"),
    *("group", "choice", "optional", "zeroOrMore", "oneOrMore", "mixed", "text", "empty", "notAllowed"),
}
_BLANK = " \t\n\r"
#: What means the same in expressions of XML Schema and of Python, in ASCII and of characters that XML can contain.
_COMMON = re.compile(
    r"""(?: [^\\.^$\[\]] | \\[sS.+*?(){}|\\\[\]-] | \[\^?(?: [^\\\[\]^] | \\[s.+*?(){}|\\\[\]-] )+\] )+""", re.VERBOSE
)
#: Quantifiers and groups that only Python has.
_PYTHON_ONLY = re.compile(r"\(\?|(?<!\\)[*+?}][*+?]")

Place = tuple[str, str | None]


class ValueClasses:
    """The classes of the values of an attribute, or of the text of an element."""

    def __init__(self, leaves: list[Any], known: bool) -> None:
        """Take the patterns for a value (`value` and `data` of RELAX NG), if they are `known` to be all."""
        self._words: set[str] = set()
        self._patterns: list[re.Pattern[str]] = []
        self._longest = sys.maxsize  # a longer value is a class of its own
        if not all([self._understands(leaf) for leaf in leaves]) or not known:
            self._longest = -1

    def of(self, value: str) -> Hashable:
        """Return the class of a value."""
        if len(value) > self._longest or value in self._words or not value.strip(_BLANK):
            return value
        return tuple([pattern.fullmatch(value) is not None for pattern in self._patterns]) if self._patterns else ()

    def _understands(self, leaf: Any) -> bool:
        """Take a pattern into account, and return whether it is understood."""
        kind = leaf.get("type")
        if _tag(leaf) == "value":
            self._words.add(leaf.text or "")
            return bool(kind == "string")
        for part in leaf:
            match kind, part.get("name"), part.text or "":
                case "string", "pattern", text if _COMMON.fullmatch(text) and not _PYTHON_ONLY.search(text):
                    self._patterns.append(re.compile(text, re.ASCII))
                case "string" | "token", "maxLength", text:
                    self._longest = min(self._longest, int(text))
                case "string" | "token", "minLength", "1":
                    pass  # only a blank value is shorter
                case _:
                    return False
        return kind in ("string", "token")


def value_classes(grammar: Any) -> Callable[[Place], ValueClasses]:
    """Return the classes for each place of a value: an element, and an attribute of it (None: its text)."""
    known = all(_tag(node) in _KNOWN for node in grammar.iter("*"))
    known = known and all(node.get("name") for node in grammar.iter("{*}element", "{*}attribute"))
    leaves: dict[Place, list[Any]] = {}
    for element in grammar.iter("{*}element"):
        for attribute, leaf in _leaves(grammar, element, None, set()):
            leaves.setdefault((element.get("name"), attribute), []).append(leaf)
    return cache(lambda place: ValueClasses(leaves.get(place, []), known))


def _leaves(
    grammar: Any, node: Any, attribute: str | None, seen: set[tuple[str | None, str]]
) -> Iterator[tuple[str | None, Any]]:
    """Yield the patterns for values of an element and of its attributes, without those of elements inside it."""
    for child in node:
        tag, name = _tag(child), child.get("name")
        if tag in ("value", "data"):
            yield attribute, child
        elif tag == "ref" and (attribute, name) not in seen:
            seen.add((attribute, name))
            for define in grammar.iterfind(f".//{{*}}define[@name='{name}']"):
                yield from _leaves(grammar, define, attribute, seen)
        elif tag not in ("ref", "element"):
            yield from _leaves(grammar, child, name if tag == "attribute" else attribute, seen)


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
