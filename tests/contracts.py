"""What a contract says, read from its grammar, and what a reference table says, in one shape for both carriers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

TESTS = Path(__file__).parent
TARGETS = TESTS.parent / "flowc" / "templates" / "targets"
RNG = "{http://relaxng.org/ns/structure/1.0}"


def contract_path(target: str) -> Path:
    """The grammar of a target."""
    return TARGETS / target / "contract.rng"


class Contract:
    """A compiled grammar that tells whether it takes a document."""

    def __init__(self, path: Path) -> None:
        self._schema = etree.RelaxNG(etree.parse(str(path)))

    def faults(self, document: str) -> list[str]:
        """What is wrong with a document; nothing when the contract takes it."""
        if self._schema.validate(etree.fromstring(document)):
            return []
        return [str(entry.message) for entry in self._schema.error_log] or ["refused without a message"]

    def accepts(self, document: str) -> bool:
        """Whether the contract takes a document."""
        return not self.faults(document)


# ------------------------------------------------------------------------------------------------ the grammar, walked


@dataclass
class Grammar:
    """The names a grammar knows: element -> attribute -> literal values, and element -> children."""

    attributes: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    children: dict[str, set[str]] = field(default_factory=dict)


def read_grammar(path: Path) -> Grammar:
    """Walk a grammar; patterns that define one element twice (in two places, say) are merged."""
    root = etree.parse(str(path)).getroot()
    defines = {define.get("name"): define for define in root.findall(f"{RNG}define")}
    grammar = Grammar()
    for element in root.iter(f"{RNG}element"):
        name = str(element.get("name"))
        attributes = grammar.attributes.setdefault(name, {})
        children = grammar.children.setdefault(name, set())
        for part in _parts(element, defines, set()):
            if part.tag == f"{RNG}element":
                children.add(str(part.get("name")))
            else:
                words = attributes.setdefault(str(part.get("name")), set())
                words.update(_words(part, defines))
    return grammar


def contract_attributes(path: Path) -> dict[str, set[str]]:
    """Element -> the names of its attributes."""
    return {name: set(attributes) for name, attributes in read_grammar(path).attributes.items()}


def contract_children(path: Path) -> dict[str, set[str]]:
    """Element -> the names of the elements that may stand in it."""
    return read_grammar(path).children


def _parts(pattern: Any, defines: dict[str, Any], seen: set[str]) -> Iterator[Any]:
    """The attributes and child elements of one element, through references, not into the children."""
    for part in pattern.iterchildren(f"{RNG}*"):
        if part.tag in (f"{RNG}element", f"{RNG}attribute"):
            yield part
        elif part.tag == f"{RNG}ref":
            name = str(part.get("name"))
            if name not in seen:
                yield from _parts(defines[name], defines, seen | {name})
        else:
            yield from _parts(part, defines, seen)


def _words(pattern: Any, defines: dict[str, Any]) -> Iterator[str]:
    """The literal values of an attribute."""
    for part in pattern.iterchildren(f"{RNG}*"):
        if part.tag == f"{RNG}value":
            yield part.text or ""
        elif part.tag == f"{RNG}ref":
            yield from _words(defines[str(part.get("name"))], defines)
        else:
            yield from _words(part, defines)


# ------------------------------------------------------------------------------------------------ the reference tables


@dataclass(frozen=True)
class Attribute:
    """What a table says about one attribute, as far as it says it in a form that can be read."""

    kind: str  # url | method | boolean | integer | words | list | other
    required: bool
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class Element:
    """What a table says about one element."""

    children: frozenset[str]
    text_allowed: bool
    text_required: bool
    attributes: dict[str, Attribute]


def read_table(target: str) -> dict[str, Any]:
    """A carrier's reference table as it stands in tests/reference."""
    table: dict[str, Any] = json.loads((TESTS / "reference" / f"{target}.json").read_text("utf-8"))
    return table


def reference(target: str) -> dict[str, Element]:
    """The elements a target's contract must know."""
    table = read_table(target)
    return _plivo(table) if "elements" in table else _rcml(table)


def _plivo(table: dict[str, Any]) -> dict[str, Element]:
    rows: dict[str, Any] = table["elements"]
    return {
        name: Element(
            children=frozenset(child for child, other in rows.items() if name in other["parents"]),
            text_allowed=bool(row["text"]["allowed"]),
            text_required=bool(row["text"].get("required")),
            attributes={
                key: _attribute(raw) for key, raw in row["attributes"].items() if raw["status"] == "documented"
            },
        )
        for name, row in rows.items()
    }


def _rcml(table: dict[str, Any]) -> dict[str, Element]:
    """The dialect `oss`: what the interpreter runs or its pages document, of the names it does run."""
    rows: dict[str, Any] = {
        name: row for name, row in (table["verbs"] | table["nouns"]).items() if "oss" in row["dialects"]
    }
    known = ("implemented", "implemented-only", "documented-only")
    elements = {"Response": Element(frozenset(table["verbs"].keys() & rows.keys()), False, False, {})}
    for name, row in rows.items():
        nested = {child for child, other in rows.items() if name in other.get("parent", [])}
        elements[name] = Element(
            children=frozenset(nested | set(row["children"].get("documented", []))),
            text_allowed=bool(row["text"]["allowed"]),
            text_required=bool(row["text"].get("required")),
            attributes={
                key: _attribute(raw) for key, raw in row["attributes"].items() if raw["dialects"]["oss"] in known
            },
        )
    return elements


def _attribute(raw: dict[str, Any]) -> Attribute:
    allowed = raw.get("allowed")
    values = tuple(allowed) if isinstance(allowed, list) else ()
    minimum, maximum = _range(str(raw.get("range") or allowed or ""))
    return Attribute(_kind(raw, values), bool(raw["required"]), values, minimum, maximum)


def _kind(raw: dict[str, Any], values: tuple[str, ...]) -> str:
    kind = str(raw["type"])
    if set(values) == {"GET", "POST"}:
        return "method"
    if raw.get("separator") or raw.get("pattern") == "comma separated list":
        return "list"
    if kind in ("url", "boolean"):
        return kind
    if "integer" in kind:
        return "integer"
    return "words" if values else "other"


def _range(text: str) -> tuple[int | None, int | None]:
    """The bounds of an integer, where the table writes them as one of: a..b, >= a, > a, positive, 0 = ..."""
    if found := re.match(r"(\d+)\.\.(\d+)", text):
        return int(found[1]), int(found[2])
    if found := re.match(r"(?:integer )?(>=?) (\d+)", text):
        return int(found[2]) + (found[1] == ">"), None
    if text.startswith("positive integer"):
        return 1, None
    if text.startswith("integer; 0 ="):
        return 0, None
    return None, None
