"""Plivo's own SDK as an independent reader: what we emit, rebuilt with its classes, is the same canonical XML.

It judges names and nesting only: that the SDK has an element, an attribute or a child of that name in that place. It
judges neither values (the SDK's own tests hang up with reason="dummy") nor what required parts are missing, nor what a
call does. What the SDK gets wrong is listed in tests/carriers/sdk_differences.yaml, `WRITES` and `FILLS_IN`, each entry
of which must still be true. Text behind a tag of SSML has no name and is left out: in the SDK it is a child of its own,
which only Speak takes, and which comes out as that text between spaces.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from lxml import etree
from plivo import plivoxml
from plivo.exceptions import PlivoXMLError

from flowc.project.options import Options
from tests.carriers.contract_grammar import reference
from tests.carriers.sdk_differences import by_element, listed
from tests.conftest import TESTS
from tests.samples.built_flows import BUILDS, Cell, build, built, walk, walked

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

#: Attributes that Plivo documents and the SDK cannot write; an emitted document is compared without them.
LACKS = by_element(listed("plivo", "contract_only"), "@")
#: Values (patterns) that Plivo documents and the SDK turns into another or refuses (None):
#: compared as it has them, or not at all.
WRITES: dict[tuple[str, str], dict[str, str | None]] = {
    ("GetInput", "digitEndTimeout"): {"auto": None},  # the page has auto; the SDK takes integers only
    ("GetInput", "speechEndTimeout"): {"auto": None},
    ("Wait", "beep"): {"duration=.*": "true"},  # the four parameters of the newest page; the SDK takes booleans only
    ("MultiPartyCall", "role"): {"Agent": "agent", "Customer": "customer", "Supervisor": "supervisor"},
    ("Conference", "recordWhenAlone"): {
        "true": "True",
        "false": "False",
    },  # the SDK takes a text, and makes one of a boolean
}
#: Elements that the SDK writes with the defaults of whatever is not given, and whose integers must be integers.
FILLS_IN = {"MultiPartyCall"}


class _Names:
    """Stands in for an element whose every property holds its own name."""

    def __getattr__(self, name: str) -> str:
        return name


#: The SDK's classes by the element they write, and for each of them attribute -> parameter of its constructor.
CLASSES: dict[str, Any] = {one._name: one for one in vars(plivoxml).values() if hasattr(one, "_name")}
PARAMETERS: dict[str, dict[str, str]] = {name: one.to_dict(_Names()) for name, one in CLASSES.items()}
#: Elements that hold what is spoken: Speak, and the tags in it.
SPOKEN = {"Speak", *reference("plivo")["Speak"].children}


def _rebuilt(element: Any) -> Any:
    """An element as an object of the SDK; KeyError or PlivoXMLError where the SDK has no such name or place."""
    names = PARAMETERS[element.tag]
    arguments = {names[key]: _plain(element, key, value) for key, value in element.attrib.items()}
    if "content" in inspect.signature(CLASSES[element.tag]).parameters:
        arguments["content"] = element.text or ""
    made = CLASSES[element.tag](**arguments)
    for child in element.iterchildren("*"):
        made.add(_rebuilt(child))
    return made


def _plain(element: Any, name: str, value: str) -> bool | int | str:
    """A value as the SDK's constructors take it."""
    words = {"true": True, "false": False}
    if element.tag in FILLS_IN and reference("plivo")[element.tag].attributes[name].kind == "integer":
        return int(value)
    return words.get(value, value)


def _without_faults(root: Any) -> Any:
    """A document less what the SDK is known to get wrong."""
    for element in root.iter("*"):
        for name in LACKS.get(element.tag, set()) & set(element.attrib):
            del element.attrib[name]
        for name, value in list(element.attrib.items()):
            for pattern, theirs in WRITES.get((element.tag, name), {}).items():
                if re.fullmatch(pattern, value):
                    del element.attrib[name]
                    element.attrib.update({name: theirs} if theirs else {})
        if element.getparent() is not None and element.getparent().tag in SPOKEN:
            element.tail = None
    return root


def _only_given(theirs: Any, ours: Any) -> Any:
    """What the SDK wrote, less the defaults that it fills in where ours has nothing."""
    for made, given in zip(theirs.iter("*"), ours.iter("*"), strict=False):
        if made.tag in FILLS_IN:
            for name in set(made.attrib) - set(given.attrib):
                del made.attrib[name]
    return theirs


def _fault(document: bytes | str) -> str:
    """Why the SDK cannot have written a document, or nothing; line breaks between elements do not count."""
    root = _without_faults(etree.fromstring(document, etree.XMLParser(remove_blank_text=True)))
    try:
        made = etree.fromstring(_rebuilt(root).to_string(pretty=False))
    except KeyError as error:
        return f"the SDK has no {error}"
    except (PlivoXMLError, ValueError) as error:
        return str(error)
    theirs, ours = (etree.tostring(one, method="c14n").decode() for one in (_only_given(made, root), root))
    return "" if theirs == ours else f"the SDK writes {theirs}, flowc {ours}"


#: Bundles beside `BUILDS`: the cases that are folders with flows, and the golden ones.
FOLDERS = {
    f"cases/{args.parent.name}": (args.parent, Options(environment="prod" if args.parent.name == "project" else None))
    for args in sorted(TESTS.glob("cases/ok/*/args"))
    if any(args.parent.rglob("*.flow.yaml"))
}
GOLDEN = {f"golden/{path.parent.name}": path.parent for path in sorted(TESTS.glob("golden/*/plivo"))}


@cache
def _documents(bundle: str) -> Mapping[str, bytes]:
    """The Plivo documents of a bundle, by path."""
    if bundle in GOLDEN:
        folder = GOLDEN[bundle]
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("plivo/**/*.xml")}
    else:
        files = dict((built(*FOLDERS[bundle]) if bundle in FOLDERS else build(bundle)).files)
    return {path: data for path, data in files.items() if path.startswith("plivo/") and path.endswith(".xml")}


@pytest.mark.parametrize("bundle", [*GOLDEN, *FOLDERS, *BUILDS])
def test_the_sdk_writes_the_same(bundle: str) -> None:
    assert {path: fault for path, data in _documents(bundle).items() if (fault := _fault(data))} == {}


@pytest.mark.parametrize("cell", walk("plivo").written, ids=lambda cell: f"{cell.element}@{cell.attribute}")
def test_the_sdk_writes_the_same_for_every_attribute(cell: Cell) -> None:
    files = walked("plivo", cell).files or {}
    documents = {path: data for path, data in files.items() if path.endswith(".xml")}
    assert documents
    assert {path: fault for path, data in documents.items() if (fault := _fault(data))} == {}


def test_there_is_something_to_judge() -> None:
    assert all(_documents(bundle) for bundle in GOLDEN)
    seen = {element.tag for name in BUILDS for data in _documents(name).values() for element in etree.fromstring(data)}
    assert seen == {name for name, row in reference("plivo").items() if name in reference("plivo")["Response"].children}


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, row in WRITES.items() for value in row])
def test_every_value_that_the_sdk_writes_otherwise_is_still_so(place: tuple[str, str], value: str) -> None:
    name, attribute = place
    element = etree.Element(name, {"role": "agent"} if name in FILLS_IN else {})
    element.set(attribute, value)
    try:
        made = etree.fromstring(_rebuilt(element).to_string(pretty=False)).get(attribute)
    except ValueError:
        made = None
    assert made == WRITES[place][value]


def test_what_the_sdk_fills_in_it_still_does() -> None:
    for name, one in CLASSES.items():
        takes_content = "content" in inspect.signature(one).parameters
        needs = {"role": "agent"} if name in FILLS_IN else {}
        made = one(**({"content": "a"} if takes_content else {}), **needs)
        assert (set(made.to_dict()) > {"role"}) is (name in FILLS_IN), name


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
