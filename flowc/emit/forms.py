"""Forms of documents: documents with the same elements and attributes differ only in values.

Most documents of a bundle have one of few forms. The templates fill a form, and the contract checks it, once; further
documents are the same text with other values, which takes a quarter of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping

from lxml import etree

from flowc.diagnostics.records import NamedTuple
from flowc.emit import escape
from flowc.emit.contract import XML, Contract
from flowc.emit.link import address
from flowc.emit.spell.elements import Attribute, Element
from flowc.lower.ir import DocId, RouteId
from flowc.syntax.markup import Markup

Addresses = Mapping[DocId | RouteId, str]

#: Characters that are escaped, or that XML cannot contain.
_UNUSUAL = re.compile('[&<>"\\x00-\\x1f\\ud800-\\udfff\\ufffe\\uffff]')
_NO_XML = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")
#: Values with more characters in all may exceed a limit of the templates or of libxml2.
_LARGE = 1_000_000
#: The values of a form while its text is made.
_PLACEHOLDER = re.compile("\ue000([0-9]+)\ue001")


class Outline(NamedTuple):
    """What identifies the form of a document, and the values in the order in which they are written."""

    form: tuple[str | int, ...]
    values: list[str]


def outline_of(elements: tuple[Element, ...], addresses: Addresses) -> Outline | None:
    """Return the outline of a document; None if it contains markup of the author."""
    form: list[str | int] = []
    values: list[str] = []
    return Outline(tuple(form), values) if _read(elements, addresses, form, values) else None


def _read(elements: tuple[Element, ...], addresses: Addresses, form: list[str | int], values: list[str]) -> bool:
    for kind, _, attributes, text, children in elements:
        form.append(kind)
        for name, value in attributes:
            form.append(name)
            values.append(value if isinstance(value, str) else address(value, addresses))
        if text is not None:
            if isinstance(text, Markup):
                return False
            values.append(text if isinstance(text, str) else address(text, addresses))
        form += (text is not None, len(children))
        if children and not _read(children, addresses, form, values):
            return False
    return True


class Form:
    """The form of documents that the contract accepts with values of some classes."""

    def __init__(
        self, text: str, escapes: list[Callable[[str], str]], classes: list[Callable[[str], Hashable]]
    ) -> None:
        """`text` has a %s for each value; `escapes` write a value, `classes` return its class."""
        self._text = text
        self._escapes = escapes
        self._classes = classes
        self._accepted: set[tuple[Hashable, ...]] = set()

    def accept(self, values: list[str]) -> None:
        """Note that the contract accepts the document with these values."""
        self._accepted.add(self._classes_of(values))

    def filled(self, values: list[str]) -> bytes | None:
        """Return the document with these values; None if it is not known whether the contract accepts it."""
        together = "".join(values)
        unusual = _UNUSUAL.search(together)
        if (unusual and _NO_XML.search(together)) or len(together) > _LARGE:
            return None
        if self._classes_of(values) not in self._accepted:
            return None
        if unusual:
            values = [write(value) for write, value in zip(self._escapes, values, strict=True)]
        return (self._text % tuple(values)).encode()

    def _classes_of(self, values: list[str]) -> tuple[Hashable, ...]:
        return tuple([class_of(value) for class_of, value in zip(self._classes, values, strict=True)])


def form_of(
    elements: tuple[Element, ...], write: Callable[[tuple[Element, ...]], str], contract: Contract
) -> Form | None:
    """Return the form of a document; None unless each value is a whole attribute or text. `write` fills templates."""
    count = 0

    def placeholder() -> str:
        nonlocal count
        count += 1
        return f"\ue000{count - 1}\ue001"

    def without_values(element: Element) -> Element:
        return element._replace(
            attributes=tuple(Attribute(name, placeholder()) for name, _ in element.attributes),
            text=None if element.text is None else placeholder(),
            children=tuple(map(without_values, element.children)),
        )

    text = write(tuple(map(without_values, elements)))
    if [int(number) for number in _PLACEHOLDER.findall(text)] != list(range(count)):
        return None
    escapes: list[Callable[[str], str]] = []
    classes: list[Callable[[str], Hashable]] = []
    for element in etree.fromstring(text.encode()).iter("*"):
        for name, value in element.items():
            if _PLACEHOLDER.fullmatch(value):
                escapes.append(escape.attribute)
                classes.append(contract.classes((element.tag, name.replace(XML, "xml:"))).of)
        if _PLACEHOLDER.fullmatch(element.text or ""):
            escapes.append(escape.text)
            classes.append(contract.classes((element.tag, None)).of)
    return Form(_PLACEHOLDER.sub("%s", text.replace("%", "%%")), escapes, classes) if len(classes) == count else None
