"""Turns spelled documents into bytes: the target's templates give the shape, its contract judges the result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from flowc.contract import Contract
from flowc.ir import DocId, Next, RouteId
from flowc.link import PlannedDocument, address
from flowc.markup import Markup as Tags
from flowc.markup import Tag
from flowc.spell import Element
from flowc.targets import TargetFolder

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

Addresses = Mapping[DocId | RouteId, str]


class ContractBroken(Exception):
    """A document does not meet the target's contract; the message says what the contract says."""


class _View(NamedTuple):
    """What a template sees of an element: parts that are escaped already, each to be put in its place as it is."""

    attrs: Markup
    text: Markup
    children: Markup


class Emitter:
    """Emits the documents of one target."""

    def __init__(self, layers: Sequence[TargetFolder]) -> None:
        """The folders hold document.xml.j2, nodes/<kind>.xml.j2 and contract.rng; of several the first counts."""
        contracts = [folder.path / "contract.rng" for folder in layers]
        self._contract = Contract(next((path for path in contracts if path.is_file()), contracts[0]))
        environment = Environment if all(folder.trusted for folder in layers) else SandboxedEnvironment
        self._templates = environment(
            loader=FileSystemLoader([folder.path for folder in layers]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        self._macros: dict[str, Any] = {}

    def emit(self, planned: PlannedDocument) -> bytes:
        """The document as UTF-8 bytes.

        Raises ContractBroken if the contract refuses it, ContractUnusable if there is none to judge by, and jinja2's
        errors if a template is at fault.
        """
        children = self._children(planned.document.elements, planned.addresses, 0)
        root = self._macro("document.xml.j2", "document")(_View(_NOTHING, _NOTHING, children))
        data = bytes(f"{root.strip()}\n", "utf-8")
        fault = self._contract.fault(data)
        if fault is not None:
            raise ContractBroken(fault)
        return data

    def _children(self, elements: tuple[Element, ...], addresses: Addresses, depth: int) -> Markup:
        """What stands in an element of that depth, each child on a line of its own."""
        if not elements:
            return _NOTHING
        indent = _INDENT * depth
        lines = [f"\n{indent}{_INDENT}{self._element(element, addresses, depth + 1)}" for element in elements]
        return Markup(f"{''.join(lines)}\n{indent}")

    def _element(self, element: Element, addresses: Addresses, depth: int) -> str:
        attributes = "".join(
            f' {name}="{_escape(_SPECIAL_IN_ATTRIBUTE, _value(value, addresses))}"'
            for name, value in element.attributes
        )
        text = Markup(self._text(element.text, addresses))
        view = _View(Markup(attributes), text, self._children(element.children, addresses, depth))
        rendered: str = self._macro(f"nodes/{element.kind}.xml.j2", element.kind)(view)
        return rendered.strip()

    def _text(self, text: str | Next | Tags | None, addresses: Addresses) -> str:
        if text is None:
            return ""
        if isinstance(text, Tags):
            return "".join(map(_inline, text.parts))
        return _escape(_SPECIAL_IN_TEXT, _value(text, addresses))

    def _macro(self, template: str, name: str) -> Any:
        macro = self._macros.get(template)
        if macro is None:
            macro = self._macros[template] = getattr(self._templates.get_template(template).module, name)
        return macro


_NOTHING = Markup("")


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
