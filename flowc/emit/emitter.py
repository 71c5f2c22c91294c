"""Writes documents as bytes: the target's templates give them their shape, its contract checks the result."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flowc.emit.contract import Contract
from flowc.emit.filling import Layers
from flowc.emit.link import PlannedDocument, address
from flowc.emit.spell.elements import Element, Text
from flowc.emit.templates import ElementTemplates, TemplateView
from flowc.lower.ir import DocId, Next, RouteId
from flowc.syntax.markup import Markup, Tag

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
    """A document does not meet the target's contract; the message is the contract's."""


class Emitter:
    """Emits the documents of one target."""

    def __init__(self, layers: Layers) -> None:
        """Take the folders with the templates and the contract; the first that has a file counts."""
        folder = next((folder for folder in layers if folder.has(_CONTRACT)), layers[0])
        self._contract = Contract(folder.path / _CONTRACT, folder.root)
        self._templates = ElementTemplates(layers)

    def emit(self, planned: PlannedDocument) -> bytes:
        """Return the document as UTF-8 bytes.

        Raises ContractBroken if the contract refuses it, TargetError if the target's folder cannot be used, and
        jinja2's errors if a packaged template is wrong.
        """
        children = self._children(planned.document.elements, planned.addresses, 0)
        root = self._templates.fill("document.xml.j2", "document", TemplateView(children=children))
        data = bytes(f"{root}\n", "utf-8")
        fault = self._contract.fault(data)
        if fault is not None:
            raise ContractBroken(fault)
        return data

    def _children(self, elements: tuple[Element, ...], addresses: Addresses, depth: int) -> str:
        """Return the content of an element at that depth, with each child on its own line."""
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
        view = TemplateView("".join(attributes), text, self._children(element.children, addresses, depth))
        return self._templates.fill(f"nodes/{element.kind}.xml.j2", element.kind, view)

    def _text(self, text: Text, addresses: Addresses) -> str:
        if text is None:
            return ""
        if isinstance(text, Markup):
            return "".join(map(_inline, text.parts))
        return _escape(_SPECIAL_IN_TEXT, _value(text, addresses))


def _inline(part: Tag | str) -> str:
    """Return a tag with its content as it was written: space matters there."""
    if isinstance(part, str):
        return _escape(_SPECIAL_IN_TEXT, part)
    attributes = "".join(f' {name}="{_escape(_SPECIAL_IN_ATTRIBUTE, value)}"' for name, value in part.attributes)
    inside = "".join(map(_inline, part.children))
    return f"<{part.name}{attributes}>{inside}</{part.name}>" if inside else f"<{part.name}{attributes}/>"


def _value(value: str | Next, addresses: Addresses) -> str:
    return value if isinstance(value, str) else address(value, addresses)


def _escape(special: re.Pattern[str], text: str) -> str:
    return special.sub(lambda match: _REFERENCES[match.group()], text) if special.search(text) else text
