"""Values of one class have one verdict: whatever the contracts say of one of them, they say of the others.

The documents are those of test_contract_mutations.py, in which every attribute of a contract stands.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from random import Random
from typing import Any

import pytest
from lxml import etree

from flowc.emit.contract import Contract
from tests.carriers.contract_grammar import contract_path
from tests.carriers.test_contract_mutations import TARGETS, XML_LANG, accepted, values

URLS = ("https://a.example.com/x.xml?a=1&b=2#rc=1", "http://b.example.com", "https://u:p@[::1]:80/@?a=b:c")
VALUES = (
    *URLS,
    *("", " ", "\n\t", "\xa0", "a", " a", "a ", "a\nb", "x" * 100, "x" * 101, "x" * 3000, "x" * 3001, "é" * 3000),
    *(" ".join("x" * 1501), "0", "00", "1", "+1", "-1", "05", "1.5", "12", "120", "14400", "14401", "9" * 20, "٣"),
    *("1\x85", "1\u2028", "true", "TRUE", "GET", "POST", "get", "#", "*", "none", "hash", "en-US", "Polly.Joanna"),
    *(
        "Polly.Vitória",
        "Polly.",
        "wss://a.example.com/",
        "ftp://a.example.com/",
        "https://",
        "/x",
        "sip:a@b?X-A=1&X-B=2",
    ),
    *("client:a", "+12025550143", "+12025550143<+12025550144", "a@b.example.com, c@d.example.com", "1,2,3", "a=b,c=d"),
    *("500ms", "2s", "11s", ".5", "50%", "+5%", "+5dB", "ringing answered", "ringing,answered", "PCMU,OPUS", "日本語"),
)
CHARACTERS = " \t\n\r\x85\xa0\u2028\u3000/?#@:[]=&,.+-*%0٣aAéZ日\U0001f600"


def places(target: str) -> Iterator[tuple[Any, Any, str | None, str]]:
    """Each attribute and each element with text, once: a document with it, the element, and its value there."""
    seen = set()
    for document in accepted(target):
        root = etree.fromstring(document, etree.XMLParser(remove_blank_text=True))
        for element, attribute, value in values(root):
            if (element.tag, attribute) not in seen:
                seen.add((element.tag, attribute))
                yield root, element, attribute, value


def changed(value: str, random: Random) -> str:
    """A value with a character replaced, put in or left out."""
    at = random.randrange(len(value) + 1)
    return value[:at] + random.choice(CHARACTERS)[: random.randrange(2)] + value[at + random.randrange(2) :]


def takes(contract: Contract, root: Any, element: Any, attribute: str | None, value: str) -> bool:
    """Whether the contract takes a document with another value."""
    if attribute is None:
        element.text = value
    else:
        element.set(attribute, value)
    return contract.takes(root)


@pytest.mark.parametrize("target", TARGETS)
def test_values_of_one_class_have_one_verdict(target: str) -> None:
    contract, random = Contract(contract_path(target)), Random(target)
    verdicts: dict[tuple[str, str | None, Hashable], dict[bool, str]] = {}
    several = set()
    for root, element, attribute, usual in places(target):
        name = "xml:lang" if attribute == XML_LANG else attribute
        classes = contract.classes((element.tag, name))
        for value in (usual, *VALUES, *(changed(value[:200], random) for value in (usual, *VALUES))):
            key = (element.tag, name, classes.of(value))
            verdicts.setdefault(key, {})[takes(contract, root, element, attribute, value)] = value
            if classes.of(value) != value:
                several.add((key, takes(contract, root, element, attribute, value)))
        takes(contract, root, element, attribute, usual)
    assert {key: both for key, both in verdicts.items() if len(both) > 1} == {}
    assert {verdict for _, verdict in several} == {True, False}


@pytest.mark.parametrize("target", TARGETS)
def test_urls_and_texts_are_of_few_classes(target: str) -> None:
    """Else nothing is saved."""
    contract = Contract(contract_path(target))
    speech = next(name for name in ("Speak", "Say") if contract.classes((name, None)).of("a b") != "a b")
    assert (
        len({contract.classes((speech, None)).of(text) for text in ("Welcome.", "Bye!", "Größe 日本", "1, 2 & 3")}) == 1
    )
    assert len({contract.classes(("Dial", "action")).of(url) for url in URLS}) == 1
