"""Plivo's own SDK as an independent reader: what we emit, rebuilt with its classes, is the same canonical XML.

It judges names and nesting only: that the SDK has an element, an attribute or a child of that name in that place. It
judges neither values (the SDK's own tests hang up with reason="dummy") nor what required parts are missing, nor what a
call does. What the SDK gets wrong is listed in `LACKS` and `TAKES_TOO`, each entry of which must still be true.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from plivo import plivoxml
from plivo.exceptions import PlivoXMLError

from flowc.pipeline import Options
from tests.compiling import BUILDS, build, built
from tests.contracts import contract_path, read_grammar

TESTS = Path(__file__).parent
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

#: Attributes that Plivo documents and the SDK (4.63) cannot write; an emitted document is compared without them.
LACKS = {
    "Dial": {"callType"},
    "GetInput": {"retries", "startInputTimeout"},
    "MultiPartyCall": {
        *("aiAgentStreamContentType", "aiAgentStreamExtraHeaders", "aiAgentStreamSamplingRate"),
        *("aiAgentStreamServiceUrl", "aiAgentStreamStatusCallbackMethod", "aiAgentStreamStatusCallbackUrl"),
        *("recordCoachVoice", "waitForAgent"),
    },
    "Number": {"sipHeaders"},
    "Stream": {"noiseCancellation", "noiseCancellationLevel"},
    "User": {"sipAuthPassword", "sipAuthUsername"},
}
#: What the SDK writes and our contract of Plivo refuses: here this judge is the laxer one.
TAKES_TOO = {
    "Conference": {"recordWhenAlone", "sendDigits"},
    "MultiPartyCall": {"recordParticipantTrack", "transcript", "transcriptionUrl", "waitTime"},
    "PreAnswer": {"DTMF", "GetDigits", "Message", "Redirect"},  # children; documented are Speak, Play and Wait
    "Speak": {"cont"},  # a child, which the SDK itself replaces by spaces
}


class _Names:
    """Stands in for an element whose every property holds its own name."""

    def __getattr__(self, name: str) -> str:
        return name


#: The SDK's classes by the element they write, and for each of them attribute -> parameter of its constructor.
CLASSES: dict[str, Any] = {one._name: one for one in vars(plivoxml).values() if hasattr(one, "_name")}
PARAMETERS: dict[str, dict[str, str]] = {name: one.to_dict(_Names()) for name, one in CLASSES.items()}


def _rebuilt(element: Any) -> Any:
    """An element as an object of the SDK; KeyError or PlivoXMLError where the SDK has no such name or place."""
    names = PARAMETERS[element.tag]
    words = {"true": True, "false": False}
    arguments = {names[key]: words.get(value, value) for key, value in element.attrib.items()}
    if "content" in inspect.signature(CLASSES[element.tag]).parameters:
        arguments["content"] = element.text or ""
    made = CLASSES[element.tag](**arguments)
    for child in element.iterchildren("*"):
        made.add(_rebuilt(child))
    return made


def _fault(document: bytes | str) -> str:
    """Why the SDK cannot have written a document, or nothing; line breaks between elements do not count."""
    root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
    for element in root.iter("*"):
        for name in LACKS.get(element.tag, set()) & set(element.attrib):
            del element.attrib[name]
    try:
        theirs = etree.canonicalize(_rebuilt(root).to_string(pretty=False))
    except KeyError as error:
        return f"the SDK has no {error}"
    except PlivoXMLError as error:
        return str(error)
    ours = etree.canonicalize(etree.tostring(root, encoding="unicode"))
    return "" if theirs == ours else f"the SDK writes {theirs}, flowc {ours}"


#: Bundles beside `BUILDS`: the cases that are folders with flows, and the golden ones.
FOLDERS = {
    f"cases/{args.parent.name}": (args.parent, Options(environment="prod" if args.parent.name == "project" else None))
    for args in sorted(TESTS.glob("cases/ok/*/args"))
    if any(args.parent.rglob("*.flow.yaml"))
}
GOLDEN = {f"golden/{path.name}": path for path in sorted((TESTS / "golden").iterdir())}


@cache
def _documents(bundle: str) -> Mapping[str, bytes]:
    """The Plivo documents of a bundle, by path."""
    if bundle in GOLDEN:
        folder = GOLDEN[bundle]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("plivo/**/*.xml")}
    else:
        files = dict((built(*FOLDERS[bundle]) if bundle in FOLDERS else build(bundle)).files)
    return {path: data for path, data in files.items() if path.startswith("plivo/")}


@pytest.mark.parametrize("bundle", [*GOLDEN, *FOLDERS, *BUILDS])
def test_the_sdk_writes_the_same(bundle: str) -> None:
    assert {path: fault for path, data in _documents(bundle).items() if (fault := _fault(data))} == {}


def test_there_is_something_to_judge() -> None:
    assert all(_documents(bundle) for bundle in GOLDEN)
    seen = {element.tag for name in BUILDS for data in _documents(name).values() for element in etree.fromstring(data)}
    assert seen >= {"Dial", "GetInput", "Hangup", "Play", "Record", "Redirect", "Speak", "Wait"}


def test_every_fault_of_the_sdk_is_listed_and_still_there() -> None:
    grammar = read_grammar(contract_path("plivo"))
    lacks, takes_too = {}, {}
    for name, attributes in grammar.attributes.items():
        known = {"xml:lang" if key == XML_LANG else key for key in PARAMETERS[name]} | set(CLASSES[name]._nestable)
        wanted = set(attributes) | grammar.children[name]
        lacks[name], takes_too[name] = wanted - known, known - wanted
    assert {name: gap for name, gap in lacks.items() if gap} == LACKS
    assert {name: more for name, more in takes_too.items() if more} == TAKES_TOO


@pytest.mark.parametrize(
    "inside",
    [
        '<Dial callerid="+12025550143"><Number>+12025550100</Number></Dial>',  # misnamed attribute
        '<Dial><Number callType="voice">+12025550100</Number></Dial>',  # a listed attribute, on another element
        '<Say voice="MAN">Good day.</Say>',  # an element of another carrier
        "<speak>Good day.</speak>",  # misnamed element
        "<Number>+12025550100</Number>",  # outside its parent
        "<Dial><Speak>Good day.</Speak></Dial>",  # a child in the wrong place
        "<Hangup>Good day.</Hangup>",  # text where there is none
        "<Dial>+12025550100<Number>+12025550100</Number></Dial>",
        '<Play loop="02">https://calls.example.com/a.mp3</Play>',  # a number written in another way
    ],
)
def test_faults_are_found(inside: str) -> None:
    assert _fault(f"<Response>{inside}</Response>")


def test_values_are_not_judged() -> None:
    assert _fault('<Response><Hangup reason="dummy"/><Redirect method="SHOUT"/></Response>') == ""
