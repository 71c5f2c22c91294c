"""What an author types is what the carrier reads: any text XML can carry, in any style of YAML, on every target."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from flowc.cli import commands
from flowc.diagnostics.codes import Severity
from flowc.project.options import Options
from tests.conftest import TIMES
from tests.samples.built_flows import built, compiled

quick = settings(derandomize=True, deadline=None, max_examples=12 * TIMES)

# Texts

SNIPPETS = (
    *("{{ 7*7 }}", "{% raw %}", "{% endraw %}", "{# x #}", "{{", "}}", "&", "&amp;", "&#10;", "&nope;", "<"),
    *("</Speak>", "\t", "]]>", "<![CDATA[", "<!--", "-->", "<?x?>", '"', "'", "''", "\\", "\\n", "\\x41", "\n", "\r"),
    *("\r\n", "\n\n", " ", "  ", "\x85", "\u2028", "\u2029", "\ufeff", "\u200b", "\u200e", "\u202e", "\x7f", "\x9f"),
    *("\xa0", "\xad", "é", "e\u0301", "日本", "مرحبا", "שלום", "👩\u200d👩\u200d👧", "🇨🇭", "\U0001d11e", "\U0010ffff"),
    *("\U0001fffe", "\ufffd", "\ue000", "${y}", "${", "$${", "$", "%s", "%(x)s", "{0}", "- a", "a: b", " #c", "# c"),
    *("* a", "&a", "!t", "|", ">", "@", "`", "---", "...", "yes", "null", "~", "0123", "1e3", "12:30", "<<", "? a"),
    *("[a]", "{a: b}", ",", "__import__('os')"),
)
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda char: char >= " " or char in "\t\n\r"
)
#: Any text XML 1.0 can carry. One without any sign is no text to speak.
texts = (
    st.lists(st.one_of(st.sampled_from(SNIPPETS), characters, st.text(characters, max_size=8)), min_size=1, max_size=8)
    .map("".join)
    .filter(lambda text: text.strip(" \t\r\n") != "")
)


def typed(text: str) -> str:
    """The text as an author types it: the sign that begins a variable is doubled."""
    return text.replace("${", "$${")


# Styles of YAML


def double_quoted(text: str) -> str:
    """Every sign that is not plain ASCII as an escape."""
    return (
        '"' + "".join(char if char.isascii() and char.isprintable() else _escape(char) for char in _quoted(text)) + '"'
    )


def double_quoted_raw(text: str) -> str:
    """As little escaped as may be."""
    return (
        '"' + "".join(_escape(char) if _unprintable(char) or char in "\r\n" else char for char in _quoted(text)) + '"'
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08x}"


def _unprintable(char: str) -> bool:
    """What YAML does not take as it is."""
    return (
        (char < " " and char not in "\t\n\r")
        or "\x7f" <= char <= "\x84"
        or "\x86" <= char <= "\x9f"
        or char == "\ufeff"
    )


def single_quoted(text: str) -> str | None:
    if any(_unprintable(char) or char in "\r\n" for char in text):
        return None
    return "'" + text.replace("'", "''") + "'"


def literal(text: str) -> str | None:
    """A block; its indentation is told, so a line may begin with a space."""
    if any(_unprintable(char) or char == "\r" for char in text):
        return None
    body = text.removesuffix("\n")
    lines = "".join(f"{' ' * 8}{line}\n" if line else "\n" for line in body.split("\n"))
    return f"|2{'+' if body != text else '-'}\n{lines}".removesuffix("\n")


def plain(text: str) -> str | None:
    """No style at all, for text that YAML takes for nothing else."""
    if re.fullmatch(r"[^\W\d_]([\w .?!%()/;+=\"'&<>{}$*@|~^-]*[\w.?!&>])?", text, re.ASCII) is None:
        return None
    return None if text in ("null", "true", "false") else text


STYLES: Mapping[str, Callable[[str], str | None]] = {
    "double quoted": double_quoted,
    "double quoted, raw": double_quoted_raw,
    "single quoted": single_quoted,
    "literal": literal,
    "plain": plain,
}
plain_texts = st.from_regex(r"[A-Za-z]([A-Za-z0-9 .?!%()/;+=\"'&<>{}$*@|~^-]{0,30}[A-Za-z.?!&>])?", fullmatch=True)


# What comes out

HEAD = """\
flowc: 1
name: text
targets: [{targets}]
base_url: https://calls.example.com
entry: start
{more}steps:
  start:
"""


def documents(flow: str, target: str = "plivo, rcml", more: str = "", **options: str) -> dict[str, bytes]:
    """The documents of a flow by their paths: `flow` holds the actions of its one step, each begun by 4 spaces."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text.flow.yaml")
        path.write_bytes((HEAD.format(targets=target, more=more) + flow + "    - hangup\n").encode("utf-8"))
        files = built(path, Options(given=options)).files
    return {name: data for name, data in files.items() if name.endswith(".xml")}


def read(data: bytes, name: str, key: str | None = None) -> list[str]:
    """The texts (or one attribute) of the elements of that name, on whose reading two parsers agree."""
    strict = etree.XMLParser(resolve_entities=False, no_network=True)
    found = [one.text if key is None else one.get(key) for one in etree.fromstring(data, strict).iter(name)]
    again = [one.text if key is None else one.get(key) for one in ElementTree.fromstring(data).iter(name)]
    assert found == again
    return found


SAY = {"plivo": "Speak", "rcml": "Say"}


def spoken(files: Mapping[str, bytes], target: str, step: str = "start") -> list[str]:
    return read(files[f"{target}/text/{step}.xml"], SAY[target])


@quick
@given(texts, st.sampled_from([style for style in STYLES if style != "plain"]))
@example(" \n a\n  \n", "literal")
@example("\n\na\n\n\n", "literal")
@example("a\n  ", "literal")
@example("a\u2028b\x85c", "single quoted")
def test_say(text: str, style: str) -> None:
    scalar = STYLES[style](typed(text))
    assume(scalar is not None)
    files = documents(f"    - say: {scalar}\n")
    assert spoken(files, "plivo") == spoken(files, "rcml") == [text]


@quick
@given(plain_texts)
def test_say_plain(text: str) -> None:
    scalar = plain(typed(text))
    assume(scalar is not None)
    files = documents(f"    - say: {scalar}\n")
    assert spoken(files, "plivo") == spoken(files, "rcml") == [text]


@pytest.mark.parametrize("style", STYLES)
def test_styles_are_used(style: str) -> None:
    scalar = STYLES[style]("Sorry & <again>")
    assert scalar is not None
    files = documents(f"    - say: {scalar}\n")
    assert spoken(files, "plivo") == spoken(files, "rcml") == ["Sorry & <again>"]


@pytest.mark.parametrize("text", SNIPPETS)
def test_snippets(text: str) -> None:
    text = f"a{text}b"
    files = documents(f"    - say: {double_quoted(typed(text))}\n")
    assert spoken(files, "plivo") == spoken(files, "rcml") == [text]


@quick
@given(texts, texts)
def test_prompts(asked: str, again: str) -> None:
    actions = (
        "    - gather:\n"
        "        digits: 1\n"
        "        tries: 2\n"
        f"        prompt: [{{say: {double_quoted(typed(asked))}}}]\n"
        f"        retry: {{no-input: [{{say: {double_quoted(typed(again))}}}]}}\n"
        '        then: {"1": end, else: end}\n'
    )
    files = documents(actions)
    for target in SAY:
        assert spoken(files, target) == [asked, again, asked]


@quick
@given(texts.map(lambda text: text[:50]).filter(lambda text: text.strip(" \t\r\n") != ""))
@example("\n\t\r \"'&<>")
@example("\U0010ffff" * 50)
def test_attribute(text: str) -> None:
    scalar = double_quoted(typed(text))
    files = documents(f'    - dial: {{to: "+12025550143", caller_name: {scalar}, then: end}}\n', "plivo")
    assert read(files["plivo/text/start.xml"], "Dial", "callerName") == [text]


url_tails = st.lists(
    st.one_of(
        st.sampled_from(["&", "%20", "%2A", "?", "=", "&amp;", "%", "[", "]", "'", "//", "..", "#", "$"]),
        st.text("!#$%&'()*+,-./0123456789:;=?@ABCXYZ[]_abcxyz~", max_size=6),
    ),
    max_size=8,
).map(lambda parts: re.sub("%(?![0-9A-Fa-f]{2})", "%25", "".join(parts)))


@quick
@given(url_tails)
@example("a&b=%26&amp;c=%3C%5D%5D%3E#x?'")
def test_urls(tail: str) -> None:
    url = f"https://media.example.com/{tail}"
    other = f"http://crm.example.com/?{tail}"
    actions = (
        f"    - play: {double_quoted(typed(url))}\n"
        f"    - record: {{action: {double_quoted(typed(other))}}}\n"
        f"    - redirect: {double_quoted(typed(other))}\n"
    )
    files = documents(actions)
    for target in SAY:
        data = files[f"{target}/text/start.xml"]
        assert read(data, "Play") == [url]
        assert read(data, "Record", "action") == [other]
        assert read(data, "Redirect") == [other]


# Variables


@quick
@given(texts)
def test_a_value_is_text_and_nothing_else(value: str) -> None:
    actions = '    - say: "${x}"\n    - say: "<${x}>${x}"\n    - say: "$${x} ${y}"\n'
    more = 'vars: {x: {type: text}, y: {type: text, default: "$${x}${y}"}}\n'
    files = documents(actions, more=more, x=value)
    for target in SAY:
        assert spoken(files, target) == [value, f"<{value}>{value}", "${x} $${x}${y}"]


@quick
@given(texts)
def test_a_value_from_a_file_is_text_and_nothing_else(value: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("env").mkdir()
        folder.joinpath("env", "prod.yaml").write_text(f"x: {double_quoted(value)}\n", "utf-8")
        folder.joinpath("flowc.yaml").write_text(f"vars: {{x: dev, z: {double_quoted(value)}}}\n", "utf-8")
        head = HEAD.format(targets="plivo, rcml", more=f"vars: {{w: {double_quoted(value)}}}\n")
        actions = '    - say: "${x}"\n    - say: "${z}"\n    - say: "${w}"\n    - say: "a ${x} b"\n    - hangup\n'
        folder.joinpath("text.flow.yaml").write_text(head + actions, "utf-8")
        files = built(folder / "text.flow.yaml", Options(environment="prod")).files
        usual = built(folder / "text.flow.yaml").files
    for target in SAY:
        assert spoken(files, target) == [value, value, value, f"a {value} b"]
        assert spoken(usual, target) == ["dev", value, value, "a dev b"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("$${x}", "${x}"),
        ("$$${x}", "$${x}"),
        ("$$$${x}", "$$${x}"),
        ("$${", "${"),
        ("$${$${", "${${"),
        ("$x $ {x} $$", "$x $ {x} $$"),
        ("a${x}b", "a1b"),
        ("${x}${x}", "11"),
        ("${x}$${x}${x}", "1${x}1"),
        ("${x}}", "1}"),
        ("\\x24{x}", "1"),
        ("$\\x7bx}", "1"),
        ("\\x24\\x24{x}", "${x}"),
        ("$\\\n      {x}", "1"),
    ],
)
def test_signs_of_variables(written: str, said: str) -> None:
    files = documents(f'    - say: "{written}"\n', more='vars: {x: "1"}\n')
    assert spoken(files, "plivo") == spoken(files, "rcml") == [said]


@pytest.mark.parametrize(
    "value",
    [
        "- a\n- b",
        "{a: b}",
        "hangup",
        "${y}",
        "$${y}",
        "{{ 7*7 }}",
        '"/><Hangup/>',
        "</Speak><Dial><Number>12025550143</Number></Dial><Speak>",
        "x=y=z",
        "007",
        "yes",
        "null",
        "1e3",
        "\u2028é",
    ],
)
def test_a_value_from_the_command_line(value: str, tmp_path: Path) -> None:
    flow = tmp_path / "text.flow.yaml"
    more = "vars: {x: {type: text}, y: secret}\n"
    flow.write_text(
        HEAD.format(targets="plivo, rcml", more=more) + '    - say: "${x}"\n    - say: "${y}"\n    - hangup\n', "utf-8"
    )
    arguments = ["build", str(flow), "--quiet", "-o", str(tmp_path / "dist"), "--var", f"x={value}"]
    arguments += ["--ignore", "FC319", "--ignore", "FC354"]  # tags, and braces of other tools, are doubted
    result = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert (result.exit_code, result.output) == (0, "")
    files = {f"{target}/text/start.xml": (tmp_path / f"dist/{target}/text/start.xml").read_bytes() for target in SAY}
    assert spoken(files, "plivo") == spoken(files, "rcml") == [value, "secret"]


# What no document can carry


@pytest.mark.parametrize("char", ["\0", "\x07", "\x1b", "\ufffe", "\uffff", "\ud800", "\udcff"])
def test_what_xml_cannot_carry_is_refused(char: str, tmp_path: Path) -> None:
    flow = tmp_path / "text.flow.yaml"
    head = HEAD.format(targets="plivo, rcml", more="vars: {x: {type: text}}\n")
    flow.write_text(head + '    - say: "a${x}"\n    - hangup\n', "utf-8")
    found = compiled(flow, Options(given={"x": f"a{char}"})).diagnostics
    assert [(one.code, one.span and one.span.line) for one in found] == [("FC122", 6)]
    flow.write_text(head + f"    - say: {json.dumps('a' + char)}\n    - hangup\n", "utf-8")
    found = compiled(flow, Options(given={"x": "a"})).diagnostics
    assert [(one.code, one.span and one.span.line) for one in found if one.severity is Severity.ERROR] in (
        [("FC109", 9)],
        [("FC103", 9)],
    )


@pytest.mark.parametrize("blank", [" ", "\t", "\n", " \r\n "])
def test_blank_text_is_refused(blank: str, tmp_path: Path) -> None:
    flow = tmp_path / "text.flow.yaml"
    flow.write_text(HEAD.format(targets="plivo, rcml", more="") + f"    - say: {double_quoted(blank)}\n    - hangup\n")
    found = compiled(flow).diagnostics
    assert [one.code[:3] for one in found] == ["FC2"]
