"""Spells a program: fields become the target's attributes by its tables, and what it cannot say becomes a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import counted, lasting, listing, meant, one, shown, suggestion, taken
from flowc.emit.spell.checks import checks_of
from flowc.emit.spell.fragments import fragment_faults
from flowc.emit.spell.headers import header_faults
from flowc.emit.spell.markup import markup_faults
from flowc.flow.values import Duration, Endpoint, Setting, Url
from flowc.lower.ir import (
    OWN_METHOD,
    DocId,
    Document,
    Dropped,
    LoweredRequest,
    Next,
    NextSetting,
    Node,
    Program,
    ToServer,
)
from flowc.profiles.profile import NOT_NAMED, Profile
from flowc.profiles.rows import UNITS, Fragment, Items, NodeRow, Spelling, Unsupported
from flowc.syntax.markup import Malformed, Markup, read_markup

_TWO_DAYS = 48 * 3600
#: The kind of node that holds XML of the author's own.
RAW = "raw"
#: What the author calls a field that is named otherwise within.
_AUTHORS = {"next": "action", "confirm_document": "prompt", "status_on": "on"}
#: The author's field that a field is a part of, or stands for, where a whole field is refused.
_HOLDERS = {"username": "auth", "password": "auth", "next": "action"}
#: Kinds of node that are a field to the author, and no action.
_FIELDS = {"retry"}
_LIST = Items()


class Attribute(NamedTuple):
    """An attribute and its value; a URL is known only after linking."""

    name: str
    value: str | Next


_Text = str | Next | Markup | None
_Fields = dict[str, Setting | NextSetting]
_Spellings = tuple[tuple[str, Spelling | Unsupported], ...]


class Element(NamedTuple):
    """A node in the target's words: kind, attributes in order, text (None: there is none), and what stands in it."""

    kind: str
    at: NodeRef
    attributes: tuple[Attribute, ...]
    text: _Text
    children: tuple[Element, ...]


class SpelledDocument(NamedTuple):
    """A document in the target's words."""

    id: DocId
    elements: tuple[Element, ...]
    at: NodeRef
    line: int
    methods: tuple[str, ...]


#: A value in the body of a request; a URL is known only after linking.
Value = str | int | bool | Next


class SpelledRequest(NamedTuple):
    """What is sent to the carrier's API, by the names of its parameters."""

    kind: str
    name: str
    body: Mapping[str, Value]
    line: int


class Spelled(NamedTuple):
    """A program in the target's words."""

    program: Program
    documents: tuple[SpelledDocument, ...]
    requests: tuple[SpelledRequest, ...] = ()


def spell(program: Program, profile: Profile) -> tuple[Spelled, list[Finding]]:
    """The program in the target's words, and what the target cannot say (4xx)."""
    speller = _Speller(profile)
    documents = tuple(speller.document(document) for document in program.documents)
    requests = tuple(speller.request(request) for request in program.requests)
    return Spelled(program, documents, requests), speller.findings


class _Speller:
    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._checks = checks_of(profile)
        self._relevant: dict[tuple[object, ...], _Spellings] = {}
        self.findings: list[Finding] = []

    def document(self, document: Document) -> SpelledDocument:
        elements = tuple(self._element(node) for node in document.nodes)
        return SpelledDocument(document.id, elements, document.at, document.line, document.methods)

    def request(self, request: LoweredRequest) -> SpelledRequest:
        row = self._profile.row(request.node.kind)
        types = _types(row) if isinstance(row, NodeRow) else {}
        attributes = self._element(request.node).attributes
        body = {name: _typed(value, types.get(name)) for name, value in attributes}
        return SpelledRequest(request.kind, request.name, body, request.line)

    def _element(self, node: Node) -> Element:
        row = self._profile.row(node.kind)
        if isinstance(row, Unsupported):
            self._refuse(node.at, f"has no {self._named(node)}", row)
            return Element(node.kind, node.at, (), None, ())
        kind, row, extra = self._variant(node, row) if node.extra else (node.kind, row, ())
        given: _Fields = {field.name: field for field in node.fields}
        if len(given) < len(node.fields):
            raise Dropped(
                f"a field of this {node.kind} is given twice: {', '.join(field.name for field in node.fields)}"
            )
        own = {setting.name: setting for setting in extra}
        attributes, text = self._spelled(node, row, given, own)
        nodes = node.children
        if row.inner:
            inner = self._inner(node, row.inner, own)
            given = {name: field for name, field in given.items() if field not in inner.fields}
            nodes = (inner,)
        for name, field in given.items():
            if name not in row.fields:
                self._refuse(field.at, f"has no {name} on {self._one(node)}", NOT_NAMED)
        self._refuse_together(node, row, {**own, **given})
        attributes += self._extra(node, row, own.values())
        return Element(kind, node.at, tuple(attributes), text, tuple(self._element(child) for child in nodes))

    def _spelled(
        self, node: Node, row: NodeRow, given: _Fields, own: dict[str, Setting]
    ) -> tuple[list[Attribute], _Text]:
        """The attributes and the text that the fields make; what the target's own words replace is taken from `own`."""
        attributes: list[Attribute] = []
        text: _Text = None
        refused: dict[Unsupported, list[Setting | NextSetting]] = {}
        for name, spelling in row.fields.items() if own else self._relevant_fields(row, given):
            field = given.get(name)
            if isinstance(spelling, Unsupported):
                # The author has not asked for a default of the language itself; a URL is never one.
                if field is not None and (field.at != node.at or isinstance(field, NextSetting)):
                    refused.setdefault(spelling, []).append(field)
                continue
            if spelling.attribute in own:
                given[name] = own.pop(spelling.attribute)
                attributes.append(Attribute(spelling.attribute, _plain(given[name].value)))
                continue
            value = self._value(node, field, spelling) if field is not None else _default(spelling, given)
            if value is None:
                continue
            if spelling.attribute is None:
                text = value if spelling.after is None else f"{text}{spelling.after}{value}"
            elif isinstance(value, Markup):
                raise Dropped(f"the row of {name} puts tags into an attribute")
            else:
                attributes.append(Attribute(spelling.attribute, value))
            if isinstance(value, (str, Markup)):
                continue
            if spelling.method is not None:
                method = value.endpoint.method if isinstance(value, ToServer) else OWN_METHOD
                attributes.append(Attribute(spelling.method, method))
            elif spelling.fetched_by is None:
                raise Dropped(f"the row of {name} says no method for its URL")
        for reason, fields in refused.items():
            names = dict.fromkeys(_HOLDERS.get(field.name, field.name) for field in fields)
            self._refuse(fields[0].at, f"has no {listing(names)} on {self._one(node)}", reason)
        return attributes, text

    def _relevant_fields(self, row: NodeRow, given: _Fields) -> _Spellings:
        """The fields of a row that are given or have a default, in its order: most fields of most nodes are not."""
        key: tuple[object, ...] = (id(row), *given)
        known = self._relevant.get(key)
        if known is None:
            known = self._relevant[key] = tuple(
                (name, spelling)
                for name, spelling in row.fields.items()
                if name in given or (isinstance(spelling, Spelling) and spelling.default is not None)
            )
        return known

    def _inner(self, node: Node, kind: str, own: dict[str, Setting]) -> Node:
        """The node within a node: what its own row names of the fields, and (taken from `own`) of the block."""
        row = self._profile.row(kind)
        assert isinstance(row, NodeRow)
        fields = tuple(field for field in node.fields if field.name in row.fields)
        extra = tuple(own.pop(name) for name in [*own] if name in row.block)
        return node._replace(kind=kind, fields=fields, extra=extra)

    def _variant(self, node: Node, row: NodeRow) -> tuple[str, NodeRow, tuple[Setting, ...]]:
        """The kind that a key of the target's block makes of a node, and what else the block says."""
        extra = tuple(setting for setting in node.extra if not self._is_option(row, setting))
        variant = self._profile.variant(node.kind, ((setting.name, setting.value) for setting in node.extra))
        other = self._profile.row(variant)
        return variant, other if isinstance(other, NodeRow) else row, extra

    def _is_option(self, row: NodeRow, setting: Setting) -> bool:
        key = row.block.get(setting.name)
        return key is not None and key.option

    def _extra(self, node: Node, row: NodeRow, settings: Iterable[Setting]) -> Iterator[Attribute]:
        for setting in settings:
            key = row.block.get(setting.name)
            if key is not None:
                value = _plain(setting.value)
                tight = key.join.join(item.strip() for item in value.split(key.join)) if key.join else value
                yield Attribute(setting.name, tight)
                continue
            message = f"{self._profile.name} has no {setting.name} on {self._one(node)}"
            known = [name for name, other in row.block.items() if not other.option]
            help_ = self._variant_with(node.kind, setting.name) or suggestion(setting.name, known)
            help_ = help_ or (f"It has {listing(known, 'and')} there." if known else "Leave it out.")
            self.findings.append(Finding("FC401", setting.at, message, help_))

    def _variant_with(self, kind: str, name: str) -> str:
        """What to write in the block for the variant of a kind that has a key."""
        row = self._profile.row(kind)
        for option, key in row.block.items() if isinstance(row, NodeRow) else ():
            for word, variant in key.kinds.items():
                other = self._profile.row(variant)
                if isinstance(other, NodeRow) and name in other.block:
                    return f"Write {self._profile.name}: {{{option}: {word}}}, which has it."
        return ""

    def _refuse_together(self, node: Node, row: NodeRow, given: _Fields) -> None:
        refused = set()
        for needed, refusal in self._checks.refusals(row):
            if not needed <= given.keys():
                continue
            words = (refusal.why, refusal.instead)
            if words in refused or not self._checks.refuses(refusal, given):
                continue
            refused.add(words)
            names = [name for name in refusal.when if name in given and given[name].at != node.at]
            at = given[names[-1]].at if names else node.at
            what = f"{_AUTHORS.get(names[0], names[0])} here" if len(names) == 1 else "this together"
            code, verb = ("FC406", "document") if refusal.undocumented else ("FC402", "take")
            message = f"{self._profile.name} does not {verb} {what}: {refusal.why}"
            self.findings.append(Finding(code, at, message, refusal.instead))

    def _refuse(self, at: NodeRef, what: str, row: Unsupported) -> None:
        self.findings.append(Finding("FC401", at, f"{self._profile.name} {what}: {row.why}", row.instead))

    def _named(self, node: Node) -> str:
        """A kind of node as the author knows it."""
        return "SIP address" if node.kind == "sip" else self._profile.variants.get(node.kind, node.kind)

    def _one(self, node: Node) -> str:
        return one(self._named(node))

    def _what(self, node: Node, name: str) -> str:
        """A field as the author knows it; what a confirmation adds to a dial stands in confirm: there."""
        own = _AUTHORS.get(name, name.removeprefix("confirm_"))
        if node.kind in _FIELDS:
            return f"{own} of {node.kind}"
        return f"{own} of {one('confirm') if name.startswith('confirm_') else self._one(node)}"

    # Values

    def _value(self, node: Node, field: Setting | NextSetting, spelling: Spelling) -> _Text:
        if isinstance(field, NextSetting):
            to = field.value
            words = spelling.values or (spelling.special if spelling.attribute is None else None)
            if words and not (spelling.method or spelling.fetched_by):
                message = f"{self._profile.name} takes no sound of your own as {self._what(node, field.name)}"
                help_ = spelling.instead or f"Write {listing(words)}."
                self.findings.append(Finding("FC402", field.at, message, help_))
                return None
            return self._asked(node, field.name, to.endpoint, spelling) if isinstance(to, ToServer) else to
        value = field.value
        if isinstance(value, Duration):
            size, unit = UNITS[spelling.unit or "s"]
            if value.ms % size:
                message = f"{self._profile.name} counts the {self._what(node, field.name)} in whole {unit}"
                self.findings.append(Finding("FC402", field.at, message, f"Write whole {unit}."))
                return None
            value = value.ms // size
        elif isinstance(value, tuple):
            return self._joined(node, field, value, spelling)
        elif spelling.items is not None and value not in (spelling.special or ()):
            return self._item(node, field, field._replace(name=""), spelling, spelling.items)
        elif isinstance(value, str):
            if isinstance(value, Url):
                what = self._what(node, field.name)
                self.findings += fragment_faults(value, field.at, what, spelling.retry, self._profile, self._checks)
            value = str(value)  # of a Url, the text
        if spelling.values is not None:
            if value not in spelling.values:
                self._not_among(node, field, spelling, spelling.values)
                return None
            return spelling.values[str(value)]
        if spelling.special is not None and value in spelling.special:
            return spelling.special[str(value)]
        if spelling.schema is not None and not self._checks.takes(spelling.schema, value):
            self._out_of_range(node, field, spelling.schema, spelling, value)
        return self._tags(field, spelling) if spelling.markup else _plain(value)

    def _asked(self, node: Node, name: str, endpoint: Endpoint, spelling: Spelling) -> ToServer:
        """The author's server, by the method the carrier takes, and with how it asks again."""
        target = self._profile.name
        what = self._what(node, name)
        if spelling.fetched_by is not None and endpoint.method != spelling.fetched_by:
            message = f"{target} always asks for the {what} by {spelling.fetched_by}"
            help_ = f"Write method: {spelling.fetched_by}, or leave it out."
            self.findings.append(Finding("FC402", endpoint.at, message, help_))
        if not endpoint.retry:
            self.findings += fragment_faults(
                endpoint.url, endpoint.at, what, spelling.retry, self._profile, self._checks
            )
            return ToServer(endpoint)
        options, at = self._profile.row("retry"), endpoint.at.name("retry")
        if isinstance(options, NodeRow) and not spelling.retry:
            message = f"{target} cannot be told how to ask again for the {what}"
            self.findings.append(Finding("FC401", at, message, "Leave retry out here."))
        words = self._element(Node("retry", at, endpoint.retry)).attributes
        return ToServer(
            endpoint._replace(url=f"{endpoint.url}#{'&'.join(f'{word.name}={word.value}' for word in words)}")
        )

    def _joined(self, node: Node, field: Setting, settings: tuple[Setting, ...], spelling: Spelling) -> str:
        """A list in one text."""
        items = spelling.items or _LIST
        faults = list(header_faults(items.header, settings, self._profile.name)) if items.header else []
        self.findings += faults
        # One fault, one message: a name that is wrong is not held against its schema too.
        wrong = {fault.at for fault in faults}
        words = [
            word
            for setting in settings
            if setting.at.name(setting.name) not in wrong
            and (word := self._item(node, field, setting, spelling, items)) is not None
        ]
        if items.most is not None and len(words) > items.most:
            what = self._what(node, field.name)
            message = (
                f"{self._profile.name} takes at most {counted(items.most, 'value')} in {what}; these are {len(words)}"
            )
            self.findings.append(Finding("FC402", field.at, message, items.beyond))
        joined = items.join.join(words)
        if spelling.schema is not None and not self._checks.takes(spelling.schema, joined):
            self._out_of_range(node, field, spelling.schema, spelling, joined)
        return joined

    def _item(self, node: Node, field: Setting, item: Setting, spelling: Spelling, items: Items) -> str | None:
        word = _word(items, item)
        if items.values is not None:
            if word not in items.values:
                self._not_among(node, item._replace(name=field.name), spelling, items.values)
            return items.values.get(word)
        if items.schema is not None and not self._checks.takes(items.schema, word):
            bad_name = item.name and not self._checks.takes(items.schema, _word(items, item._replace(value="x")))
            at = item.at.name(item.name) if bad_name else item.at
            self._out_of_range(node, Setting(field.name, item.value, at), items.schema, spelling, word)
        elif (header := items.header) and header.documented:
            if not self._checks.takes(header.documented, header.written(item.name)):
                message = f"{self._profile.name} may not send the header {item.name}: {header.why}"
                self.findings.append(Finding("FC406", item.at.name(item.name), message, header.instead))
        return word

    def _tags(self, field: Setting, spelling: Spelling) -> Markup | None:
        markup = read_markup(str(field.value))
        if isinstance(markup, Malformed) or spelling.markup is None:
            return None
        several = "\n" in str(field.value).strip()
        for fault in markup_faults(markup, spelling.markup, self._checks, field.at):
            line = f" (line {fault.tag.line} of it)" if several else ""
            self.findings.append(Finding("FC409", field.at, f"{self._profile.name} {fault.message}{line}", fault.help))
        return markup

    def _not_among(self, node: Node, field: Setting, spelling: Spelling, known: Iterable[str]) -> None:
        message = f"{self._profile.name} does not take {shown(field.value)} as {self._what(node, field.name)}"
        near = suggestion(str(field.value), known)
        help_ = near or spelling.instead or f"Write {listing(known)}."
        self.findings.append(Finding("FC402", field.at, message, help_))

    def _out_of_range(self, node: Node, field: Setting, schema: Fragment, spelling: Spelling, value: object) -> None:
        unit = f" {UNITS[spelling.unit][1]}" if spelling.unit else ""
        name = self._profile.name
        if "enum" in schema:
            self._not_among(node, field, spelling, schema["enum"])
            return
        what, bounds = self._what(node, field.name), f"{taken(schema)}{unit}"
        too_long = isinstance(value, str) and len(value) > schema.get("maxLength", len(value))
        if "pattern" in schema and not too_long:
            message, bounds = f"{name} does not take {shown(value)} as {what}", meant(schema)
        elif isinstance(value, str):
            message = f"{name} takes {bounds} as {what}; this has {len(value)}"
        else:
            message = f"{name} takes {bounds} as {what}; this is {value}"
        help_ = spelling.instead or f"Write {bounds}."
        if isinstance(field.value, Duration) and self._in_milliseconds(schema, value):
            help_ += f" If {value} means milliseconds, write {lasting(field.value.ms // 1000)}."
        self.findings.append(Finding("FC402", field.at, message, help_))

    def _in_milliseconds(self, schema: Fragment, seconds: object) -> bool:
        """Whether a number that is refused as seconds may be one of milliseconds; a day and some hours are hours."""
        if not isinstance(seconds, int) or seconds % 1000 or (seconds % 3600 == 0 and seconds < _TWO_DAYS):
            return False
        return seconds > 0 and self._checks.takes(schema, seconds // 1000)


def _default(spelling: Spelling, given: _Fields) -> str | None:
    beside = spelling.beside is None or spelling.beside in given
    return spelling.default if beside else None


def _types(row: NodeRow) -> dict[str, object]:
    """The types of attributes whose rows tell one."""
    fields = ((field.attribute, field.schema) for field in row.fields.values() if isinstance(field, Spelling))
    keys = ((name, key.schema) for name, key in row.block.items())
    return {name: schema.get("type") for name, schema in (*fields, *keys) if name and schema}


def _typed(value: str | Next, kind: object) -> Value:
    """A value as JSON has it: what is no text by its row stands without quotes."""
    if not isinstance(value, str) or kind not in ("integer", "boolean"):
        return value
    return value == "true" if kind == "boolean" else int(value)


def _word(items: Items, item: Setting) -> str:
    name = items.header.written(item.name) if items.header and item.name else item.name
    return f"{name}{items.pair}{item.value}" if name else str(item.value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
