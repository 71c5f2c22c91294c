"""The contracts against the carriers' tables, name by name and value by value, and against documents.

A contract (contract.rng) is the last judge of an emitted document. It is written from the tables in tests/reference
and never from target.yaml; the two are compared with each other elsewhere.
"""

from functools import cache
from typing import Any

import pytest
import yaml
from lxml import etree

from tests.carriers.contract_grammar import (
    URL,
    Attribute,
    Element,
    bounds,
    contract,
    contract_attributes,
    contract_children,
    contract_path,
    filled_in,
    greatest_numbers,
    judged,
    read_grammar,
    read_table,
    reference,
    rules,
    sample,
    with_value,
)
from tests.conftest import TESTS

TARGETS = ("plivo", "rcml")
#: Beside them targets whose tables know names and nesting, and the values of few.
TABLED = (*TARGETS, "twiml", "texml", "cxml")

# ------------------------------------------------------------------------------------------------ agreed differences

# Elements of a table that its contract leaves out.
LEFT_OUT_ELEMENTS: dict[str, dict[str, str]] = {
    "plivo": {},
    "twiml": {},
    "texml": {},
    "cxml": {},
    "rcml": {"Uri": "deprecated: Sip says the same, and credentials besides"},
}
# Attributes of a table that its contract leaves out.
LEFT_OUT: dict[tuple[str, str, str], str] = {
    ("rcml", "Dial", "hangupOnStar"): "occurs in one example; no attribute table lists it and no code reads it",
}
# Values a contract takes beyond the table's list; None: the list is not closed.
MORE_VALUES: dict[tuple[str, str, str], set[str] | None] = {
    ("plivo", "MultiPartyCall", "role"): {"agent", "supervisor", "customer"},
    # The list of the page is a subset of the setting the interpreter ships with (89 codes).
    ("rcml", "Gather", "language"): None,
    # What the speech plug-ins add stands in the same row of the table.
    ("rcml", "Say", "language"): {
        code
        for codes in read_table("rcml")["verbs"]["Say"]["attributes"]["language"]["plugin_languages"].values()
        for code in codes
    },
}
# Attributes for which the table gives no least number in a form that can be read; the contract takes 1 and more.
UNBOUNDED = {
    ("plivo", "Dial", "confirmTimeout"),
    ("plivo", "GetInput", "startInputTimeout"),
    ("plivo", "GetInput", "retries"),
    ("plivo", "MultiPartyCall", "aiAgentStreamSamplingRate"),
}
# Attributes that the contract demands though the table marks none of them: one of three is needed.
ONE_OF_THESE = {("plivo", "prosody"): {"volume", "rate", "pitch"}}
# Children that a contract takes beyond the table's documented ones (there: `sdk_extra`); the compiler warns of them.
MORE_CHILDREN = {("plivo", "GetInput"): {"Wait"}, ("plivo", "GetDigits"): {"Wait"}}
# Elements whose text, where no child stands for it, the contract demands though the table says "allowed".
TEXT_DEMANDED = {
    ("rcml", "Client"): "the table: required unless name and Video stand there",
    ("rcml", "Sip"): "the table: required unless name and Video stand there",
    ("rcml", "Conference"): "the table: required unless name and Video stand there",
    ("rcml", "Dial"): "a Dial calls somebody: text or a noun",
    ("rcml", "Fax"): "a Fax sends something",
    ("rcml", "UssdCollect"): "a menu shows something: text or a message",
}
# How the items of a list may be joined; a comma where nothing stands here.
JOINED = {
    ("plivo", "MultiPartyCall", "statusCallbackEvents"): (",", ", "),
    **{("rcml", noun, "statusCallbackEvent"): (",", " ") for noun in ("Number", "Client", "Sip")},
}


@cache
def expected(target: str) -> dict[str, Element]:
    """The table's elements, less the agreed differences."""
    left_out = LEFT_OUT_ELEMENTS[target]
    return {
        name: Element(
            row.children - left_out.keys(),
            row.text_allowed,
            row.text_required,
            {key: value for key, value in row.attributes.items() if (target, name, key) not in LEFT_OUT},
        )
        for name, row in reference(target).items()
        if name not in left_out
    }


def every_element() -> list[Any]:
    return [
        pytest.param(target, name, row, id=f"{target}-{name}")
        for target in TARGETS
        for name, row in expected(target).items()
        if name != "Response"
    ]


def every_attribute(*kinds: str) -> list[Any]:
    return [
        pytest.param(target, name, key, value, id=f"{target}-{name}-{key}")
        for target in TARGETS
        for name, row in expected(target).items()
        for key, value in row.attributes.items()
        if value.kind in kinds
    ]


# ------------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize("target", TABLED)
def test_the_elements_and_attributes_are_the_table_s(target: str) -> None:
    wanted = {name: set(row.attributes) for name, row in expected(target).items()}
    assert contract_attributes(contract_path(target)) == wanted


@pytest.mark.parametrize("target", TABLED)
def test_the_nesting_is_the_table_s(target: str) -> None:
    wanted = {
        name: set(row.children) | MORE_CHILDREN.get((target, name), set()) for name, row in expected(target).items()
    }
    assert contract_children(contract_path(target)) == wanted


def test_every_exception_is_needed() -> None:
    for target, left_out in LEFT_OUT_ELEMENTS.items():
        assert left_out.keys() <= reference(target).keys()
    for target, name, key in [*LEFT_OUT, *MORE_VALUES, *UNBOUNDED]:
        assert key in reference(target)[name].attributes
    for (target, name), children in MORE_CHILDREN.items():
        assert children <= set(read_table(target)["elements"][name]["children"]["sdk_extra"])
        assert not children & reference(target)[name].children
    for target, name in TEXT_DEMANDED:
        assert not reference(target)[name].text_required


@pytest.mark.parametrize("target", TABLED)
def test_a_define_is_named_as_its_element(target: str) -> None:
    grammar = etree.parse(str(contract_path(target)))
    for define in grammar.iter("{*}define"):
        for element in define.iter("{*}element"):
            assert define.get("name").split(".")[0] == element.get("name")


# ------------------------------------------------------------------------------------------------ required, text


@pytest.mark.parametrize(("target", "name", "row"), every_element())
def test_what_is_required(target: str, name: str, row: Element) -> None:
    document, element = sample(target, name)
    assert judged(target, document), contract(target).faults(etree.tostring(document, encoding="unicode"))
    required = {key for key, value in row.attributes.items() if value.required}
    choice = ONE_OF_THESE.get((target, name), set())
    # Only where one of several is needed may the smallest document hold an attribute that the table does not mark.
    given = {str(key).replace("{http://www.w3.org/XML/1998/namespace}", "xml:") for key in element.attrib}
    assert given - choice == required
    for key in list(element.attrib):
        value = element.attrib.pop(key)
        assert not judged(target, document), f"taken without {key}"
        element.set(key, value)


@pytest.mark.parametrize(("target", "name", "row"), every_element())
def test_text(target: str, name: str, row: Element) -> None:
    document, element = sample(target, name)
    demanded = row.text_required or (target, name) in TEXT_DEMANDED
    if row.text_allowed and not len(element):
        element.text = " "
        assert judged(target, document) is not demanded
    elif not row.text_allowed:
        element.text = "stray"
        assert not judged(target, document)


@pytest.mark.parametrize(("target", "name", "row"), every_element())
def test_an_unknown_name_is_refused(target: str, name: str, row: Element) -> None:
    assert not with_value(target, name, "bogus", "1")
    for key in row.attributes:
        assert ":" in key or not with_value(target, name, key.upper(), "1")
    document, element = sample(target, name)
    etree.SubElement(element, "Bogus")
    assert not judged(target, document)


# ------------------------------------------------------------------------------------------------ values


@pytest.mark.parametrize(("target", "name", "key", "value"), every_attribute("url"))
def test_urls_are_absolute(target: str, name: str, key: str, value: Attribute) -> None:
    for good in ("https://a.example.com/x.xml?a=1&b=2#ct=1", "http://a.example.com", "https://u:p@[::1]:80/@?a=b:c"):
        assert with_value(target, name, key, good)
    for bad in ("", "/x.xml", "x.xml", "ftp://a.example.com/", " https://a.example.com/", "https://a.example.com/a b"):
        assert not with_value(target, name, key, bad), bad
    for hostless in ("https://", "https:///x", "https://?x", "https://:80/x", "https://u@/x", "https://#x"):
        assert not with_value(target, name, key, hostless), hostless


@pytest.mark.parametrize(("target", "name", "key", "value"), every_attribute("method", "boolean", "words", "list"))
def test_values_are_the_table_s(target: str, name: str, key: str, value: Attribute) -> None:
    for word in value.values or ("true", "false"):
        assert with_value(target, name, key, filled_in(word)), word
    more = MORE_VALUES.get((target, name, key), set())
    first = next((word for word in value.values if not word.startswith(("absolute ", "duration"))), "true")
    bad_ones = ["bogus", f" {first}", f"{first} ", f"{first},", "" if "" not in value.values else " "]
    if " " not in JOINED.get((target, name, key), ()):
        bad_ones.append(f"{first} {first}")
    for bad in bad_ones:
        assert (more is None and bad == "bogus") or not with_value(target, name, key, bad), bad
    if more is not None and first.swapcase() not in {first, *value.values, *more}:
        assert not with_value(target, name, key, first.swapcase())
    written = read_grammar(contract_path(target)).attributes[name][key]
    assert more is None or written <= {*value.values, *more, "true", "false"}


@pytest.mark.parametrize(("target", "name", "key", "value"), every_attribute("list"))
def test_lists_are_joined_as_they_may_be(target: str, name: str, key: str, value: Attribute) -> None:
    allowed = JOINED.get((target, name, key), (",",))
    for sign in (",", " ", ", ", "; ", ""):
        assert with_value(target, name, key, sign.join(value.values)) is (sign in allowed), sign
    assert not with_value(target, name, key, allowed[0].join([*value.values, "x"]))


@pytest.mark.parametrize(("target", "name", "key", "value"), every_attribute("integer"))
def test_integers_are_in_the_table_s_range(target: str, name: str, key: str, value: Attribute) -> None:
    lowest = value.minimum
    if lowest is None:
        assert (target, name, key) in UNBOUNDED
        lowest = 1
    highest = bounds(target)[name, key]
    assert value.maximum in (None, highest)
    assert with_value(target, name, key, str(lowest))
    assert with_value(target, name, key, str(highest))
    assert not with_value(target, name, key, str(highest + 1))
    for bad in (str(lowest - 1), f"+{highest}", f"0{highest}", f" {highest}", f"{highest}.0", "", "many"):
        assert not with_value(target, name, key, bad), bad


@pytest.mark.parametrize("target", ["plivo", "rcml", "callapi", "twiml", "texml", "cxml"])
def test_every_number_has_the_greatest_that_is_listed(target: str) -> None:
    """What is listed is in the grammar, and every number of the grammar is listed, here or for what it includes."""
    listed = bounds(target) if target != "callapi" else bounds("rcml")
    found = greatest_numbers(contract_path(target))
    assert {place: listed.get(place) for place in found} == found
    assert target == "callapi" or listed.keys() == found.keys()


@pytest.mark.parametrize(("target", "name", "key", "value"), every_attribute("other"))
def test_values_by_their_rule(target: str, name: str, key: str, value: Attribute) -> None:
    rule = rules()[target][name][key]
    for good in rule["good"]:
        assert with_value(target, name, key, good), good
    for bad in rule["bad"]:
        assert not with_value(target, name, key, bad), bad


# ------------------------------------------------------------------------------------------------ voices, lengths


def test_a_basic_voice_speaks_its_languages_only() -> None:
    languages: dict[str, list[str]] = read_table("plivo")["voices"]["basic"]["languages"]
    languages = {**languages, "ru-RU": ["WOMAN", "MAN"]}  # the table has WOMAN alone, Plivo's own samples MAN
    for language, voices in {**languages, "hi-IN": [], "ja-JP": []}.items():
        for voice in ("WOMAN", "MAN"):
            document = f'<Response><Speak voice="{voice}" language="{language}">a</Speak></Response>'
            assert contract("plivo").accepts(document) is (voice in voices), document


def test_every_polly_voice_is_known() -> None:
    languages: dict[str, list[str]] = read_table("plivo")["voices"]["polly"]["languages"]
    for language, voices in languages.items():
        for voice in voices:
            document = f'<Response><Speak voice="Polly.{voice}" language="{language}">a<break/></Speak></Response>'
            assert contract("plivo").accepts(document), document


@pytest.mark.parametrize(
    ("target", "document", "most"),
    [
        ("plivo", '<Response><Speak voice="Polly.Joanna">{x}</Speak></Response>', 3000),
        ("plivo", '<Response><Dial callerName="{x}"><Number>12025550123</Number></Dial></Response>', 50),
        ("plivo", f'<Response><GetInput action="{URL}" hints="{{x}}"/></Response>', 100),
        ("plivo", f'<Response><GetInput action="{URL}" hints="{{x,}}"/></Response>', 500),
        ("plivo", "<Response><Stream>wss://{x}</Stream></Response>", 2042),
        ("plivo", '<Response><Stream extraHeaders="a={x}">wss://a.example.com</Stream></Response>', 510),
        ("rcml", '<Response><Gather hints="{x}"/></Response>', 100),
        ("rcml", '<Response><Gather hints="{x,}"/></Response>', 50),
        ("rcml", '<Response><Record finishOnKey="{1}"/></Response>', 12),
        ("rcml", "<Response><Dial><Sip>sip:a@{x}</Sip></Dial></Response>", 248),
        ("rcml", "<Response><Dial><Sip>sip:a@b?h={x}</Sip></Dial></Response>", 1021),
    ],
)
def test_lengths(target: str, document: str, most: int) -> None:
    def filled(count: int) -> str:
        return document.replace("{x,}", ",".join(["x"] * count)).replace("{x}", "x" * count).replace("{1}", "1" * count)

    assert contract(target).accepts(filled(most))
    assert not contract(target).accepts(filled(most + 1))


# ------------------------------------------------------------------------------------------------ whole documents


def documents() -> list[Any]:
    return [
        pytest.param(target, case, id=f"{target}-{case['id']}")
        for target in TARGETS
        for case in yaml.safe_load((TESTS / "carriers" / "contract" / f"{target}.yaml").read_text("utf-8"))
    ]


@pytest.mark.parametrize(("target", "case"), documents())
def test_documents(target: str, case: dict[str, Any]) -> None:
    assert case.keys() == {"id", "valid", "why", "xml"}
    faults = contract(target).faults(case["xml"])
    assert (not faults) is case["valid"], faults or case["why"]


@pytest.mark.parametrize("target", TARGETS)
def test_document_ids_are_unique(target: str) -> None:
    ids = [param.values[1]["id"] for param in documents() if param.values[0] == target]
    assert len(ids) == len(set(ids))
