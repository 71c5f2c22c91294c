"""A program in the carrier's terms: documents of elements, and requests to the carrier's API."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.lower.ir import DocId, Next, Notification, Program
from flowc.syntax.markup import Markup

#: The kind of node for XML that the author wrote.
#: The text of an element; None: it has none.
Text = str | Next | Markup | None
#: A value in the body of a request; a URL is known only after linking.
Value = str | int | bool | list[str] | Next


class Attribute(NamedTuple):
    """An attribute and its value; a URL is known only after linking."""

    name: str
    value: str | Next


class Element(NamedTuple):
    """A node in the carrier's terms: its kind, its attributes in order, its text, and the elements inside it."""

    kind: str
    at: NodeRef
    attributes: tuple[Attribute, ...]
    text: Text
    children: tuple[Element, ...]


class SpelledDocument(NamedTuple):
    """A document in the carrier's terms."""

    id: DocId
    elements: tuple[Element, ...]
    at: NodeRef
    line: int
    methods: tuple[str, ...]
    notify: tuple[Notification, ...] = ()


class SpelledRequest(NamedTuple):
    """A request to the carrier's API, by the names of its parameters."""

    kind: str
    name: str
    body: Mapping[str, Value]
    line: int
    content_type: str


class Spelled(NamedTuple):
    """A program in the carrier's terms."""

    program: Program
    documents: tuple[SpelledDocument, ...]
    requests: tuple[SpelledRequest, ...] = ()
