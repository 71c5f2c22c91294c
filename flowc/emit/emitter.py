"""Turns spelled documents into bytes: the target's templates give the shape, its contract judges the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, nodes
from markupsafe import Markup

from flowc.emit.confined import ANSWER
from flowc.emit.contract import Contract
from flowc.emit.filling import Filler, Layers, environment
from flowc.emit.link import PlannedDocument, address
from flowc.emit.spell.elements import Element
from flowc.lower.ir import DocId, Next, RouteId
from flowc.profiles.targets import TargetError
from flowc.syntax.markup import Markup as Tags
from flowc.syntax.markup import Tag

_SPECIAL_IN_TEXT = re.compile(r"[&<>\r]")
_SPECIAL_IN_ATTRIBUTE = re.compile(r'[&<>"\r\n\t]')
# A line break or tab in an attribute, and a carriage return anywhere, reach the carrier only as a reference.
_REFERENCES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\r": "&#13;",
    "\n": "&#10;",
    "\t": "&#9;",
}
_INDENT = "  "
_CONTRACT = "contract.rng"

Addresses = Mapping[DocId | RouteId, str]


class ContractBroken(Exception):
    """A document does not meet the target's contract; the message says what the contract says."""


class _View(NamedTuple):
    """What a template sees of an element: parts that are escaped already, each to be put in its place as it is."""

    attrs: str = ""
    text: str = ""
    children: str = ""


_Macro = Callable[[_View], str]


class Emitter:
    """Emits the documents of one target."""

    def __init__(self, layers: Layers) -> None:
        """The folders hold document.xml.j2, nodes/<kind>.xml.j2 and contract.rng; of several the first counts."""
        folder = next((folder for folder in layers if folder.has(_CONTRACT)), layers[0])
        self._contract = Contract(folder.path / _CONTRACT, folder.root)
        self._templates = environment(layers)
        self._fill = Filler(layers, _environment)
        self._macros: dict[str, _Macro] = {}

    def emit(self, planned: PlannedDocument) -> bytes:
        """The document as UTF-8 bytes.

        Raises ContractBroken if the contract refuses it, TargetError if the target's folder cannot be used, and
        jinja2's errors if a packaged template is at fault.
        """
        children = self._children(planned.document.elements, planned.addresses, 0)
        root = self._macro("document.xml.j2", "document")(_View(children=children))
        data = bytes(f"{root}\n", "utf-8")
        fault = self._contract.fault(data)
        if fault is not None:
            raise ContractBroken(fault)
        return data

    def _children(self, elements: tuple[Element, ...], addresses: Addresses, depth: int) -> str:
        """What stands in an element of that depth, each child on a line of its own."""
        if not elements:
            return ""
        indent = _INDENT * depth
        lines = [f"\n{indent}{_INDENT}{self._element(element, addresses, depth + 1)}" for element in elements]
        return f"{''.join(lines)}\n{indent}"

    def _element(self, element: Element, addresses: Addresses, depth: int) -> str:
        attributes = [
            f' {name}="{_escape(_SPECIAL_IN_ATTRIBUTE, _value(value, addresses))}"'
            for name, value in element.attributes
        ]
        text = self._text(element.text, addresses)
        view = _View("".join(attributes), text, self._children(element.children, addresses, depth))
        return self._macro(f"nodes/{element.kind}.xml.j2", element.kind)(view)

    def _text(self, text: str | Next | Tags | None, addresses: Addresses) -> str:
        if text is None:
            return ""
        if isinstance(text, Tags):
            return "".join(map(_inline, text.parts))
        return _escape(_SPECIAL_IN_TEXT, _value(text, addresses))

    def _macro(self, template: str, name: str) -> _Macro:
        """The macro of a template; its text without the space around it."""
        macro = self._macros.get(template)
        if macro is None:
            macro = self._macros[template] = self._straight(template, name) or self._rendered(template, name)
        return macro

    def _rendered(self, template: str, name: str) -> _Macro:
        return lambda view: self._fill(template, _View(*map(Markup, view)), macro=name).strip()

    def _straight(self, template: str, name: str) -> _Macro | None:
        """The macro as text with holes, filled without the engine; None if there is more to it."""
        loader = self._templates.loader
        assert loader is not None
        tree = self._templates.parse(loader.get_source(self._templates, template)[0])
        macro = next((node for node in tree.body if isinstance(node, nodes.Macro) and node.name == name), None)
        if macro is None or len(macro.args) != 1 or not all(isinstance(node, nodes.Output) for node in macro.body):
            return None
        form, fields = "", []
        for node in (part for output in macro.body for part in output.iter_child_nodes()):
            match node:
                case nodes.TemplateData(data=text):
                    form += text.replace("%", "%%")
                case nodes.Getattr(node=nodes.Name(name=owner), attr=field) if (
                    owner == macro.args[0].name and field in _View._fields
                ):
                    form += "%s"
                    fields.append(_View._fields.index(field))
                case _:
                    return None

        def fill(view: _View) -> str:
            values = tuple([view[field] for field in fields])
            if sum(map(len, values)) > ANSWER:
                raise TargetError(f"{template} makes more than {ANSWER // 1024**2} MiB")
            return (form % values).strip()

        return fill


@cache
def _environment(layers: Layers) -> Environment:
    return environment(layers)


def _inline(part: Tag | str) -> str:
    """A tag with what stands in it, as it was written: space counts there."""
    if isinstance(part, str):
        return _escape(_SPECIAL_IN_TEXT, part)
    attributes = "".join(f' {name}="{_escape(_SPECIAL_IN_ATTRIBUTE, value)}"' for name, value in part.attributes)
    inside = "".join(map(_inline, part.children))
    return f"<{part.name}{attributes}>{inside}</{part.name}>" if inside else f"<{part.name}{attributes}/>"


def _value(value: str | Next, addresses: Addresses) -> str:
    return value if isinstance(value, str) else address(value, addresses)


def _escape(special: re.Pattern[str], text: str) -> str:
    return special.sub(lambda match: _REFERENCES[match.group()], text) if special.search(text) else text
