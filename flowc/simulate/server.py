"""The author's server, which may return a call to a step or end it: what it answers, in the carrier's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.bundle.step_entry import StepEntry
from flowc.emit.link import PlannedDocument, address
from flowc.emit.spell.elements import Element
from flowc.lower.ir import ToServer
from flowc.simulate.decisions import Answered
from flowc.simulate.documents import Page
from flowc.simulate.elements import read_elements
from flowc.simulate.rules import Does, Rules
from flowc.syntax.markup import Tag


def answer_page(rules: Rules, answered: Answered) -> Page:
    """Return the document with which the author's server answers: a redirect to a step, or a hangup."""
    entry = answered.entry
    does = Does.HANGUP if entry is None else Does.REDIRECT
    settings = {"url": entry.url, "method": entry.method} if entry is not None else {}
    name, rule = next((name, rule) for name, rule in rules.elements.items() if rule.does is does)
    rows = [(rule.settings[setting].attribute, value) for setting, value in settings.items()]
    attributes = tuple(row for row in rows if row[0])
    text = tuple(value for attribute, value in rows if not attribute)
    return Page(f"{name} {''.join(text)}", "", tuple(read_elements([Tag(name, attributes, text, 1)], rules)))


def returns_of(document: PlannedDocument, steps: Mapping[str, StepEntry]) -> tuple[tuple[StepEntry, ...], ...]:
    """Return for each element of a document the steps to which the author's server may return the call.

    `steps` are such steps by their URLs.
    """
    return tuple(
        tuple(steps[address(to, document.addresses)] for server in _servers(element) for to in server.returns)
        for element in document.document.elements
    )


def _servers(element: Element) -> Iterator[ToServer]:
    values = (*(attribute.value for attribute in element.attributes), element.text)
    yield from (value for value in values if isinstance(value, ToServer))
