"""Spells a program: fields become the target's attributes by its tables, and what it cannot say becomes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flowc.diagnostics import Finding
from flowc.ir import OWN_METHOD, DocId, Document, Next, NextSetting, Node, Program, ToServer
from flowc.model import Duration, Setting
from flowc.profile import Kind, Profile, Spelling, Unsupported
from flowc.source import Place
from flowc.validate import Validator
from flowc.wording import listing, shown, suggestion, taken

_UNITS = {"s": (1000, "seconds"), "ms": (1, "milliseconds")}
#: Nothing is dropped in silence, not even by a table that forgot a field.
_NO_ROW = Unsupported("its table says nothing of it", "Leave it out, or add a row to the target's table.")


class Attribute(NamedTuple):
    """An attribute and its value; a URL is known only after linking."""

    name: str
    value: str | Next


class Element(NamedTuple):
    """A node in the target's words: kind, attributes in order, text (None: there is none), and what stands in it."""

    kind: str
    attributes: tuple[Attribute, ...]
    text: str | Next | None
    children: tuple[Element, ...]


class SpelledDocument(NamedTuple):
    """A document in the target's words."""

    id: DocId
    elements: tuple[Element, ...]
    at: Place
    line: int
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spelled:
    """A program in the target's words."""

    program: Program
    documents: tuple[SpelledDocument, ...]


def spell(program: Program, profile: Profile) -> tuple[Spelled, list[Finding]]:
    """The program in the target's words, and what the target cannot say (4xx)."""
    speller = _Speller(profile)
    documents = tuple(speller.document(document) for document in program.documents)
    return Spelled(program, documents), speller.findings


@dataclass(frozen=True, eq=False, slots=True)
class _Row:
    """A compiled schema fragment, hashed by identity."""

    validator: Validator


@lru_cache(maxsize=4096, typed=True)
def _takes(row: _Row, value: str | int | float | bool) -> bool:
    return row.validator.takes(value)


@lru_cache(maxsize=64)
def _rows(profile: Profile) -> dict[tuple[str, str], _Row]:
    return {
        (kind, name): _Row(Validator(spelling.schema))
        for kind, row in profile.nodes.items()
        if isinstance(row, Kind)
        for name, spelling in row.fields.items()
        if isinstance(spelling, Spelling) and spelling.schema is not None
    }


class _Speller:
    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._checks = _rows(profile)
        self.findings: list[Finding] = []

    def document(self, document: Document) -> SpelledDocument:
        elements = tuple(self._element(node) for node in document.nodes)
        return SpelledDocument(document.id, elements, document.at, document.line, document.methods)

    def _element(self, node: Node) -> Element:
        row = self._profile.nodes[node.kind]
        if isinstance(row, Unsupported):
            self._refuse(node.at, f"has no {_named(node)}", row)
            return Element(node.kind, (), None, ())
        given = {field.name: field for field in node.fields}
        attributes: list[Attribute] = []
        text: str | Next | None = None
        for name, spelling in row.fields.items():
            field = given.get(name)
            if isinstance(spelling, Unsupported):
                # A default of the language itself is no wish of the author's.
                if field is not None and field.at != node.at:
                    self._refuse(field.at, f"has no {name} on a {_named(node)}", spelling)
                continue
            value = self._value(node, field, spelling) if field is not None else _default(spelling, given)
            if value is None:
                continue
            if spelling.attribute is None:
                text = value
            else:
                attributes.append(Attribute(spelling.attribute, value))
            if spelling.method is not None and not isinstance(value, str):
                method = value.link.method if isinstance(value, ToServer) else OWN_METHOD
                attributes.append(Attribute(spelling.method, method))
        for name, field in given.items():
            if name not in row.fields:
                self._refuse(field.at, f"has no {name} on a {_named(node)}", _NO_ROW)
        self._refuse_together(node, row, given)
        attributes += self._extra(node, row)
        return Element(node.kind, tuple(attributes), text, tuple(self._element(child) for child in node.children))

    def _extra(self, node: Node, row: Kind) -> Iterator[Attribute]:
        for setting in node.extra:
            key = row.block.get(setting.name)
            if key is None:
                message = f"{self._profile.name} has no {setting.name} on a {_named(node)}"
                known = [name for name, other in row.block.items() if not other.option]
                near = suggestion(setting.name, known)
                help_ = near or (f"It has {listing(known, 'and')} there." if known else "Leave it out.")
                self.findings.append(Finding("FC401", setting.at, message, help_))
            elif not key.option:
                yield Attribute(setting.name, _plain(setting.value))

    def _refuse_together(self, node: Node, row: Kind, given: dict[str, Setting | NextSetting]) -> None:
        for refusal in row.refuses:
            if all((given[name].value if name in given else None) in values for name, values in refusal.when.items()):
                at = next((given[name].at for name in reversed(list(refusal.when)) if name in given), node.at)
                message = f"{self._profile.name} does not take this together: {refusal.why}"
                self.findings.append(Finding("FC402", at, message, refusal.instead))

    def _refuse(self, at: Place, what: str, row: Unsupported) -> None:
        self.findings.append(Finding("FC401", at, f"{self._profile.name} {what}: {row.why}", row.instead))

    def _value(self, node: Node, field: Setting | NextSetting, spelling: Spelling) -> str | Next | None:
        if isinstance(field, NextSetting):
            return field.value
        value = field.value
        if isinstance(value, Duration):
            size, unit = _UNITS[spelling.unit or "s"]
            if value.ms % size:
                message = f"{self._profile.name} counts the {_what(node, field)} in whole {unit}"
                self.findings.append(Finding("FC402", field.at, message, f"Write whole {unit}."))
                return None
            value = value.ms // size
        if spelling.values is not None:
            if value not in spelling.values:
                self._not_among(node, field, spelling, spelling.values)
                return None
            return spelling.values[str(value)]
        if spelling.special is not None and value in spelling.special:
            return spelling.special[str(value)]
        check = self._checks.get((node.kind, field.name))
        if check is not None and not _takes(check, value):
            self._out_of_range(node, field, spelling, value)
        return _plain(value)

    def _not_among(self, node: Node, field: Setting, spelling: Spelling, known: Iterable[str]) -> None:
        message = f"{self._profile.name} has no {field.name} {shown(field.value)} on a {_named(node)}"
        same = [name for name in known if name.lower() == str(field.value).lower()]
        help_ = spelling.instead or f"Write {listing(same or known)}."
        self.findings.append(Finding("FC402", field.at, message, help_))

    def _out_of_range(self, node: Node, field: Setting, spelling: Spelling, value: object) -> None:
        schema = spelling.schema or {}
        unit = f" {_UNITS[spelling.unit][1]}" if spelling.unit else ""
        name = self._profile.name
        if "enum" in schema:
            self._not_among(node, field, spelling, schema["enum"])
            return
        if "pattern" in schema:
            message = f"{name} does not take {shown(value)} as {_what(node, field)}"
        elif isinstance(value, str):
            message = f"{name} takes {taken(schema)} as {_what(node, field)}; this has {len(value)}"
        else:
            message = f"{name} takes {taken(schema)}{unit} as {_what(node, field)}; this is {value}"
        self.findings.append(Finding("FC402", field.at, message, spelling.instead or f"Write {taken(schema)}{unit}."))


def _default(spelling: Spelling, given: dict[str, Setting | NextSetting]) -> str | None:
    beside = spelling.beside is None or spelling.beside in given
    return spelling.default if beside else None


def _named(node: Node) -> str:
    """A kind of node as the author knows it."""
    return "SIP address" if node.kind == "sip" else node.kind


def _what(node: Node, field: Setting) -> str:
    """A field as the author knows it; what a confirmation adds to a dial stands in confirm: there."""
    own = field.name.removeprefix("confirm_")
    return f"{own} of a {_named(node) if own == field.name else 'confirm'}"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
