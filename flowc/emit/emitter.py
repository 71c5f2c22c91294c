"""Writes documents as bytes: the target's templates give them their shape, its contract checks the result."""

from __future__ import annotations

from collections import Counter

from flowc.emit import escape
from flowc.emit.contract import Contract
from flowc.emit.forms import Addresses, Form, Outline, form_of, outline_of
from flowc.emit.link import PlannedDocument, address
from flowc.emit.spell.elements import Element, Text
from flowc.emit.templates import ElementTemplates, Layers, TemplateView
from flowc.lower.ir import Next
from flowc.syntax.markup import Markup, Tag

_INDENT = "  "
_CONTRACT = "contract.rng"
#: The documents of a form that justify to make it.
_WORTH_IT = 3


class ContractBroken(Exception):
    """A document does not meet the target's contract; the message is the contract's."""


class Emitter:
    """Emits the documents of one target."""

    def __init__(self, layers: Layers) -> None:
        """Take the folders with the templates and the contract; the first that has a file counts."""
        folder = next((folder for folder in layers if folder.has(_CONTRACT)), layers[0])
        self._contract = Contract(folder.path / _CONTRACT, folder.root)
        self._templates = ElementTemplates(layers)
        self._forms: dict[tuple[str | int, ...], Form] = {}
        self._met: Counter[tuple[str | int, ...]] = Counter()

    def emit(self, planned: PlannedDocument) -> bytes:
        """Return the document as UTF-8 bytes.

        Raises ContractBroken if the contract refuses it, TargetError if the target's folder cannot be used, and
        jinja2's errors if a packaged template is wrong.
        """
        elements, addresses = planned.document.elements, planned.addresses
        outline = outline_of(elements, addresses)
        form = self._forms.get(outline.form) if outline else None
        if outline and form and (data := form.filled(outline.values)) is not None:
            return data
        data = self._written(elements, addresses).encode()
        fault = self._contract.fault(data)
        if fault is not None:
            raise ContractBroken(fault)
        if outline:
            self._learn(outline, elements)
        return data

    def _learn(self, outline: Outline, elements: tuple[Element, ...]) -> None:
        """Note that the contract accepts a document of this form with these values."""
        form = self._forms.get(outline.form)
        if form is None:
            self._met[outline.form] += 1
            if self._met[outline.form] != _WORTH_IT or not self._templates.are_plain:
                return
            form = form_of(elements, lambda others: self._written(others, {}), self._contract)
            if form is None:
                return
            self._forms[outline.form] = form
        form.accept(outline.values)

    def _written(self, elements: tuple[Element, ...], addresses: Addresses) -> str:
        children = self._children(elements, addresses, 0)
        return f"{self._templates.fill('document.xml.j2', 'document', TemplateView(children=children))}\n"

    def _children(self, elements: tuple[Element, ...], addresses: Addresses, depth: int) -> str:
        """Return the content of an element at that depth, with each child on its own line."""
        if not elements:
            return ""
        indent = _INDENT * depth
        lines = [f"\n{indent}{_INDENT}{self._element(element, addresses, depth + 1)}" for element in elements]
        return f"{''.join(lines)}\n{indent}"

    def _element(self, element: Element, addresses: Addresses, depth: int) -> str:
        attributes = [f' {name}="{escape.attribute(_value(value, addresses))}"' for name, value in element.attributes]
        text = self._text(element.text, addresses)
        view = TemplateView("".join(attributes), text, self._children(element.children, addresses, depth))
        return self._templates.fill(f"nodes/{element.kind}.xml.j2", element.kind, view)

    def _text(self, text: Text, addresses: Addresses) -> str:
        if text is None:
            return ""
        if isinstance(text, Markup):
            return "".join(map(_inline, text.parts))
        return escape.text(_value(text, addresses))


def _inline(part: Tag | str) -> str:
    """Return a tag with its content as it was written: space matters there."""
    if isinstance(part, str):
        return escape.text(part)
    attributes = "".join(f' {name}="{escape.attribute(value)}"' for name, value in part.attributes)
    inside = "".join(map(_inline, part.children))
    return f"<{part.name}{attributes}>{inside}</{part.name}>" if inside else f"<{part.name}{attributes}/>"


def _value(value: str | Next, addresses: Addresses) -> str:
    return value if isinstance(value, str) else address(value, addresses)
