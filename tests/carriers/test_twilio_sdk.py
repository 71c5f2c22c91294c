"""Twilio's own SDK as an independent reader: what we emit, rebuilt by its methods, is the same canonical XML.

It judges names and nesting only: that the SDK has a method for such a child in that place, with a parameter of that
name. It judges neither values nor what required parts are missing, nor what a call does; text and children may stand
together anywhere. What the SDK has beyond the contract, and the other way about, is listed in
tests/carriers/sdk_differences.yaml.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree
from twilio.twiml.voice_response import VoiceResponse

from tests.carriers.test_conformance import STEPS, compiled_step
from tests.conftest import TESTS
from tests.samples.built_flows import compiled

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FLOWS = sorted((TESTS / "carriers" / "twiml").glob("*.flow.yaml"))


class Way(NamedTuple):
    """How the SDK makes a child: the method, the child's class, the parameter of each attribute and of the text."""

    method: str
    kind: Any
    parameters: Mapping[str, str]
    text: str | None


@cache
def ways(kind: Any) -> dict[str, Way]:
    """The children that a class of the SDK makes, by the name of their element."""
    found: dict[str, Way] = {}
    parent = kind(**_names(kind.__init__))
    for name, method in vars(kind).items():
        if name.startswith("__") or not inspect.isfunction(method):
            continue
        # Every parameter holds its own name, so what is made tells which attribute each of them is.
        names = _names(method)
        child = method(parent, **names)
        parameters = {attribute: str(parameter) for attribute, parameter in child.attrs.items()}
        found[child.name] = Way(name, type(child), parameters, child.value if child.value in names else None)
    return found


def _names(method: Any) -> dict[str, str]:
    return {name: name for name in inspect.signature(method).parameters if name not in ("self", "kwargs")}


def _rebuilt(made: Any, element: Any) -> None:
    """Add the children of an element by the SDK's methods; LookupError where it has no such name or place."""
    for child in element.iterchildren("*"):
        way = ways(made.__class__)[child.tag]
        given = {way.parameters[_name(key)]: value for key, value in child.attrib.items()}
        text = (child.text or "").strip() and child.text
        if text and way.text is None:
            raise LookupError(f"text in {child.tag}")
        if way.text is not None:
            given[way.text] = text or ""
        inner = getattr(made, way.method)(**given)
        _rebuilt(inner, child)
        if child.tail and child.tail.strip():
            made.append(child.tail)


def _name(key: str) -> str:
    return "xml:lang" if key == XML_LANG else key


def sdk_fault(document: bytes | str) -> str:
    """Why the SDK cannot have written a document, or nothing; line breaks between elements do not count."""
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    made = VoiceResponse()
    try:
        _rebuilt(made, root)
    except LookupError as error:
        return f"the SDK has no {error}"
    theirs = etree.canonicalize(made.to_xml(xml_declaration=False))
    ours = etree.canonicalize(etree.tostring(root, encoding="unicode"))
    return "" if theirs == ours else f"the SDK writes {theirs}, flowc {ours}"


def _documents(path: Path) -> dict[str, bytes]:
    files = compiled(path).files
    assert files is not None
    return {name: data for name, data in files.items() if name.startswith("twiml/")}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.name)
def test_the_sdk_writes_the_same(flow: Path) -> None:
    assert {name: fault for name, data in _documents(flow).items() if (fault := sdk_fault(data))} == {}


@pytest.mark.parametrize("kind", STEPS)
def test_the_sdk_writes_the_smallest_step_of_each_kind(kind: str, tmp_path: Path) -> None:
    files = compiled_step("twiml", kind, tmp_path).files or {}
    assert {name: fault for name, data in files.items() if name.endswith(".xml") and (fault := sdk_fault(data))} == {}


def test_every_element_of_the_target_is_judged() -> None:
    documents = [data for flow in FLOWS for data in _documents(flow).values()]
    seen = {element.tag for data in documents for element in etree.fromstring(data).iter("*")}
    assert seen >= {
        *("Response", "Say", "break", "emphasis", "lang", "Play", "Pause", "Gather", "Record", "Dial", "Number", "Sip"),
        *("Client", "Conference", "Redirect", "Reject", "Hangup", "Sms", "Start", "Connect", "Stream"),
        *("Enqueue", "Leave", "Queue"),
    }


@pytest.mark.parametrize(
    "inside",
    [
        '<Dial callerid="+12025550143"><Number>+12025550100</Number></Dial>',  # misnamed attribute
        '<Dial><Number hangupOnStar="true">+12025550100</Number></Dial>',  # an attribute of another element
        "<Speak>Good day.</Speak>",  # an element of another carrier
        "<say>Good day.</say>",  # misnamed element
        "<Number>+12025550100</Number>",  # outside its parent
        "<Dial><Say>Good day.</Say></Dial>",  # a child in the wrong place
        "<Hangup>Good day.</Hangup>",  # text where there is none
        "<Stream url='wss://voice.example.com/'/>",  # neither started nor connected
        "<Gather><Record/></Gather>",
    ],
)
def test_faults_are_found(inside: str) -> None:
    assert sdk_fault(f"<Response>{inside}</Response>")


def test_values_are_not_judged() -> None:
    assert sdk_fault('<Response><Reject reason="dummy"/><Redirect method="SHOUT">x</Redirect></Response>') == ""
