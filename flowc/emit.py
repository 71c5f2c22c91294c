"""Turns spelled documents into bytes: the target's templates give the shape, its contract judges the result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from flowc.contract import Contract
from flowc.ir import DocId, RouteId
from flowc.link import PlannedDocument, address
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
    """What a template sees of an element."""

    kind: str
    attributes: tuple[tuple[str, str], ...]
    text: str
    children: tuple[Any, ...]
    depth: int


class Emitter:
    """Emits the documents of one target."""

    def __init__(self, folder: TargetFolder) -> None:
        """`folder` holds document.xml.j2, nodes/<kind>.xml.j2 and contract.rng."""
        self._contract = Contract(folder.path / "contract.rng")
        environment = Environment if folder.trusted else SandboxedEnvironment
        self._templates = environment(
            loader=FileSystemLoader(folder.path),
            autoescape=True,
            finalize=_text,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self._templates.globals = {"attrs": _attributes, "children": self._children}
        self._macros: dict[str, Any] = {}

    def emit(self, planned: PlannedDocument) -> bytes:
        """The document as UTF-8 bytes.

        Raises ContractBroken if the contract refuses it, and jinja2's errors if a template is at fault.
        """
        children = tuple(_view(element, planned.addresses, 1) for element in planned.document.elements)
        root = _View("document", (), "", children, 0)
        data = str(self._macro("document.xml.j2", "document")(root)).strip().encode("utf-8") + b"\n"
        fault = self._contract.fault(data)
        if fault is not None:
            raise ContractBroken(fault)
        return data

    def _children(self, view: _View) -> Markup:
        """What stands in an element, each child on a line of its own."""
        if not view.children:
            return Markup("")
        lines = "".join(f"{_INDENT * child.depth}{self._render(child)}\n" for child in view.children)
        return Markup(f"\n{lines}{_INDENT * view.depth}")

    def _render(self, view: _View) -> str:
        return str(self._macro(f"nodes/{view.kind}.xml.j2", view.kind)(view)).strip()

    def _macro(self, template: str, name: str) -> Any:
        macro = self._macros.get(template)
        if macro is None:
            macro = self._macros[template] = getattr(self._templates.get_template(template).module, name)
        return macro


def _view(element: Element, addresses: Addresses, depth: int) -> _View:
    text = element.text
    return _View(
        element.kind,
        tuple(
            (name, value if isinstance(value, str) else address(value, addresses)) for name, value in element.attributes
        ),
        "" if text is None else text if isinstance(text, str) else address(text, addresses),
        tuple(_view(child, addresses, depth + 1) for child in element.children),
        depth,
    )


def _escape(special: re.Pattern[str], text: str) -> str:
    return special.sub(lambda match: _REFERENCES[match.group()], text) if special.search(text) else text


def _text(value: object) -> Markup:
    return value if isinstance(value, Markup) else Markup(_escape(_SPECIAL_IN_TEXT, str(value)))


def _attributes(view: _View) -> Markup:
    return Markup("".join(f' {name}="{_escape(_SPECIAL_IN_ATTRIBUTE, value)}"' for name, value in view.attributes))
