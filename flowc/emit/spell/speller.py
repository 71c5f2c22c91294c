"""Makes elements of nodes: which attributes they get, in which order, and which children."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, suggestion
from flowc.emit.spell.checks import Cell, RowUse, checks_of
from flowc.emit.spell.elements import Attribute, Element, SpelledDocument, SpelledRequest, Text, Value
from flowc.emit.spell.fragments import fragment_faults
from flowc.emit.spell.report import AUTHORS, Report
from flowc.emit.spell.values import ValueSpeller, plain
from flowc.flow.values import Setting
from flowc.lower.ir import (
    OWN_METHOD,
    Document,
    Dropped,
    LoweredRequest,
    Next,
    NextSetting,
    Node,
    ToServer,
)
from flowc.profiles.profile import ELEMENT, NOT_NAMED, Profile
from flowc.profiles.rows import Items, NodeRow, Spelling, Unsupported
from flowc.syntax.markup import Markup

#: The author's field to which a field belongs, if a whole field is refused.
_OWNERS = {"username": "auth", "password": "auth", "next": "action"}

_Fields = dict[str, Setting | NextSetting]


class Speller:
    """Spells the nodes of one program for one target."""

    def __init__(self, profile: Profile) -> None:
        """Start without findings."""
        self._profile = profile
        self._checks = checks_of(profile)
        self._report = Report(profile, self._checks)
        self._values = ValueSpeller(profile, self._checks, self._report)

    @property
    def findings(self) -> list[Finding]:
        """What the target does not support or accept."""
        return self._report.findings

    def document(self, document: Document) -> SpelledDocument:
        """Spell a document."""
        elements = tuple(self._element(node) for node in document.nodes)
        return SpelledDocument(
            id=document.id,
            elements=elements,
            at=document.at,
            line=document.line,
            methods=document.methods,
            notify=document.notify,
        )

    def request(self, request: LoweredRequest) -> SpelledRequest:
        """Spell a request to the carrier's API: the attributes of its node make the body."""
        row = self._profile.row(request.node.kind)
        types = _types(row) if isinstance(row, NodeRow) else {}
        lists = {name: key.items for name, key in row.block.items()} if isinstance(row, NodeRow) else {}
        body: dict[str, Value] = {}
        for name, value in self._element(request.node).attributes:
            # The SIP headers of a callee follow the address.
            body[name] = f"{body[name]}{value}" if name in body else _typed(value, types.get(name), lists.get(name))
        return SpelledRequest(request.kind, request.name, body, request.line, self._profile.api)

    def _element(self, node: Node) -> Element:
        row = self._profile.row(node.kind)
        if isinstance(row, Unsupported):
            self._report.unsupported(node.at, f"has no {self._report.named(node)}", row)
            return Element(node.kind, node.at, (), None, ())
        kind, row, extra = self._variant(node, row) if node.extra else (node.kind, row, ())
        given: _Fields = {field.name: field for field in node.fields}
        if len(given) < len(node.fields):
            raise Dropped(
                f"a field of this {node.kind} is given twice: {', '.join(field.name for field in node.fields)}"
            )
        own = {setting.name: setting for setting in extra}
        use = self._checks.use(row, given)
        attributes, text = self._spelled(node, row.fields.items() if own else use.fields, given, own)
        nodes = (*node.children, *_each(use, given))
        if row.child_element:
            child = self._child(node, row.child_element, own)
            given = {name: field for name, field in given.items() if field not in child.fields}
            nodes = (child,)
        for name in use.unknown:
            if name in given:
                self._report.unsupported(given[name].at, f"has no {name} on {self._report.one(node)}", NOT_NAMED)
        self._check_conflicts(node, row, {**own, **given} if own else given)
        attributes += self._extra(node, row, own.values()) if own else ()
        return Element(kind, node.at, tuple(attributes), text, tuple([self._element(child) for child in nodes]))

    def _spelled(
        self, node: Node, cells: Iterable[Cell], given: _Fields, own: dict[str, Setting]
    ) -> tuple[list[Attribute], Text]:
        """Return the attributes and the text of the fields; a block key that replaces a field is taken from `own`."""
        attributes: list[Attribute] = []
        text: Text = None
        refused: dict[Unsupported, list[Setting | NextSetting]] = {}
        for name, spelling in cells:
            field = given.get(name)
            if isinstance(spelling, Unsupported):
                # The language's default is not the author's wish; a URL is never a default.
                if field is not None and (field.at != node.at or isinstance(field, NextSetting)):
                    refused.setdefault(spelling, []).append(field)
                continue
            if own and spelling.attribute in own:
                given[name] = own.pop(spelling.attribute)
                attributes.append(Attribute(spelling.attribute, plain(given[name].value)))
                continue
            value = self._value(node, field, spelling) if field is not None else _default(spelling, given)
            if value is None or spelling.element:
                continue
            if spelling.attribute is None:
                text = f"{text}{value}" if spelling.items and spelling.items.lead else value
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
                raise Dropped(f"the row of {name} names no method for its URL")
        for reason, fields in refused.items():
            names = dict.fromkeys(_OWNERS.get(field.name, field.name) for field in fields)
            self._report.unsupported(fields[0].at, f"has no {listing(names)} on {self._report.one(node)}", reason)
        return attributes, text

    def _child(self, node: Node, kind: str, own: dict[str, Setting]) -> Node:
        """Return the node inside a node: the fields and (taken from `own`) the block keys of its own row."""
        row = self._profile.row(kind)
        assert isinstance(row, NodeRow)
        fields = tuple(field for field in node.fields if field.name in row.fields)
        extra = tuple(own.pop(name) for name in [*own] if name in row.block)
        return node._replace(kind=kind, fields=fields, extra=extra)

    def _variant(self, node: Node, row: NodeRow) -> tuple[str, NodeRow, tuple[Setting, ...]]:
        """Return the kind that the block of a node selects, its row, and the keys that are attributes."""
        extra = tuple(setting for setting in node.extra if not self._profile.is_option(node.kind, setting.name))
        variant = self._profile.variant(node.kind, ((setting.name, setting.value) for setting in node.extra))
        other = self._profile.row(variant)
        return variant, other if isinstance(other, NodeRow) else row, extra

    def _extra(self, node: Node, row: NodeRow, settings: Iterable[Setting]) -> Iterator[Attribute]:
        for setting in settings:
            key = row.block.get(setting.name)
            if key is not None:
                value = plain(setting.value)
                join = key.items.join if key.items else ""
                tight = join.join(item.strip() for item in value.split(join)) if join else value
                yield Attribute(setting.name, tight)
                continue
            known = [name for name in row.block if not self._profile.is_option(node.kind, name)]
            help_ = self._variant_with(node.kind, setting.name) or suggestion(setting.name, known)
            help_ = help_ or (f"It has {listing(known, 'and')} there." if known else "Leave it out.")
            self._report.add("FC401", setting.at, f"has no {setting.name} on {self._report.one(node)}", help_)

    def _variant_with(self, kind: str, name: str) -> str:
        """Return how to select the variant of a kind that has a block key; empty if none has it."""
        for value, variant in self._profile.elements(kind).items():
            row = self._profile.row(variant)
            if isinstance(row, NodeRow) and name in row.block:
                return f"Write {self._profile.name}: {{{ELEMENT}: {value}}}, which has it."
        return ""

    def _check_conflicts(self, node: Node, row: NodeRow, given: _Fields) -> None:
        reported = set()
        for conflict in self._checks.use(row, given).conflicts:
            words = (conflict.reason, conflict.help)
            if words in reported or not self._checks.applies(conflict, given):
                continue
            reported.add(words)
            names = [name for name in conflict.when if name in given and given[name].at != node.at]
            at = given[names[-1]].at if names else node.at
            what = f"{AUTHORS.get(names[0], names[0])} here" if len(names) == 1 else "this together"
            if given.keys().isdisjoint(conflict.when):
                what = f"this without {listing(conflict.when, 'and')}"
            code, verb = ("FC406", "document") if conflict.undocumented else ("FC402", "take")
            self._report.add(code, at, f"does not {verb} {what}: {conflict.reason}", conflict.help)

    def _value(self, node: Node, field: Setting | NextSetting, spelling: Spelling) -> Text:
        if isinstance(field, Setting):
            return self._values.spelled(node, field, spelling)
        to = field.value
        known = spelling.values or (spelling.overrides if spelling.attribute is None else None)
        if known and not (spelling.method or spelling.fetched_by):
            message = f"takes no sound of your own as {self._report.what(node, field.name)}"
            help_ = spelling.help or f"Write {listing(known)}."
            self._report.add("FC402", field.at, message, help_)
            return None
        return self._server(node, field.name, to, spelling) if isinstance(to, ToServer) else to

    def _server(self, node: Node, name: str, to: ToServer, spelling: Spelling) -> ToServer:
        """Return the author's server with the retry options in its URL; check the HTTP method."""
        endpoint = to.endpoint
        what = self._report.what(node, name)
        if spelling.fetched_by is not None and endpoint.method != spelling.fetched_by:
            message = f"always asks for the {what} by {spelling.fetched_by}"
            self._report.add("FC402", endpoint.at, message, f"Write method: {spelling.fetched_by}, or leave it out.")
        if not endpoint.retry:
            self._report.extend(
                fragment_faults(endpoint.url, endpoint.at, what, spelling.retry, self._profile, self._checks)
            )
            return to
        options, at = self._profile.row("retry"), endpoint.at.name("retry")
        if isinstance(options, NodeRow) and not spelling.retry:
            self._report.add("FC401", at, f"has no retry options for the {what}", "Leave retry out here.")
        attributes = self._element(Node("retry", at, endpoint.retry)).attributes
        fragment = "&".join(f"{attribute.name}={attribute.value}" for attribute in attributes)
        return to._replace(endpoint=endpoint._replace(url=f"{endpoint.url}#{fragment}"))


def _each(use: RowUse, given: _Fields) -> Iterator[Node]:
    """Yield a node for each name and value of the fields that become elements."""
    for name, element in use.elements:
        value = given[name].value
        for item in value if isinstance(value, tuple) else ():
            pair = (Setting("name", item.name, item.at), Setting("value", item.value, item.at))
            yield Node(element, item.at, pair)


def _default(spelling: Spelling, given: _Fields) -> str | None:
    needed = spelling.default_requires
    return spelling.default if needed is None or needed in given else None


def _types(row: NodeRow) -> dict[str, object]:
    """Return the types of the attributes whose rows have one."""
    fields = ((field.attribute, field.schema) for field in row.fields.values() if isinstance(field, Spelling))
    keys = ((name, key.schema) for name, key in row.block.items())
    return {name: schema.get("type") for name, schema in (*fields, *keys) if name and schema}


def _typed(value: str | Next, kind: object, items: Items | None) -> Value:
    """Return a value as JSON: an integer, a boolean or a list by its row, else a string."""
    if not isinstance(value, str):
        return value
    if items is not None:
        return value.split(items.join)
    if kind not in ("integer", "boolean"):
        return value
    return value == "true" if kind == "boolean" else int(value)
