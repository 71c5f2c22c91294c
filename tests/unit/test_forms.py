"""A document that is written by its form is the one that the templates make, and the contract judges it the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.emit.contract import Contract
from flowc.emit.emitter import ContractBroken, Emitter
from flowc.emit.link import PlannedDocument
from flowc.emit.spell.elements import Attribute, Element, SpelledDocument
from flowc.emit.templates import ElementTemplates, Layers
from flowc.flow.model import Flow
from flowc.flow.values import End, Endpoint
from flowc.lower.ir import DocId, ToDoc, ToServer
from flowc.profiles.targets import TargetFolder, find_targets

TARGETS = find_targets()
AT = NodeRef(SourceFile("a.flow.yaml", b""), 0)
NEXT = DocId("next")
#: Each beside usual ones: texts, and URLs of the attributes.
TEXTS = (
    "Welcome.",
    "Größe",
    "100 %s",
    "%",
    "a & b < c > d",
    'so "it" is',
    "a\nb",
    "a\r\nb",
    "a\tb",
    " a ",
    "\ue0000\ue001",
)
REFUSED_TEXTS = ("", " \n", "a\x00b", "\x1b", "\ufffe")
URLS = (
    "https://a.example.com/x",
    "http://b.example.com/?a=1&b=2",
    'https://c.example.com/"',
    "https://d.example.com/%s",
)
REFUSED_URLS = ("", "/x", " https://a.example.com/", "https://a.example.com/a\nb", "https://a.example.com/\x08")


def planned(text: str, url: str = URLS[0], method: str = "GET") -> PlannedDocument:
    """A document that says a text, calls a number with an action, and continues."""
    number = Element("number", AT, (), "+12025550143", ())
    action = (Attribute("action", ToServer(Endpoint(url, method, AT))), Attribute("method", method))
    elements = (
        Element("say", AT, (), text, ()),
        Element("dial", AT, action, None, (number,)),
        Element("redirect", AT, (Attribute("method", "GET"),), ToDoc(NEXT), ()),
    )
    flow = Flow(
        file=AT.file,
        name="a",
        at=AT,
        targets=(),
        base_url=None,
        host=None,
        signatures=None,
        entry=End(AT),
        steps=(),
        numbers=(),
    )
    return PlannedDocument(
        path="a.xml",
        url="",
        target="",
        flow=flow,
        document=SpelledDocument(DocId("a"), elements, AT, 1, ("GET",)),
        addresses={NEXT: "https://flows.example.com/next.xml"},
    )


def emitted(emitter: Emitter, document: PlannedDocument) -> bytes | str:
    """The bytes of a document, or why it is refused."""
    try:
        return emitter.emit(document)
    except (ContractBroken, UnicodeError) as refused:
        return str(refused)


def practised(layers: Layers) -> Emitter:
    """An emitter that knows the form of these documents."""
    emitter = Emitter(layers)
    for _ in range(10):
        emitter.emit(planned("Welcome."))
    return emitter


@pytest.mark.parametrize("target", TARGETS.folders)
def test_a_form_gives_what_the_templates_give(target: str) -> None:
    layers = TARGETS.layers(target)
    emitter = practised(layers)
    cases = [planned(text) for text in (*TEXTS, *REFUSED_TEXTS, *TEXTS)]
    cases += [planned("Bye.", url) for url in (*URLS, *REFUSED_URLS, *URLS)]
    cases += [planned("Bye.", method=method) for method in ("POST", "PUT", "POST")]
    kinds = set()
    for case in cases:
        made = emitted(emitter, case)
        assert made == emitted(Emitter(layers), case)
        kinds.add(type(made))
    assert kinds == {bytes, str}


@pytest.mark.parametrize("target", TARGETS.folders)
def test_a_known_form_needs_neither_templates_nor_the_contract(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    emitter = practised(TARGETS.layers(target))
    monkeypatch.setattr(ElementTemplates, "fill", None)
    monkeypatch.setattr(Contract, "fault", None)
    assert b"Good &amp; bad" in emitter.emit(planned("Good & bad"))
    with pytest.raises(TypeError):
        emitter.emit(planned("Welcome.", method="PUT"))


@pytest.mark.parametrize("body", ["{{ n.text }}", "<A>a {{ n.text }}</A>", "<A>{{ n.text | upper }}</A>", "<A/>"])
def test_a_template_that_does_more_than_insert_values_has_no_form(tmp_path: Path, body: str) -> None:
    (tmp_path / "nodes").mkdir()
    (tmp_path / "document.xml.j2").write_text("{% macro document(n) %}<R>{{ n.children }}</R>{% endmacro %}", "utf-8")
    (tmp_path / "nodes" / "a.xml.j2").write_text(f"{{% macro a(n) %}}{body}{{% endmacro %}}", "utf-8")
    rows = "<zeroOrMore><element name='A'><text/></element></zeroOrMore>"
    (tmp_path / "contract.rng").write_text(
        f"<element name='R' xmlns='http://relaxng.org/ns/structure/1.0'><mixed>{rows}</mixed></element>", "utf-8"
    )
    layers = (TargetFolder(tmp_path, None),)
    emitter = Emitter(layers)
    for text in ("a", "b", "c", "d", " e ", "f"):
        case = planned("")
        case = case._replace(document=case.document._replace(elements=(Element("a", AT, (), text, ()),)))
        assert emitter.emit(case) == Emitter(layers).emit(case)
