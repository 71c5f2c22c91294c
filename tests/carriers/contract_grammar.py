"""What a contract says, read from its grammar, and what a reference table says, in one shape for both carriers."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from tests.conftest import ROOT, TESTS

TARGETS = ROOT / "flowc" / "templates" / "targets"
RNG = "{http://relaxng.org/ns/structure/1.0}"


def contract_path(target: str) -> Path:
    """The grammar of a target."""
    return TARGETS / target / "contract.rng"


class Contract:
    """A compiled grammar that tells whether it takes a document."""

    def __init__(self, path: Path) -> None:
        self._schema = etree.RelaxNG(etree.parse(str(path)))

    def faults(self, document: str) -> list[str]:
        """What is wrong with a document; nothing when the contract takes it."""
        if self._schema.validate(etree.fromstring(document)):
            return []
        return [str(entry.message) for entry in self._schema.error_log] or ["refused without a message"]

    def accepts(self, document: str) -> bool:
        """Whether the contract takes a document."""
        return not self.faults(document)


# ------------------------------------------------------------------------------------------------ the grammar, walked


@dataclass
class Grammar:
    """The names a grammar knows: element -> attribute -> literal values, and element -> children."""

    attributes: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    children: dict[str, set[str]] = field(default_factory=dict)


def read_grammar(path: Path) -> Grammar:
    """Walk a grammar; patterns that define one element twice (in two places, say) are merged."""
    root = read_included(path)
    defines = {define.get("name"): define for define in root.findall(f"{RNG}define")}
    grammar = Grammar()
    for element in root.iter(f"{RNG}element"):
        name = str(element.get("name"))
        attributes = grammar.attributes.setdefault(name, {})
        children = grammar.children.setdefault(name, set())
        for part in _parts(element, defines, set()):
            if part.tag == f"{RNG}element":
                children.add(str(part.get("name")))
            else:
                words = attributes.setdefault(str(part.get("name")), set())
                words.update(_words(part, defines))
    return grammar


def read_included(path: Path) -> Any:
    """A grammar with the one that it includes, if it includes any: what it says itself comes in place of that."""
    root = etree.parse(str(path)).getroot()
    for include in root.findall(f"{RNG}include"):
        own = {define.get("name") for define in include.iterchildren(f"{RNG}define")}
        base = etree.parse(str(path.parent / include.get("href"))).getroot()
        root.extend([define for define in base if define.get("name") not in own])
        root.extend(list(include))
        root.remove(include)
    return root


def contract_attributes(path: Path) -> dict[str, set[str]]:
    """Element -> the names of its attributes."""
    return {name: set(attributes) for name, attributes in read_grammar(path).attributes.items()}


def contract_children(path: Path) -> dict[str, set[str]]:
    """Element -> the names of the elements that may stand in it."""
    return read_grammar(path).children


def greatest_numbers(path: Path) -> dict[tuple[str, str], int | None]:
    """The greatest number of each attribute that is one, by element and attribute; None where there is none."""
    root = read_included(path)
    defines = {define.get("name"): define for define in root.findall(f"{RNG}define")}
    found: dict[tuple[str, str], int | None] = {}
    for element in root.iter(f"{RNG}element"):
        for part in _parts(element, defines, set()):
            if part.tag == f"{RNG}attribute":
                for number in _numbers(part, defines):
                    most = number.find(f"{RNG}param[@name='maxInclusive']")
                    found[element.get("name"), part.get("name")] = None if most is None else int(most.text)
    return found


def _numbers(pattern: Any, defines: dict[str, Any]) -> Iterator[Any]:
    for part in pattern.iterchildren(f"{RNG}*"):
        if part.tag == f"{RNG}ref":
            yield from _numbers(defines[str(part.get("name"))], defines)
        elif part.tag == f"{RNG}data" and part.get("type") == "integer":
            yield part
        else:
            yield from _numbers(part, defines)


def _parts(pattern: Any, defines: dict[str, Any], seen: set[str]) -> Iterator[Any]:
    """The attributes and child elements of one element, through references, not into the children."""
    for part in pattern.iterchildren(f"{RNG}*"):
        if part.tag in (f"{RNG}element", f"{RNG}attribute"):
            yield part
        elif part.tag == f"{RNG}ref":
            name = str(part.get("name"))
            if name not in seen:
                yield from _parts(defines[name], defines, seen | {name})
        else:
            yield from _parts(part, defines, seen)


def _words(pattern: Any, defines: dict[str, Any]) -> Iterator[str]:
    """The literal values of an attribute."""
    for part in pattern.iterchildren(f"{RNG}*"):
        if part.tag == f"{RNG}value":
            yield part.text or ""
        elif part.tag == f"{RNG}ref":
            yield from _words(defines[str(part.get("name"))], defines)
        else:
            yield from _words(part, defines)


# ------------------------------------------------------------------------------------------------ the reference tables


@dataclass(frozen=True)
class Attribute:
    """What a table says about one attribute, as far as it says it in a form that can be read."""

    kind: str  # url | method | boolean | integer | words | list | other
    required: bool
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    longest: int | None = None
    unit: str | None = None
    retry: bool = False
    url_kind: str | None = None
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Element:
    """What a table says about one element."""

    children: frozenset[str]
    text_allowed: bool
    text_required: bool
    attributes: dict[str, Attribute]


def read_table(target: str) -> dict[str, Any]:
    """A carrier's reference table as it stands in tests/reference."""
    table: dict[str, Any] = json.loads((TESTS / "reference" / f"{target}.json").read_text("utf-8"))
    return table


def reference(target: str) -> dict[str, Element]:
    """The elements a target's contract must know."""
    table = read_table(target)
    return _plivo(table) if "elements" in table else _rcml(table)


def _plivo(table: dict[str, Any]) -> dict[str, Element]:
    rows: dict[str, Any] = table["elements"]
    return {
        name: Element(
            children=frozenset(child for child, other in rows.items() if name in other["parents"]),
            text_allowed=bool(row["text"]["allowed"]),
            text_required=bool(row["text"].get("required")),
            attributes={
                key: _attribute(raw) for key, raw in row["attributes"].items() if raw.get("status") != "sdk-only"
            },
        )
        for name, row in rows.items()
    }


def _rcml(table: dict[str, Any]) -> dict[str, Element]:
    """The dialect `oss`: what the interpreter runs or its pages document, of the names it does run."""
    rows: dict[str, Any] = {
        name: row for name, row in (table["verbs"] | table["nouns"]).items() if "oss" in row["dialects"]
    }
    known = ("implemented", "implemented-only", "documented-only")
    elements = {"Response": Element(frozenset(table["verbs"].keys() & rows.keys()), False, False, {})}
    for name, row in rows.items():
        nested = {child for child, other in rows.items() if name in other.get("parent", [])}
        elements[name] = Element(
            children=frozenset(nested | set(row["children"].get("documented", []))),
            text_allowed=bool(row["text"]["allowed"]),
            text_required=bool(row["text"].get("required")),
            attributes={
                key: _attribute(raw) for key, raw in row["attributes"].items() if raw["dialects"]["oss"] in known
            },
        )
    return elements


def _attribute(raw: dict[str, Any]) -> Attribute:
    allowed = raw.get("allowed")
    values = tuple(allowed) if isinstance(allowed, list) else ()
    minimum, maximum = _range(str(raw.get("range") or allowed or ""))
    return Attribute(
        _kind(raw, values),
        bool(raw["required"]),
        values,
        minimum,
        maximum,
        raw.get("max_length"),
        raw.get("unit"),
        raw.get("retry_configurable", False),
        raw.get("url_kind"),
        tuple(raw.get("constraints", ())),
    )


def _kind(raw: dict[str, Any], values: tuple[str, ...]) -> str:
    kind = str(raw["type"])
    if set(values) == {"GET", "POST"}:
        return "method"
    if raw.get("separator") or raw.get("pattern") == "comma separated list":
        return "list"
    if kind in ("url", "boolean"):
        return kind
    if "integer" in kind:
        return "integer"
    return "words" if values else "other"


def _range(text: str) -> tuple[int | None, int | None]:
    """The bounds of an integer, where the table writes them as one of: a..b, >= a, > a, positive, 0 = ..."""
    if found := re.match(r"(\d+)\.\.(\d+)", text):
        return int(found[1]), int(found[2])
    if found := re.match(r"(?:integer )?(>=?) (\d+)", text):
        return int(found[2]) + (found[1] == ">"), None
    if text.startswith("positive integer"):
        return 1, None
    if text.startswith("integer; 0 ="):
        return 0, None
    return None, None


# ------------------------------------------------------------------------------------------------ smallest documents

URL = "https://app.example.com/a.xml"
POLLY = '<Speak voice="Polly.Joanna">'

# The least that each element needs; (element, attribute): what else an attribute needs beside it.
SMALLEST: dict[str, dict[str | tuple[str, str], str]] = {
    "plivo": {
        "Speak": "<Speak>hello</Speak>",
        "break": f"{POLLY}<break/></Speak>",
        "emphasis": f"{POLLY}<emphasis>a</emphasis></Speak>",
        "lang": f'{POLLY}<lang xml:lang="fr-FR">a</lang></Speak>',
        "p": f"{POLLY}<p>a</p></Speak>",
        "s": f"{POLLY}<s>a</s></Speak>",
        "phoneme": f'{POLLY}<phoneme ph="x">a</phoneme></Speak>',
        "prosody": f'{POLLY}<prosody rate="slow">a</prosody></Speak>',
        "say-as": f'{POLLY}<say-as interpret-as="date">1</say-as></Speak>',
        "sub": f'{POLLY}<sub alias="b">a</sub></Speak>',
        "w": f"{POLLY}<w>a</w></Speak>",
        "Play": "<Play>https://app.example.com/a.mp3</Play>",
        "Wait": "<Wait/>",
        "GetDigits": "<GetDigits/>",
        "GetInput": f'<GetInput action="{URL}"/>',
        "Dial": "<Dial><Number>12025550123</Number></Dial>",
        ("Dial", "confirmKey"): f'<Dial confirmSound="{URL}"><Number>12025550123</Number></Dial>',
        ("Dial", "confirmTimeout"): f'<Dial confirmSound="{URL}"><Number>12025550123</Number></Dial>',
        "Number": "<Dial><Number>12025550123</Number></Dial>",
        ("User", "sipAuthUsername"): '<Dial><User sipAuthPassword="12345678">sip:a@b.example.com</User></Dial>',
        ("User", "sipAuthPassword"): '<Dial><User sipAuthUsername="a">sip:a@b.example.com</User></Dial>',
        "User": "<Dial><User>sip:a@b.example.com</User></Dial>",
        "Record": "<Record/>",
        "Redirect": f"<Redirect>{URL}</Redirect>",
        "Hangup": "<Hangup/>",
        "PreAnswer": "<PreAnswer/>",
        "DTMF": "<DTMF>1</DTMF>",
        "Conference": "<Conference>room</Conference>",
        "MultiPartyCall": '<MultiPartyCall role="ai-agent">room</MultiPartyCall>',
        "Message": '<Message src="12025550100" dst="12025550123">hello</Message>',
        "Stream": "<Stream>wss://a.example.com/</Stream>",
        ("Stream", "noiseCancellationLevel"): '<Stream noiseCancellation="true">wss://a.example.com/</Stream>',
    },
    "rcml": {
        "Dial": "<Dial>12025550123</Dial>",
        "Gather": "<Gather/>",
        "Say": "<Say>hello</Say>",
        "Play": "<Play>https://app.example.com/a.wav</Play>",
        "Pause": "<Pause/>",
        "Record": "<Record/>",
        "Redirect": f"<Redirect>{URL}</Redirect>",
        "Reject": "<Reject/>",
        "Hangup": "<Hangup/>",
        "Sms": "<Sms>hello</Sms>",
        "Email": '<Email to="a@example.com" from="b@example.com">hello</Email>',
        "Fax": "<Fax>https://app.example.com/a.pdf</Fax>",
        "UssdCollect": f'<UssdCollect action="{URL}">hello</UssdCollect>',
        "UssdMessage": "<UssdMessage>hello</UssdMessage>",
        "Language": "<Language>en</Language>",
        "Number": "<Dial><Number>12025550123</Number></Dial>",
        "Client": "<Dial><Client>alice</Client></Dial>",
        ("Client", "name"): "<Dial><Client><Video/></Client></Dial>",
        ("Sip", "name"): "<Dial><Sip><Video/></Sip></Dial>",
        ("Conference", "name"): "<Dial><Conference><Video/></Conference></Dial>",
        "Sip": "<Dial><Sip>sip:a@b.example.com</Sip></Dial>",
        "Conference": "<Dial><Conference>room</Conference></Dial>",
        "Video": '<Dial><Conference name="room"><Video/></Conference></Dial>',
    },
}


@cache
def contract(target: str) -> Contract:
    """The contract of a target, compiled once."""
    return Contract(contract_path(target))


def sample(target: str, name: str, attribute: str = "") -> tuple[Any, Any]:
    """A whole document and the element in it that is looked at; a Hangup follows, for what must be followed."""
    table = SMALLEST[target]
    text = table.get((name, attribute), table[name])
    document = etree.fromstring(f"<Response>{text}<Hangup/></Response>")
    return document, next(document.iter(name))


def judged(target: str, document: Any) -> bool:
    """Whether the contract takes a document."""
    return contract(target).accepts(etree.tostring(document, encoding="unicode"))


def with_value(target: str, name: str, attribute: str, value: str) -> bool:
    """Whether the contract takes a value of an attribute."""
    document, element = sample(target, name, attribute)
    element.set(attribute.replace("xml:", "{http://www.w3.org/XML/1998/namespace}"), value)
    return judged(target, document)


@cache
def bounds(target: str) -> dict[tuple[str, str], int]:
    """The greatest number of each attribute of a target that is a number, from tests/carriers/contract/bounds.yaml."""
    groups = yaml.safe_load((TESTS / "carriers" / "contract" / "bounds.yaml").read_text("utf-8"))[target]
    listed = [(tuple(name.split("@")), group["most"]) for group in groups for name in group["of"]]
    assert len(listed) == len(dict(listed))
    return dict(listed)


@cache
def rules() -> dict[str, dict[str, dict[str, dict[str, list[str]]]]]:
    """target -> element -> attribute -> good and bad values."""
    table: dict[str, dict[str, dict[str, dict[str, list[str]]]]] = yaml.safe_load(
        (TESTS / "carriers" / "contract" / "values.yaml").read_text("utf-8")
    )
    return table


def filled_in(word: str) -> str:
    """A value of a table with its placeholders filled in."""
    if word.startswith("absolute "):
        return URL
    return re.sub(r"<n>", "6", word).replace("<Name>", "Joanna")
