"""Documents that a contract accepts, with one fault each: the contract refuses every one of them.

The documents are those of the golden bundles, the accepted ones of tests/carriers/contract, and those of
tests/carriers/attributes; every attribute of a contract stands in one of them. What may be done to a document without
harm is listed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from lxml import etree

from flowc.emit.contract import Contract
from tests.carriers.contract_grammar import bounds, contract_path, read_grammar
from tests.conftest import TESTS
from tests.samples.built_flows import walk, walked

TARGETS = ("plivo", "rcml", "callapi", "twiml", "texml", "cxml")
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: One more than any bound of any contract.
TOO_MUCH = "99999999999"
#: Attributes whose value is a text, which may consist of digits: keys, telephone numbers, names, passwords.
DIGITS = {
    *(
        "finishOnKey",
        "sendDigits",
        "digits",
        "validDigits",
        "digitsMatch",
        "digitsMatchBLeg",
        "startInputKey",
        "confirmKey",
    ),
    *("callerId", "src", "dst", "to", "from", "name", "value", "password", "username", "sipAuthPassword", "postalCode"),
}
#: What each element must have to mean anything, by target.
NEEDED: dict[str, set[tuple[str, str]]] = {
    "plivo": {
        *(("GetInput", "action"), ("MultiPartyCall", "role"), ("Message", "src"), ("Message", "dst"), ("sub", "alias")),
        *(("lang", "xml:lang"), ("phoneme", "ph"), ("say-as", "interpret-as"), ("User", "sipAuthUsername")),
        ("User", "sipAuthPassword"),
    },
    "rcml": {("UssdCollect", "action"), ("Email", "to"), ("Email", "from")},
    "callapi": set(),
    "twiml": {
        *(
            ("Stream", "url"),
            ("ConversationRelay", "url"),
            ("Prompt", "for"),
            ("Parameter", "name"),
            ("Config", "name"),
        ),
        *(("Header", "name"), ("Language", "code"), ("VirtualAgent", "connectorName"), ("Siprec", "connectorName")),
        ("lang", "xml:lang"),
    },
    "texml": {("Stream", "url"), ("Siprec", "connectorName"), ("Transcription", "transcriptionCallback")},
    "cxml": {
        *(("Stream", "url"), ("Prompt", "for"), ("Parameter", "name"), ("VirtualAgent", "connectorName")),
        *(
            ("Pay", "paymentConnectorUrl"),
            ("Pay", "minPostalCodeLength"),
            ("Pay", "securityCode"),
            ("lang", "xml:lang"),
        ),
    },
}
#: What is legal though it looks like a fault: the fault, where it is made, and why.
LEGAL = {
    ("URL is ''", "Conference@waitUrl"): "Twilio plays silence",
    ("URL is '/a.pdf'", "Fax"): "the page of Fax has a text",
    ("text left out", "Email"): "an e-mail of a subject alone",
    ("text left out", "Language"): "its default is en",
    **{
        ("text left out", tag): "a tag around nothing is spoken as nothing"
        for tag in ("emphasis", "lang", "p", "prosody", "s", "w")
    },
    **{("text left out", tag): "only Polly says so little" for tag in ("phoneme", "say-as")},
}

Mutant = tuple[str, str, Any]


@cache
def accepted(target: str) -> tuple[bytes, ...]:
    """The documents of a target, each once."""
    golden = [path.read_bytes() for path in sorted((TESTS / "golden").glob(f"*/{target}/**/*.xml"))]
    cases = yaml.safe_load((TESTS / "carriers" / "contract" / f"{target}.yaml").read_text("utf-8"))
    written = [case["xml"].encode() for case in cases if case["valid"]]
    cells = walk(target).written if (TESTS / "carriers" / "attributes" / f"{target}.yaml").is_file() else ()
    files = [item for cell in cells for item in (walked(target, cell).files or {}).items()]
    return tuple(dict.fromkeys([*golden, *written, *(data for path, data in files if path.endswith(".xml"))]))


def replaced(root: Any, element: Any, attribute: str | None, value: str | None) -> Any:
    """A copy with another value of an attribute (its text, where there is none), or without."""
    mutant = copy.deepcopy(root)
    place = mutant.getroottree().xpath(element.getroottree().getpath(element))[0]
    if attribute is None:
        place.text = value
    elif value is None:
        del place.attrib[attribute]
    else:
        place.set(attribute, value)
    return mutant


def values(root: Any) -> Iterator[tuple[Any, str | None, str]]:
    """Every attribute, and every text that stands alone in its element."""
    for element in root.iter("*"):
        yield from ((element, str(name), value) for name, value in element.attrib.items())
        if len(element) == 0 and (element.text or "").strip():
            yield element, None, element.text.strip()


def hostless(root: Any, _: str) -> Iterator[Mutant]:
    """A URL that names no host."""
    for element, name, value in values(root):
        if found := re.match(r"(https?|wss?)://[^/?#]*(.*)", value, re.DOTALL):
            for authority in ("", ":443", "user@"):
                changed = f"{found[1]}://{authority}{found[2]}"
                yield f"host is {authority!r}", place(element, name), replaced(root, element, name, changed)


def mislaid(root: Any, _: str) -> Iterator[Mutant]:
    """A URL that is none the carrier can ask."""
    for element, name, value in values(root):
        if found := re.match(r"(?:https?|wss?)://[^/?#]*(.*)", value, re.DOTALL):
            for changed in (f"ftp://a.example.com{found[1]}", found[1] or "next", f"{value} x", f" {value}", ""):
                yield f"URL is {changed[:6]!r}", place(element, name), replaced(root, element, name, changed)


def misjudged(root: Any, target: str) -> Iterator[Mutant]:
    """A number out of range, or written as no number."""
    for element, name, value in values(root):
        if name is not None and value.isdigit() and name not in DIGITS:
            for changed in (TOO_MUCH, f"-{value}", "ten", f"{value}.5", f"+{value}", f"0{value}", "", f"{value}s"):
                yield f"number is {changed!r}", place(element, name), replaced(root, element, name, changed)
        most = bounds("rcml" if target == "callapi" else target).get((element.tag, name or ""))
        if most is not None:
            yield "number is one more", place(element, name), replaced(root, element, name, str(most + 1))


def misworded(root: Any, _: str) -> Iterator[Mutant]:
    """A word of a closed list, written otherwise."""
    for element, name, value in values(root):
        if name is not None and value in ("GET", "POST"):
            for changed in ("PUT", value.lower(), f"{value} "):
                yield f"method is {changed!r}", place(element, name), replaced(root, element, name, changed)
        if name is not None and value in ("true", "false") and name not in ("value", "name"):
            for changed in ("yes", "TRUE"):
                yield f"boolean is {changed!r}", place(element, name), replaced(root, element, name, changed)


def left_out(root: Any, target: str) -> Iterator[Mutant]:
    """What an element must have is not there."""
    for element, name, _ in values(root):
        key = "xml:lang" if name == XML_LANG else name
        if name is None and element.tag != "Response":
            yield "text left out", element.tag, replaced(root, element, None, None)
            yield "text left out", element.tag, replaced(root, element, None, " \n ")
        elif (element.tag, key) in NEEDED[target] and element.getparent().tag != "Stop":
            yield "attribute left out", place(element, name), replaced(root, element, name, None)


def misnamed(root: Any, _: str) -> Iterator[Mutant]:
    """Names in another case, or of nothing."""
    for element in root.iter("*"):
        for name in (element.tag.swapcase(), f"{element.tag}x", "Bogus"):
            mutant = replaced(root, element, "bogus", "1")
            twin = mutant.getroottree().xpath(element.getroottree().getpath(element))[0]
            del twin.attrib["bogus"]
            twin.tag = name
            yield f"element is {name!r}", element.tag, mutant
        yield "attribute is 'bogus'", element.tag, replaced(root, element, "bogus", "1")
        for name, value in element.attrib.items():
            if ":" not in str(name) and not str(name).startswith("{"):
                without = replaced(root, element, name, None)
                twin = without.getroottree().xpath(element.getroottree().getpath(element))[0]
                twin.set(name.swapcase(), value)
                yield f"attribute is {name.swapcase()!r}", place(element, name), without


def misplaced(root: Any, _: str) -> Iterator[Mutant]:
    """Elements and text where none of the kind may stand."""
    for element in root.iter("*"):
        for text in ("<Response/>", "<Bogus/>"):
            mutant = copy.deepcopy(root)
            mutant.getroottree().xpath(element.getroottree().getpath(element))[0].append(etree.fromstring(text))
            yield f"{text} within", element.tag, mutant
    yield "text in the Response", root.tag, replaced(root, root, None, "stray")
    yield "another root", root.tag, etree.fromstring(etree.tostring(root).replace(b"Response", b"response"))
    if len(root):
        yield "no root", root.tag, copy.deepcopy(root[0])


OPERATORS: tuple[Callable[[Any, str], Iterator[Mutant]], ...] = (
    *(hostless, mislaid, misjudged, misworded, left_out, misnamed, misplaced),
)


def place(element: Any, name: str | None) -> str:
    """Where a fault was made."""
    return element.tag if name is None else f"{element.tag}@{name}"


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
@pytest.mark.parametrize("target", TARGETS)
def test_a_document_with_one_fault_is_refused(target: str, operator: Callable[[Any, str], Iterator[Mutant]]) -> None:
    contract = Contract(contract_path(target))
    tried, survived = set(), {}
    for document in accepted(target):
        root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
        for fault, at, mutant in operator(root, target):
            data = etree.tostring(mutant)
            if data not in tried:
                tried.add(data)
                if (fault, at) not in LEGAL and contract.takes(etree.fromstring(data)):
                    survived[fault, at] = data.decode()
    assert survived == {}
    assert tried


@pytest.mark.parametrize("target", TARGETS)
def test_the_documents_are_accepted(target: str) -> None:
    contract = Contract(contract_path(target))
    assert {data: fault for data in accepted(target) if (fault := contract.fault(data))} == {}


@pytest.mark.parametrize("target", TARGETS)
def test_every_attribute_stands_in_a_document(target: str) -> None:
    elements = [element for data in accepted(target) for element in etree.fromstring(data).iter("*")]
    seen = {(element.tag, "xml:lang" if key == XML_LANG else key) for element in elements for key in element.keys()}
    grammar = read_grammar(contract_path(target))
    reached = ["Response"]
    for name in reached:
        reached += sorted(grammar.children[name] - set(reached))
    assert {(name, key) for name in reached for key in grammar.attributes[name]} - seen == set()
