"""Targets are folders: a made-up one is added by the same mechanism, broken ones are told apart, tables agree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from flowc.bundle.manifest_reader import read_manifest
from flowc.bundle.routing import Request, answer
from flowc.cli import commands
from flowc.lower.confirm import CONFIRM
from flowc.profiles.profile import ELEMENT, Profile
from flowc.profiles.rows import Fragment, Items, MarkupRules, NodeRow, Spelling, TagRules
from flowc.profiles.targets import find_targets
from flowc.schema.schemas import REQUESTS, read_schema
from flowc.schema.validator import Validator
from tests.carriers.contract_grammar import (
    SMALLEST,
    URL,
    Element,
    contract_attributes,
    contract_children,
    contract_path,
    filled_in,
    judged,
    read_grammar,
    read_table,
    reference,
    rules,
    sample,
    with_value,
)
from tests.conftest import TESTS

ECHO = Path(__file__).parent / "targets" / "echo"
TARGETS = find_targets()
PROFILES = TARGETS.profiles

FLOW = """\
flowc: 1
name: made-up
targets: [echo]
base_url: https://flows.example.com
entry: start
steps:
  start:
    - say: Hello & welcome.
    - pause: 1500ms
    - gather:
        digits: 1
        tries: 2
        prompt: [{say: Press 1.}]
        then: {"1": team, else: bye}
  team:
    - dial:
        to: "+12025550143"
        confirm: {key: "5", prompt: [{say: Press 5.}]}
        events: https://crm.example.com/hook
        echo: {louder: true, unconfirmed: hangup}
        then: {completed: end, busy: bye, else: tape}
  tape:
    - record: {events: "https://crm.example.com/hook"}
    - goto: bye
  bye: [{say: Goodbye.}, hangup]
"""


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A templates folder with the made-up target, in a working folder with a flow for it."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ECHO, tmp_path / "mine" / "targets" / "echo")
    (tmp_path / "made-up.flow.yaml").write_text(FLOW, "utf-8")
    return tmp_path / "mine" / "targets" / "echo"


def _build(*more: str) -> Result:
    arguments = ["build", "made-up.flow.yaml", "-q", "--templates", "mine", *more]
    return CliRunner().invoke(commands, arguments, catch_exceptions=False, prog_name="flowc")


def test_a_made_up_target_is_compiled(templates: Path) -> None:
    assert (_build().output, _build().exit_code) == ("", 0)
    assert Path("dist/echo/made-up/team.xml").read_text("utf-8") == (
        '<call>\n  <ring to="https://flows.example.com/echo/made-up/team/dial" by="GET"'
        ' tell="https://crm.example.com/hook" tellBy="POST" ms="30000" most="14400" louder="true">\n'
        '    <party first="https://flows.example.com/echo/made-up/_/e78d74fb0bf4.xml" firstBy="GET">'
        "+12025550143</party>\n"
        "  </ring>\n</call>\n"
    )
    manifest = read_manifest(Path("dist/manifest.json").read_bytes())
    url = "https://flows.example.com/echo/made-up/team/dial?result="
    paths = {word: answer(manifest, Request("GET", url + word)).document for word in ("talked", "engaged", "", "odd")}
    assert {word: document and Path("dist", document.path).read_text("utf-8") for word, document in paths.items()} == {
        "talked": "<call>\n  <stop/>\n</call>\n",
        "engaged": "<call>\n  <speak>Goodbye.</speak>\n  <stop/>\n</call>\n",
        "": Path("dist/echo/made-up/tape.xml").read_text("utf-8"),
        "odd": Path("dist/echo/made-up/tape.xml").read_text("utf-8"),
    }


def test_a_template_may_not_reach_for_python(templates: Path) -> None:
    (templates / "nodes" / "say.xml.j2").write_text(
        "{% macro say(n) %}<speak>{{ n.__class__.__mro__ }}</speak>{% endmacro %}", "utf-8"
    )
    result = _build()
    assert result.exit_code == 3
    assert "error[FC901] a template of echo failed in say.xml.j2: SecurityError: " in result.output
    assert not Path("dist").exists()


def test_a_document_that_breaks_its_contract_is_not_written(templates: Path) -> None:
    (templates / "nodes" / "hangup.xml.j2").write_text("{% macro hangup(n) %}<Stop/>{% endmacro %}", "utf-8")
    result = _build()
    assert result.exit_code == 3
    assert "error[FC902] the contract of echo refuses the generated document: " in result.output
    assert "<Stop/> in call" in result.output
    assert not Path("dist").exists()


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("target.yaml", "name: [", "cannot be read"),
        ("target.yaml", "name: echo", '"title" is a required property'),
        ("nodes/say.xml.j2", "{% macro say(n) %}", "TemplateSyntaxError"),
        ("contract.rng", "<element", "contract.rng"),
    ],
)
def test_a_broken_folder_is_told_without_a_traceback(templates: Path, file: str, text: str, complaint: str) -> None:
    (templates / file).write_text(text, "utf-8")
    result = _build()
    assert (result.exit_code, "Traceback" in result.output) in {(2, False), (3, False)}
    assert complaint in result.output
    assert not Path("dist").exists()


@pytest.mark.parametrize("command", ["test", "explore", "graph --coverage", "simulate"])
@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        (None, "mine/targets/echo has no carrier.yaml, so calls of this target cannot be simulated"),
        ("[", "mine/targets/echo/carrier.yaml cannot be read: line 1: "),
        ("root: 5", "mine/targets/echo/carrier.yaml: "),
    ],
)
def test_what_cannot_be_simulated_is_told(templates: Path, command: str, rules: str | None, complaint: str) -> None:
    if rules is not None:
        (templates / "carrier.yaml").write_text(rules, "utf-8")
    Path("made-up.test.yaml").write_text(
        "flow: made-up.flow.yaml\ntests: {one: {play: [silence], expect: {ends: hangup}}}\n", "utf-8"
    )
    arguments = [*command.split(), "made-up.flow.yaml", "--templates", "mine"]
    result = CliRunner().invoke(commands, arguments, catch_exceptions=False, prog_name="flowc")
    assert (result.exit_code, result.output[: len(complaint) + 7]) == (2, f"Error: {complaint}")
    assert result.output.count("\n") == 1


def test_a_field_that_a_table_forgot_is_not_dropped(templates: Path) -> None:
    flow = FLOW.replace("digits: 1\n", "digits: 1\n        digit_timeout: 3s\n")
    Path("made-up.flow.yaml").write_text(flow, "utf-8")
    result = _build()
    assert result.exit_code == 1
    assert result.output == (
        "made-up.flow.yaml:12:24: error[FC401] echo has no digit_timeout on a gather: its table has no row for it\n"
        " 12 |         digit_timeout: 3s\n"
        "    |                        ^^\n"
        "  help: Leave it out, or add a row to the target's table.\n"
    )


def test_strategies_in_code_are_those_of_the_schema() -> None:
    axes = read_schema("target")["properties"]["strategies"]["properties"]
    assert set(CONFIRM) == set(axes["confirm"]["anyOf"][0]["enum"])


# What the tables say, against the contracts and the carriers' own tables

#: The targets that have a carrier's table of their own.
TABLED = {name: profile for name, profile in PROFILES.items() if (TESTS / "reference" / f"{name}.json").is_file()}
#: Kinds that are no element: the fragment of a URL, XML that stands as the author wrote it, and what is JSON.
NO_ELEMENT = {"retry", "raw", *REQUESTS}
#: Values that a carrier documents and no flow can write.
NEVER_WRITTEN = {
    ("plivo", "GetInput", "finishOnKey", ""): "the same as none, which is written",
    ("plivo", "GetDigits", "finishOnKey", ""): "the same as none, which is written",
    **{
        (target, "Conference", "beep", word): "one attribute for two sounds; only the one on entering has a word"
        for target in ("twiml", "texml", "cxml")
        for word in ("true", "onExit")
    },
}


class Row(NamedTuple):
    """A kind of node: the element it becomes, and how it is spelled."""

    target: str
    kind: str
    element: str
    spelled: NodeRow

    @property
    def known(self) -> Element:
        """What the carrier says of the element."""
        return reference(self.target)[self.element]

    def attributes(self) -> Iterator[tuple[str, Spelling]]:
        """The fields that are attributes."""
        for spelling in self.spelled.fields.values():
            if isinstance(spelling, Spelling) and spelling.attribute:
                yield spelling.attribute, spelling

    def keys(self) -> Iterator[tuple[str, Fragment]]:
        """The keys of the block that are attributes, with what they take."""
        is_option = PROFILES[self.target].is_option
        return ((name, key.schema) for name, key in self.spelled.block.items() if not is_option(self.kind, name))


def _rows() -> list[Row]:
    rows = []
    for profile in TABLED.values():
        for kind, spelled in profile.nodes.items():
            if isinstance(spelled, NodeRow) and kind not in NO_ELEMENT:
                paths = [folder.path / "nodes" / f"{kind}.xml.j2" for folder in TARGETS.layers(profile.name)]
                template = next(path for path in paths if path.is_file()).read_text("utf-8")
                found = re.search(r"<([A-Za-z]+)", template)
                assert found
                rows.append(Row(profile.name, kind, found[1], spelled))
    return rows


ROWS = _rows()
every_row = pytest.mark.parametrize("row", ROWS, ids=[f"{row.target}-{row.kind}" for row in ROWS])


def test_every_documented_element_is_some_kind() -> None:
    """Of Plivo all but the tags of SSML, which stand in texts, and Response, which stands around."""
    elements = {row.element for row in ROWS if row.target == "plivo"} | {"Response"}
    assert elements | reference("plivo")["Speak"].children == set(reference("plivo"))


@every_row
def test_what_a_table_writes_the_contract_and_the_reference_know(row: Row) -> None:
    written = {name for name, _ in row.keys()}
    for name, spelling in row.attributes():
        written |= {name} if spelling.method is None else {name, spelling.method}
    assert written <= contract_attributes(contract_path(row.target))[row.element]
    assert written <= set(row.known.attributes)


@every_row
def test_a_text_is_written_where_the_carrier_has_one(row: Row) -> None:
    texts = [
        one
        for one in row.spelled.fields.values()
        if isinstance(one, Spelling) and not one.attribute and not one.element
    ]
    content = [one for one in texts if not (one.items and one.items.lead) and one.overrides is None]
    assert bool(content) <= row.known.text_allowed
    assert bool(content) >= row.known.text_required


@every_row
def test_a_variant_is_named_by_its_element(row: Row) -> None:
    """The value of a block that makes an element another one is the name of the element it becomes."""
    elements = PROFILES[row.target].elements(row.kind)
    if elements:
        named = {word: elements.get(word, row.kind) for word in row.spelled.block[ELEMENT].schema["enum"]}
        assert set(elements) <= set(named)
        assert {word: one.element for one in ROWS for word, kind in named.items() if one[:2] == (row.target, kind)} == {
            word: word for word in named
        }


def _values() -> Iterator[Any]:
    for row in ROWS:
        for name, spelling in row.attributes():
            words = [
                *(spelling.values or {}).values(),
                *(spelling.items.values or {} if spelling.items else {}).values(),
            ]
            words += (
                []
                if spelling.default is None
                else spelling.default.split(spelling.items.join if spelling.items else None)
            )
            yield pytest.param(row, name, spelling.schema or {}, words, id=f"{row.target}-{row.kind}-{name}")
        for name, schema in row.keys():
            yield pytest.param(row, name, schema, [], id=f"{row.target}-{row.kind}-{name}-block")


@pytest.mark.parametrize(("row", "name", "schema", "words"), list(_values()))
def test_values_and_ranges_are_those_of_contract_and_reference(
    row: Row, name: str, schema: Fragment, words: list[str]
) -> None:
    literal = read_grammar(contract_path(row.target)).attributes[row.element][name]
    known = row.known.attributes[name]
    ways = [schema, *schema.get("anyOf", ())]
    written = {*words, *(word for way in ways for word in way.get("enum", ()))}
    for allowed in (literal, set(known.values)):
        if allowed and written:
            # Where a carrier takes several words at once, the table may list them one by one.
            known_words = allowed | set("0123456789*#")
            assert {word for word in written - known_words if not set(word.split()) <= known_words} == set()
    assert not any(way.get("type") == "boolean" for way in ways) or known.kind in ("boolean", "other")
    for way in ways:
        if way.get("type") == "integer":
            assert known.kind in ("integer", "other") or known.maximum is not None
            assert known.minimum is None or way["minimum"] >= known.minimum
            assert known.maximum is None or way["maximum"] <= known.maximum
        if known.longest is not None and way.get("type") == "string":
            assert way["maxLength"] == known.longest


@every_row
def test_every_documented_value_can_be_written(row: Row) -> None:
    for name, known in row.known.attributes.items():
        takers = [spelling for one, spelling in row.attributes() if one == name]
        own = [schema for one, schema in row.keys() if one == name]
        if not takers and not own:
            continue
        for value in known.values:
            if value.startswith("absolute ") or (row.target, row.element, name, value) in NEVER_WRITTEN:
                continue
            plain = {"true": True, "false": False}.get(value, filled_in(value))
            by_field = any(_writes(spelling, plain) for spelling in takers)
            assert by_field or any(Validator(schema).takes(plain) for schema in own), (name, value)


def _writes(spelling: Spelling, value: object) -> bool:
    if spelling.method is not None and value in ("GET", "POST"):
        return True
    if spelling.values is not None:
        return str(value).lower() in {word.lower() for word in spelling.values.values()}
    if spelling.unit is not None and isinstance(value, str) and not value.isdigit():
        return False
    return spelling.schema is None or Validator(spelling.schema).takes(value)


@every_row
def test_units_are_the_carrier_s(row: Row) -> None:
    for name, spelling in row.attributes():
        if spelling.unit is not None and row.known.attributes[name].unit is not None:
            assert spelling.unit == row.known.attributes[name].unit


@every_row
def test_a_method_is_written_wherever_there_is_an_attribute_for_it(row: Row) -> None:
    methods = {name for name, known in row.known.attributes.items() if known.kind == "method"}
    written = {spelling.method for spelling in row.spelled.fields.values() if isinstance(spelling, Spelling)} - {None}
    own = {name for name, _ in row.keys()}
    asked = {name for name, _ in row.attributes()} | own
    # The method of a URL that no field of ours is has nothing to stand beside.
    idle = {name for name in methods if _url_of(name, row.known) not in asked}
    assert written | own >= methods - idle - ({"method"} if row.known.text_allowed and not written else set())
    for name, spelling in row.attributes():
        assert spelling.method is None or spelling.fetched_by is None, name


@every_row
def test_what_has_no_method_attribute_is_fetched_by_post(row: Row) -> None:
    for name, spelling in row.attributes():
        kind = row.known.attributes[name].url_kind
        if kind is not None:
            fetched = kind == "xml_source" and spelling.method is None
            assert spelling.fetched_by == ("POST" if fetched else None), name


@pytest.mark.parametrize("profile", TABLED.values(), ids=list(TABLED))
def test_raw_is_any_xml_and_nothing_else(profile: Profile) -> None:
    raw = profile.nodes["raw"]
    assert isinstance(raw, NodeRow)
    (xml,) = raw.fields.values()
    assert isinstance(xml, Spelling)
    assert (xml.attribute, xml.markup) == (None, MarkupRules((), None))


def _url_of(method: str, known: Element) -> str | None:
    """The attribute with the URL that a method is for."""
    if method == "method":
        return next((name for name in ("action", "url") if name in known.attributes), None)
    stem = method.removesuffix("Method")
    return next((name for name in (stem, f"{stem}Url") if name in known.attributes), None)


# Asking again


def _asked_again() -> dict[str, set[str]]:
    again: dict[str, set[str]] = {}
    for row in ROWS:
        for spelling in row.spelled.fields.values():
            if row.target == "plivo" and isinstance(spelling, Spelling) and spelling.retry:
                again.setdefault(row.element, set()).add(spelling.attribute or "the URL")
    return again


def test_the_urls_that_take_retry_are_the_carrier_s() -> None:
    applies: dict[str, list[str]] = read_table("plivo")["callback_options"]["applies_to"]
    documented = {name: set(urls) for name, urls in applies.items() if name in reference("plivo")}
    assert _asked_again() == documented
    for element, urls in documented.items():
        by_attribute = {name for name, known in reference("plivo")[element].attributes.items() if known.retry}
        assert by_attribute == urls - {"the URL"}


def test_the_options_of_retry_are_the_carrier_s() -> None:
    kind = PROFILES["plivo"].nodes["retry"]
    assert isinstance(kind, NodeRow)
    options: dict[str, dict[str, Any]] = read_table("plivo")["callback_options"]["params"]
    fields = [spelling for spelling in kind.fields.values() if isinstance(spelling, Spelling)]
    assert [spelling.attribute for spelling in fields] == list(options)
    for spelling, option in zip(fields, options.values(), strict=True):
        schema = spelling.schema or {}
        assert spelling.unit == option.get("unit")
        if "range" in option:
            assert f"{schema['minimum']}..{schema['maximum']}" == option["range"]
        elif "form" in option:
            assert spelling.items and spelling.items.values
            assert list(spelling.items.values.values()) == option["allowed"]
            assert (spelling.items.join, option["form"]) == (",", "comma separated")
        else:
            assert schema["enum"] == option["allowed"]


def test_a_url_with_every_option_is_one_that_the_contract_takes() -> None:
    assert with_value("plivo", "Dial", "action", f"{URL}#ct=100&rt=40000&tt=1&rc=5&rp=4xx,5xx,ct,rt,all&er=nearest")


# Lists


def _lists() -> Iterator[Any]:
    for row in ROWS:
        for name, spelling in row.attributes():
            items = spelling.items
            ruled = name in rules().get(row.target, {}).get(row.element, {})
            judged_here = row.target in SMALLEST and (ruled or (items is not None and items.values))
            if items is not None and items.most != 1 and judged_here:
                yield pytest.param(row, name, items, id=f"{row.target}-{row.kind}-{name}")


@pytest.mark.parametrize(("row", "name", "items"), list(_lists()))
def test_lists_are_joined_as_the_contract_takes_them(row: Row, name: str, items: Items) -> None:
    """Two items, joined by the table's sign and by others; the items are good values of the attribute itself."""
    words = list(items.values.values())[:2] if items.values else []
    rule = rules().get(row.target, {}).get(row.element, {}).get(name)
    good = words or [value for value in (rule or {"good": []})["good"] if items.join not in value][:1] * 2
    assert len(good) == 2
    assert with_value(row.target, row.element, name, items.join.join(good))
    for other in {",", "<", ";", "&", "|"} - {items.join}:
        assert name == "hints" or not with_value(row.target, row.element, name, other.join(good)), other
    if items.pair in good[0]:
        one, two = f"a{items.pair}b", "a:b"
        assert with_value(row.target, row.element, name, one)
        assert not with_value(row.target, row.element, name, two)
    if rule is not None and items.schema is not None:
        check = Validator(items.schema)
        assert all(check.takes(item) for value in rule["good"] for item in value.split(items.join))
        assert not any(all(map(check.takes, value.split(items.join))) for value in rule["bad"])


# Tags in texts


def _markup() -> MarkupRules:
    say = PROFILES["plivo"].nodes["say"]
    assert isinstance(say, NodeRow)
    ssml = say.fields["ssml"]
    assert isinstance(ssml, Spelling)
    assert ssml.markup
    return ssml.markup


TAGS = _markup().tags or {}
every_tag = pytest.mark.parametrize(("name", "tag"), TAGS.items(), ids=list(TAGS))


def test_the_tags_are_the_carrier_s() -> None:
    assert set(TAGS) == reference("plivo")["Speak"].children == contract_children(contract_path("plivo"))["Speak"]
    assert set(_markup().allowed_children) == set(TAGS)


@every_tag
def test_a_tag_holds_what_the_contract_and_the_reference_let_it(name: str, tag: TagRules) -> None:
    known = reference("plivo")[name]
    assert set(tag.allowed_children) == known.children == contract_children(contract_path("plivo"))[name]
    assert bool(tag.text) == known.text_allowed
    assert (tag.text == "required") == known.text_required


@every_tag
def test_a_tag_has_the_carrier_s_attributes(name: str, tag: TagRules) -> None:
    known = reference("plivo")[name].attributes
    assert set(tag.attributes) == set(known)
    assert set(tag.needs) == {key for key, value in known.items() if value.required}
    for key, fragment in tag.attributes.items():
        check = Validator(fragment)
        values = [filled_in(value) for value in known[key].values]
        good = [*values, *rules()["plivo"].get(name, {}).get(key, {}).get("good", ())]
        bad = rules()["plivo"].get(name, {}).get(key, {}).get("bad", ["bogus", "", f"{values[0]} "] if values else [])
        assert good
        assert bad
        assert [value for value in good if not check.takes(value)] == [], key
        assert [value for value in bad if check.takes(value)] == [], key


@every_tag
def test_what_a_tag_needs_the_contract_demands(name: str, tag: TagRules) -> None:
    document, element = sample("plivo", name)
    assert judged("plivo", document)
    element.attrib.clear()
    assert judged("plivo", document) is not bool(tag.needs or tag.one_of)
    for key in tag.one_of:
        assert with_value("plivo", name, key, filled_in(reference("plivo")[name].attributes[key].values[-1])), key


# What does not go together

#: What a constraint of the table names: the attributes on whose values it depends.
DEPENDS = {
    "only when recordSession and startOnDialAnswer are false": ("recordSession", "startOnDialAnswer"),
    "only used when silence=true": ("silence",),
    "only used when silence and minSilence are not in use": ("silence",),
    "inputType dtmf or 'dtmf speech'": ("inputType",),
    "with bidirectional=true only inbound": ("bidirectional",),
    "docs2025: applies only when bidirectional=true": ("bidirectional",),
    "only with noiseCancellation=true": ("noiseCancellation",),
    "supervisors only": ("role",),
    "reported to callbackUrl, so useless without it (inferred)": ("callbackUrl",),
    "reported to callbackUrl (inferred)": ("callbackUrl",),
}


def _constraints() -> Iterator[Any]:
    for row in ROWS:
        for name, _ in row.attributes():
            for constraint in row.known.attributes[name].constraints:
                for other in DEPENDS.get(constraint, ()):
                    yield pytest.param(row, name, other, id=f"{row.target}-{row.kind}-{name}-{other}")


@pytest.mark.parametrize(("row", "name", "other"), list(_constraints()))
def test_what_depends_on_another_is_refused_without_it(row: Row, name: str, other: str) -> None:
    field, on = (_field(row, one) for one in (name, other))
    assert any(conflict.when.keys() >= {field, on} for conflict in row.spelled.conflicts)


def _field(row: Row, attribute: str) -> str:
    return next(
        field
        for field, spelling in row.spelled.fields.items()
        if isinstance(spelling, Spelling) and spelling.attribute == attribute
    )


@every_row
def test_conflicts_name_fields_that_there_are(row: Row) -> None:
    """Of the target: a conflict that several kinds share may name one that some of them have not."""
    rows = [one.spelled for one in ROWS if one.target == row.target]
    fields = {field for spelled in rows for field in (*spelled.fields, *spelled.block)}
    for conflict in row.spelled.conflicts:
        assert conflict.when.keys() <= fields
        assert "{field}" not in conflict.reason + conflict.help
        assert conflict.help.endswith(".")
