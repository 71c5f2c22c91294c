"""Classes of values: a contract that accepts a document also accepts it with other values of the same classes.

A grammar distinguishes values only by its patterns, so values that match the same patterns are of one class. Where this
module is not sure, each value is a class of its own. A test compares the results with those of the contracts.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
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
    definitions = _Definitions(grammar)
    return cache(lambda place: ValueClasses(definitions.leaves(place[0]).get(place[1], []), known))


class _Definitions:
    """What a grammar says about elements, read for each name that is asked for: a document has few of them."""

    def __init__(self, grammar: Any) -> None:
        self._elements = _by_name(grammar.iter("{*}element"))
        self._defines = _by_name(grammar.iter("{*}define"))
        self.leaves = cache(self._leaves_of)

    def _leaves_of(self, name: str) -> dict[str | None, list[Any]]:
        """Return the patterns for the values of each attribute of an element, and (None) for its text."""
        leaves: dict[str | None, list[Any]] = {}
        for element in self._elements.get(name, ()):
            for attribute, leaf in self._leaves(element, None, set()):
                leaves.setdefault(attribute, []).append(leaf)
        return leaves

    def _leaves(
        self, node: Any, attribute: str | None, seen: set[tuple[str | None, str]]
    ) -> Iterator[tuple[str | None, Any]]:
        """Yield the patterns for values of an element and of its attributes, without those of elements inside it."""
        for child in node:
            tag, name = _tag(child), child.get("name")
            if tag in ("value", "data"):
                yield attribute, child
            elif tag == "ref" and (attribute, name) not in seen:
                seen.add((attribute, name))
                for define in self._defines.get(name, ()):
                    yield from self._leaves(define, attribute, seen)
            elif tag not in ("ref", "element"):
                yield from self._leaves(child, name if tag == "attribute" else attribute, seen)


def _by_name(nodes: Iterable[Any]) -> dict[str, list[Any]]:
    named: dict[str, list[Any]] = {}
    for node in nodes:
        named.setdefault(node.get("name"), []).append(node)
    return named


def _tag(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]
