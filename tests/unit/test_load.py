"""The loader: what a file means, what is wrong with it, and where everything in it stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import MAX_BYTES, NodeRef, SourceFile, Span, TextRange
from flowc.syntax import Data, Map, Seq, event_reader, load, locate, locate_all
from flowc.syntax.nodes import resolve_plain

DEPTH = 64
QUOTE = 'Put the whole text in double quotes: "…".'
OR_QUOTE = QUOTE[0].lower() + QUOTE[1:]


def source(text: str | bytes) -> SourceFile:
    return SourceFile("a.flow.yaml", text if isinstance(text, bytes) else text.encode("utf-8"))


def shown(findings: list[Finding]) -> list[tuple[Any, ...]]:
    """Findings as (code, span, message)."""
    return [(found.code, tuple(span(found.at) or ()), found.message) for found in findings]


def span(at: NodeRef | TextRange) -> Span | None:
    return locate(at).span if isinstance(at, NodeRef) else at.span


def clean(text: str | bytes) -> Data:
    data, findings = load(source(text))
    assert shown(findings) == []
    return data


def cut(file: SourceFile, where: Span) -> str:
    """The text of a span, line by line."""
    lines = list(file.lines[where.line - 1 : where.end_line])
    lines[-1] = lines[-1][: where.end_column - 1]
    lines[0] = lines[0][where.column - 1 :]
    return "\n".join(lines)


def containers(data: Data) -> Iterator[Map | Seq]:
    if isinstance(data, Map | Seq):
        yield data
        for value in data.values() if isinstance(data, Map) else data:
            yield from containers(value)


# What a scalar means


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("false", False),
        ("0", 0), ("7", 7), ("-7", -7), ("999999999999999999", 999999999999999999),
        ("1.5", 1.5), ("-0.25", -0.25), ("0.1", 0.1), ("12.0", 12.0),
        ("9" * 19, "9" * 19), ("9" * 5000, "9" * 5000), ("1" * 5000 + ".5", "1" * 5000 + ".5"),
        ("-0", "-0"), ("0123", "0123"), ("+12025550123", "+12025550123"), ("1_000", "1_000"), ("12:30", "12:30"),
        ("0x1f", "0x1f"), ("0o7", "0o7"), ("1e3", "1e3"), ("1.", "1."), (".5", ".5"), ("1.50", "1.50"),
        ("01.5", "01.5"), ("0.00001", "0.00001"), (".inf", ".inf"), (".nan", ".nan"), ("2024-01-31", "2024-01-31"),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("True", "True"), ("TRUE", "TRUE"),
        ("NULL", "NULL"), ("Null", "Null"), ("-", "-"), ("--5", "--5"), ("٣", "٣"), ("1٣", "1٣"), ("=", "="),
    ],
)  # fmt: skip
def test_plain_scalar(text: str, value: Data) -> None:
    assert (resolve_plain(text), type(resolve_plain(text))) == (value, type(value))


@pytest.mark.parametrize("text", ["true", "null", "7", "1.5", "", "~"])
def test_quoted_is_text(text: str) -> None:
    block = "" if not text else f"{text}\n"
    assert clean(f"a: '{text}'\nb: \"{text}\"\nc: |\n  {text}\nd: >\n  {text}\n") == {
        "a": text, "b": text, "c": block, "d": block,
    }  # fmt: skip


def test_keys_are_text_as_written() -> None:
    text = "1: a\ntrue: b\nnull: c\n0123: d\n~: e\n1.50: f\n'': g\nno: h\nwho: &k yes\n*k : i\n"
    assert clean(text) == {
        "1": "a", "true": "b", "null": "c", "0123": "d", "~": "e", "1.50": "f", "": "g", "no": "h", "who": "yes",
        "yes": "i",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("%YAML 1.2\n---\na: 1\n", {"a": 1}),
        ("\ufeffa: 1", {"a": 1}),
        ("a: 1\r\nb:\r\n  - x\r\n", {"a": 1, "b": ["x"]}),
        ("a: 1\rb: 2\r", {"a": 1, "b": 2}),
        ("--- \na: 1\n...\n", {"a": 1}),
        ("a: one\u2028two\u2029three\x85four\n", {"a": "one\u2028two\u2029three\x85four"}),
        ('a: "\\N\\L\\P\\u00e9\\U0001f600"\n', {"a": "\x85\u2028\u2029é😀"}),
        ("a: 😀\n", {"a": "😀"}),
        ("null", None),
        ("- {a, b: }\n- [c: d]\n", [{"a": None, "b": None}, [{"c": "d"}]]),
        ('a: "{{ 7*7 }} ]]> &amp;"\n', {"a": "{{ 7*7 }} ]]> &amp;"}),
    ],
)
def test_documents(text: str, data: Data) -> None:
    assert clean(text) == data


def test_strange_line_separators_move_no_line() -> None:
    file = source("# \u2028 \U0010ffff \u2029\na: x\u2028y\nb: [\x85]\nc: {d: 1}\n")
    data, findings = load(file)
    assert (data, findings) == ({"a": "x\u2028y", "b": ["\x85"], "c": {"d": 1}}, [])
    assert isinstance(data, Map) and isinstance(data["c"], Map)
    assert (data["c"].line, locate(NodeRef(file, data["c"].node)).span) == (4, Span(4, 4, 4, 10))


# What is wrong with a file: (text, code, span, message, a part of the help)

FAULTS: list[tuple[str | bytes, str, tuple[int, ...], str, str]] = [
    (b"a: 1\nb: caf\xe9\n", "FC102", (2, 7, 2, 8), "the byte 0xE9 at line 2, column 7 is not UTF-8 text",
     "Save the file again with the encoding UTF-8."),
    (b"\xef\xbb\xbfa: \xff", "FC102", (1, 4, 1, 5), "the byte 0xFF at line 1, column 4 is not UTF-8 text",
     "Save the file again with the encoding UTF-8."),
    (b"\xff\xfea\x00", "FC102", (1, 1, 1, 2), "the byte 0xFF at line 1, column 1 is not UTF-8 text",
     "Save the file again with the encoding UTF-8."),
    ("a: @x", "FC103", (1, 4, 1, 5), 'text without quotes cannot begin with "@"', QUOTE),
    ("\ufeffa: `x", "FC103", (1, 4, 1, 5), 'text without quotes cannot begin with "`"', QUOTE),
    ("😀: %x\n", "FC103", (1, 4, 1, 5), 'text without quotes cannot begin with "%"', QUOTE),
    ("finish_on: *#", "FC103", (1, 12, 1, 13), 'text without quotes cannot begin with "*"', QUOTE),
    ("a: & b", "FC103", (1, 4, 1, 5), 'text without quotes cannot begin with "&"', QUOTE),
    ("a: ? b", "FC103", (1, 4, 1, 5), 'text without quotes cannot begin with "?"', QUOTE),
    ("say: Press 1: sales", "FC103", (1, 13, 1, 14), "text without quotes cannot contain a colon and a space",
     QUOTE),
    ("a: foo\n  b: c\n", "FC103", (2, 4, 2, 5), "this line is indented deeper than the line above it allows",
     "Align it with the keys that it belongs to; if it continues a text, " + OR_QUOTE),
    ("a: foo\nbar baz\nc: d\n", "FC103", (2, 1, 2, 8), "this line has no colon, so it is not a key",
     "Write it as `key: value`; if it continues the text of the line above, indent it deeper than that line."),
    ("a:\n  b: 1\n c: 2  \n", "FC103", (3, 2, 3, 6), "this line is not aligned with the lines above it",
     "Indent it exactly as the lines that it belongs to."),
    ("- a\nb: c\n", "FC103", (2, 1, 2, 2), "this line does not begin with a dash, so it is not an item of the list",
     "Begin the line with a dash and a space, or indent it exactly as the lines that it belongs to."),
    ("a: - b", "FC103", (1, 4, 1, 5), "a list cannot begin here",
     "Begin each item on a line of its own, with a dash and a space; if the dash belongs to a text, put the text in "
     "double quotes."),
    ("say: 'It's me'", "FC103", (1, 10, 1, 11), "text continues after the closing quote",
     "Write an apostrophe inside '…' twice ('It''s me'), or put the whole text in double quotes; write \\\" for a "
     'double quote inside "…".'),
    ("a: [b] c", "FC103", (1, 8, 1, 9), "this cannot follow the value before it on the same line",
     "Begin a new line, or " + OR_QUOTE),
    ("a: [1, 2\n\n", "FC103", (1, 4, 1, 5), "a bracket that opens here or later is never closed",
     "Write ] at the end of a list that begins with [, and } at the end of a mapping that begins with {."),
    ("[[[[", "FC103", (1, 4, 1, 5), "a bracket that opens here or later is never closed",
     "Write ] at the end of a list that begins with [, and } at the end of a mapping that begins with {."),
    ("a: [1\n  2: 3]", "FC103", (2, 4, 2, 5), "a comma or the closing ] is missing before this",
     "Put commas between the entries and ] after the last; put text with [ ] { } or , in double quotes."),
    ("a: {b: 1]", "FC103", (1, 9, 1, 10), "a comma or the closing } is missing before this",
     "Put commas between the entries and } after the last; put text with [ ] { } or , in double quotes."),
    ("a: {x: [}", "FC103", (1, 9, 1, 10), 'found "}" instead of a value',
     "Close inner brackets first; put text that begins with this character in double quotes."),
    ('a: "50\\% off"', "FC103", (1, 7, 1, 9), "\\% is not a valid escape in double quotes",
     "Write \\\\ for a backslash."),
    ('a: "\\x0"', "FC103", (1, 5, 1, 7), "the character code after \\x is incomplete",
     "Write two digits or letters a-f after \\x, four after \\u, eight after \\U; write \\\\ for a backslash."),
    ("a: |x\n", "FC103", (1, 4, 1, 5),
     'the "|" or ">" that begins a longer text must be followed by a line break',
     "Begin the text on the next line, or " + OR_QUOTE),
    ("%FOO\na: b", "FC103", (1, 1, 1, 2),
     'a line that begins with "%" is a YAML directive, which flowc does not accept',
     "Remove the line; if it is text, " + OR_QUOTE),
    ("a:\n\tb: c", "FC104", (2, 1, 2, 2), "the indentation of this line contains a tab",
     "Indent with spaces instead of tabs."),
    ("a: 1\r\n  \tb: 2", "FC104", (2, 3, 2, 4), "the indentation of this line contains a tab",
     "Indent with spaces instead of tabs."),
    ("a: |\n\tfoo", "FC104", (2, 1, 2, 2), "the indentation of this line contains a tab",
     "Indent with spaces instead of tabs."),
    ("-\ta: b\n", "FC104", (1, 2, 1, 3), "the indentation of this line contains a tab",
     "Indent with spaces instead of tabs."),
    ('a: 1\nb: "foo\nc: 2\n', "FC105", (2, 4, 2, 5), "this quote is never closed",
     'Add " after the last word of the text.'),
    ("a: 'foo\n---\n", "FC105", (1, 4, 1, 5), "this quote is never closed",
     "Add ' after the last word of the text."),
    ("then: 1\nb: 2\nthen: 3", "FC106", (3, 1, 3, 5), 'the key "then" is repeated in this mapping',
     "Remove one of them, or rename it."),
    ("a: &a {x: 1}\nb: {<<: *a, <<: *a}", "FC106", (2, 13, 2, 15), 'the key "<<" is repeated in this mapping',
     "Put several into one list: `<<: [*one, *two]`."),
    (f"{'k' * 50}: 1\n{'k' * 50}: 1", "FC106", (2, 1, 2, 51), f'the key "{"k" * 40}…" is repeated in this mapping',
     "Remove one of them, or rename it."),
    ("a: !!str 1", "FC107", (1, 4, 1, 9), '"!!str" is a YAML tag, which flowc does not accept',
     "Remove it; if it is part of the text, " + OR_QUOTE),
    ("a: [&x !y {}, 1]", "FC107", (1, 8, 1, 10), '"!y" is a YAML tag, which flowc does not accept',
     "Remove it; if it is part of the text, " + OR_QUOTE),
    ("a: !e!foo b", "FC107", (1, 4, 1, 10), '"!e!foo" is a YAML tag, which flowc does not accept',
     "Remove it; if it is part of the text, " + OR_QUOTE),
    ("!k a: b", "FC107", (1, 1, 1, 3), '"!k" is a YAML tag, which flowc does not accept',
     "Remove it; if it is part of the text, " + OR_QUOTE),
    ("a: !x !y z", "FC107", (1, 4, 1, 6), '"!x" is a YAML tag, which flowc does not accept',
     "Remove it; if it is part of the text, " + OR_QUOTE),
    ("a: 1\n---\nb: 2", "FC108", (2, 1, 2, 4), "a second document begins here",
     "Put the following lines into a separate file, and remove this line."),
    ("a: 1\n...\nb: 2  \n", "FC108", (3, 1, 3, 5), "a second document begins here",
     "Put the following lines into a separate file, and remove this line."),
    ("é: \x07", "FC109", (1, 4, 1, 5), "the invisible character U+0007 cannot be sent to a carrier",
     "Remove the character; if it came with copied text, type the text again."),
    ("a: 1\r\n# \x00", "FC109", (2, 3, 2, 4), "the invisible character U+0000 cannot be sent to a carrier",
     "Remove the character; if it came with copied text, type the text again."),
    ("\ufeff\ufeffa: 1", "FC109", (1, 1, 1, 2), "the invisible character U+FEFF cannot be sent to a carrier",
     "Remove the character; if it came with copied text, type the text again."),
    ('a: "x\\0\\x07"', "FC109", (1, 4, 1, 13), "the invisible character U+0000 cannot be sent to a carrier",
     "Remove the character; if it came with copied text, type the text again."),
    ('"\\uffff": 1', "FC109", (1, 1, 1, 9), "the invisible character U+FFFF cannot be sent to a carrier",
     "Remove the character; if it came with copied text, type the text again."),
    ('a: "\\ud83d\\ude00"', "FC109", (1, 5, 1, 11),
     "the code U+D83D is not a character that can be spoken or displayed",
     "Write the character itself, such as 😀, instead of its code."),
    ("- " * 65 + "x", "FC111", (1, 129, 1, 130), "lists and mappings are nested more than 64 levels deep here",
     "Divide the flow into steps that lead to one another."),
    ("[" * 20000, "FC111", (1, 65, 1, 66), "lists and mappings are nested more than 64 levels deep here",
     "Divide the flow into steps that lead to one another."),
    ("a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40, "FC111", (2, 44, 2, 46),
     "lists and mappings are nested more than 64 levels deep here",
     "Divide the flow into steps that lead to one another."),
    ("k" * 1025 + ": 1", "FC103", (1, 1, 1, 1026), "this key has more than 1,024 characters",
     "Shorten it; if it is text, " + OR_QUOTE),
    ("a: 1\n" + "k" * 1025 + ": 1", "FC103", (2, 1, 2, 1026), "this key has more than 1,024 characters",
     "Shorten it; if it is text, " + OR_QUOTE),
    ('"' + "k" * 1025 + '": 1', "FC103", (1, 1, 1, 1028), "this key has more than 1,024 characters", "Shorten it."),
    ("a: 1\n'" + "k" * 1025 + "' : 1", "FC103", (2, 1, 2, 1028), "this key has more than 1,024 characters",
     "Shorten it."),
    ('a: 1\n"b: ' + "k" * 1025 + '": 1', "FC103", (2, 1, 2, 1031), "this key has more than 1,024 characters",
     "Shorten it."),
    ('a:\n  - "b: ' + "k" * 1025 + '": 1', "FC103", (2, 5, 2, 1035), "this key has more than 1,024 characters",
     "Shorten it."),
    ('a: {b: 1, "{c: ' + "k" * 1025 + '": 1}', "FC103", (1, 11, 1, 1042), "this key has more than 1,024 characters",
     "Shorten it."),
    ('a: "' + "k" * 1025 + '": 1', "FC103", (1, 1031, 1, 1032), "text continues after the closing quote",
     "Write an apostrophe inside '…' twice ('It''s me'), or put the whole text in double quotes; "
     'write \\" for a double quote inside "…".'),
    ("a: " + "k" * 1025 + " b: 1", "FC103", (1, 1031, 1, 1032),
     "text without quotes cannot contain a colon and a space", 'Put the whole text in double quotes: "…".'),
    ("a: {b: 1, " + "k" * 1025 + ": 1}", "FC103", (1, 11, 1, 1036), "this key has more than 1,024 characters",
     "Shorten it; if it is text, " + OR_QUOTE),
    ("a: *x", "FC113", (1, 4, 1, 6), "there is no &x above this *x",
     'Write &x before its first use; text that begins with * needs quotes: "…".'),
    ("a: *x y", "FC113", (1, 4, 1, 6), "there is no &x above this *x",
     'Write &x before its first use; text that begins with * needs quotes: "…".'),
    ("a: &a [*a]", "FC113", (1, 8, 1, 10), "*a is inside of the part that &a marks",
     "A part cannot contain itself; use goto to repeat a step."),
    ("a: 1\nb: &b\n  <<: *b\n", "FC113", (3, 7, 3, 9), "*b is inside of the part that &b marks",
     "A part cannot contain itself; use goto to repeat a step."),
    ("a: &a 1\nb: &a {c: *a}", "FC113", (2, 11, 2, 13), "*a is inside of the part that &a marks",
     "A part cannot contain itself; use goto to repeat a step."),
    ("<<: 1", "FC114", (1, 5, 1, 6), "<< adds the entries of a mapping, but this is not a mapping",
     "Name a mapping that is marked with &name, such as `<<: *name`, or several: `<<: [*one, *two]`."),
    ("a: &a {x: 1}\nb: {<<: [*a, 3]}", "FC114", (2, 9, 2, 10),
     "<< adds the entries of a mapping, but this is not a mapping",
     "Name a mapping that is marked with &name, such as `<<: *name`, or several: `<<: [*one, *two]`."),
    ("", "FC115", (), "the file is empty", "Add content, or delete the file."),
    ("\ufeff# only\n\n", "FC115", (), "the file is empty", "Add content, or delete the file."),
    ("---\n", "FC115", (), "the file is empty", "Add content, or delete the file."),
    (": x", "FC116", (1, 1, 1, 2), "there is no key before this colon", "Write a key before it, or remove the colon."),
    ("a: {b: 1, : x}", "FC116", (1, 11, 1, 12), "there is no key before this colon",
     "Write a key before it, or remove the colon."),
    ("say: {{name}}", "FC116", (1, 7, 1, 8), "found a list or a mapping instead of a key",
     'Write the key as text; text that begins with { or [ needs quotes: "…".'),
    ("a: &a [1]\n*a : 2", "FC116", (2, 1, 2, 3), "found a list or a mapping instead of a key",
     'Write the key as text; text that begins with { or [ needs quotes: "…".'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "where", "message", "help"), FAULTS)
def test_fault(text: str | bytes, code: str, where: tuple[int, ...], message: str, help: str) -> None:
    _, findings = load(source(text))
    assert [(*row, found.help) for row, found in zip(shown(findings), findings, strict=True)] == [
        (code, where, message, help)
    ]


def test_every_code_of_the_loader_has_a_case() -> None:
    here = {fault[1] for fault in FAULTS} | {"FC110", "FC112"}
    assert here == {f"FC{number}" for number in range(102, 117)}


def test_both_ends_of_a_fault() -> None:
    cases = {
        "a: 1\nb: 2\n'a': 3": [("first here", Span(1, 1, 1, 2))],
        "x: &x {a: 1}\nb: {<<: *x, a: 2, a: 3}": [("first here", Span(2, 13, 2, 14))],
        "a: [1\n  2: 3]": [("the list opens here", Span(1, 4, 1, 5))],
        "a: {b: 1]": [("the mapping opens here", Span(1, 4, 1, 5))],
        "a: 1\na: 2\nb: @": [("first here", Span(1, 1, 1, 2))],
    }
    for text, expected in cases.items():
        _, findings = load(source(text))
        assert [(other.message, span(other.at)) for other in findings[0].related] == expected


def test_faults_that_leave_no_hole_keep_the_data() -> None:
    text = 'a: 1\na: 2\nb: !x {c: !!str 5}\nd: "\\x07"\n---\ne: 1\n'
    data, findings = load(source(text))
    assert data == {"a": 1, "b": {"c": 5}, "d": "\x07"}
    assert [(found.code, span(found.at)) for found in findings] == [
        ("FC106", Span(2, 1, 2, 2)),
        ("FC107", Span(3, 11, 3, 16)),
        ("FC107", Span(3, 4, 3, 6)),
        ("FC109", Span(4, 4, 4, 10)),
        ("FC108", Span(5, 1, 5, 4)),
    ]


def test_faults_that_leave_a_hole_end_the_data_not_the_reading() -> None:
    data, findings = load(source("a: *x\n? [k]\n: 1\n<<: [1]\nb: 1\nb: 2\n"))
    assert data is None
    assert [(found.code, span(found.at)) for found in findings] == [
        ("FC113", Span(1, 4, 1, 6)),
        ("FC116", Span(2, 3, 2, 4)),
        ("FC114", Span(4, 5, 4, 6)),
        ("FC106", Span(6, 1, 6, 2)),
    ]


def test_size() -> None:
    assert clean(b"a: 1\n#" + b"x" * (MAX_BYTES - 6)) == {"a": 1}
    _, findings = load(source(b"\xff" * (MAX_BYTES + 1)))
    message = "the file has 4,194,305 bytes; at most 4,194,304 (4 MiB) are read"
    assert [(*row, found.help) for row, found in zip(shown(findings), findings, strict=True)] == [
        ("FC110", (), message, "Divide it into several files.")
    ]


def test_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowc.syntax.loader_findings.MAX_VALUES", 5)
    assert clean("a: [1, 2, 3]") == {"a": [1, 2, 3]}
    _, findings = load(source("a: [1, 2, 3]\nb: !x 4\n"))
    assert shown(findings) == [("FC110", (), "the file contains more than 5 values, which is the limit")]


def test_depth_bound_is_64() -> None:
    assert len(list(containers(clean("- " * DEPTH + "x")))) == DEPTH


@pytest.mark.parametrize("parser", [event_reader._Loader, yaml.SafeLoader], ids=["libyaml", "pure"])
@pytest.mark.parametrize("depth", [DEPTH + 1, 1000, 1001, 3000])
@pytest.mark.parametrize(
    ("before", "unit", "behind", "where"),
    [("", "[", "", (1, 65)), ("", "{a: ", "", (1, 257)), ("", "{", "", (1, 65)), ("", "[{", "", (1, 65)),
     ("", "[a: ", "", (1, 129)), ("", "- ", "", (1, 129)), ("", "? ", "", (1, 129)), ("a: {b: ", "[", "", (1, 70)),
     ("a:\n- ", "[", "", (2, 65)), ("", "[", "]" * 3000, (1, 65)), ("", "[", '"', (1, 65)), ("", "[", "@", (1, 65)),
     ("", "[", '"\\x"', (1, 65))],
)  # fmt: skip
def test_our_bound_of_depth_comes_first(
    before: str, unit: str, behind: str, where: tuple[int, int], depth: int, parser: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The scanner reads ahead: at a bound of its own, and at later faults, it fails before the 65th event."""
    monkeypatch.setattr(event_reader, "_Loader", parser)
    _, findings = load(source(before + unit * depth + behind))
    assert [(code, tuple(at)[:2]) for code, at, _ in shown(findings)] == [("FC111", where)]


@pytest.mark.parametrize("depth", [DEPTH + 1, 3000])
def test_a_line_of_brackets_that_should_begin_with_a_key(depth: int) -> None:
    """Here the parser may come to its own bound (PyYAML 6.0.4), or miss the colon first."""
    _, findings = load(source("a: 1\n" + "[" * depth))
    assert [found.message for found in findings] in (
        ["this line has no colon, so it is not a key"],
        ["lists and mappings are nested more than 64 levels deep here"],
    )


# Aliases and merges


def test_alias_is_a_copy_with_places_of_its_own() -> None:
    file = source("a: &a\n  - 1\n  - {x: &s 2}\nb: *a\nc: [*a, *s]\n")
    data, findings = load(file)
    assert findings == []
    assert data == {"a": [1, {"x": 2}], "b": [1, {"x": 2}], "c": [[1, {"x": 2}], 2]}
    assert [(found.node, found.line) for found in containers(data)] == [
        (0, 1), (1, 1), (2, 3), (3, 4), (4, 3), (5, 5), (6, 5), (7, 3),
    ]  # fmt: skip
    original, here, scalar = Span(2, 3, 3, 14), Span(4, 4, 4, 6), Span(5, 9, 5, 11)
    assert locate(NodeRef(file, 1)) == (original, None)
    assert locate(NodeRef(file, 3)) == (original, here)
    assert locate(NodeRef(file, 0).of("b")) == (original, here)
    assert locate(NodeRef(file, 0).name("b")) == (Span(4, 1, 4, 2), None)
    assert locate(NodeRef(file, 4).of("x")) == (Span(3, 12, 3, 13), here)
    assert locate(NodeRef(file, 4).name("x")) == (Span(3, 6, 3, 7), here)
    assert locate(NodeRef(file, 7).of("x")) == (Span(3, 12, 3, 13), Span(5, 5, 5, 7))
    assert locate(NodeRef(file, 5).of(1)) == (Span(3, 12, 3, 13), scalar)


def test_the_anchor_that_began_last_counts() -> None:
    assert clean("- &a {x: &a 1}\n- *a\n- &a [&a [2]]\n- *a\n- &a 3\n- *a\n") == [{"x": 1}, 1, [[2]], [2], 3, 3]


def test_the_outermost_alias_counts() -> None:
    file = source("a: &a {x: 1}\nb: &b {y: *a}\nc: *b\n")
    data, _ = load(file)
    assert isinstance(data, Map) and isinstance(data["c"], Map) and isinstance(data["c"]["y"], Map)
    assert locate(NodeRef(file, 0).of("b")).via is None
    assert locate(NodeRef(file, data["c"]["y"].node).of("x")) == (Span(1, 11, 1, 12), Span(3, 4, 3, 6))


def test_merge() -> None:
    file = source(
        "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: {d: 2}}\n"
        "r:\n  z: 0\n  <<: [*two, *one]\n  a: 9\ns:\n  <<: {i: 1}\n"
    )
    data, findings = load(file)
    assert findings == []
    assert isinstance(data, Map) and isinstance(data["r"], Map) and isinstance(data["s"], Map)
    assert list(data["r"].items()) == [("z", 0), ("b", 2), ("c", {"d": 2}), ("a", 9)]
    node = NodeRef(file, data["r"].node)
    assert locate(node.of("b")) == (Span(2, 15, 2, 16), Span(5, 8, 5, 12))
    assert locate(node.name("b")) == (Span(2, 12, 2, 13), Span(5, 8, 5, 12))
    assert locate(node.of("a")) == (Span(6, 6, 6, 7), None)
    assert locate(NodeRef(file, data["s"].node).of("i")) == (Span(8, 11, 8, 12), None)


def test_a_quoted_merge_key_is_a_key() -> None:
    assert clean("'<<': 1\n") == {"<<": 1}


@pytest.mark.parametrize("wrap", ["[{}]", "{{x: [{}]}}"])
def test_alias_bomb(wrap: str) -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{i}: &a{i} " + wrap.format(", ".join([f"*a{i - 1}"] * 9)) for i in range(1, 60)]
    data, findings = load(source("\n".join(lines)))
    assert data is None
    codes = [(found.code, found.message) for found in findings]
    assert codes == [("FC112", "the aliases of this file copy more than 100,000 values")]


def test_alias_bound_counts_scalars() -> None:
    few = "- &a x\n" + "- *a\n" * 100_000
    assert load(source(few))[1] == []
    _, findings = load(source(few + "- *a\n"))
    assert shown(findings) == [
        ("FC112", (100_002, 3, 100_002, 5), "the aliases of this file copy more than 100,000 values")
    ]


def test_merges_of_merges_do_not_multiply() -> None:
    lines = ["a0: &a0 {x: 1}", *(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 500))]
    data = clean("\n".join(lines))
    assert isinstance(data, Map) and data["a499"] == {"x": 1}


# Size and time


@pytest.mark.parametrize(
    "text",
    ["\n".join(f"k{i}: {i}" for i in range(100_000)), "[a, " * 60 + "\n" * 500_000, "- &a x\n" + "- *a\n" * 90_000,
     '"' * 500_000, "!" * 500_000, "&" * 500_000, "&a " * 200_000, "\u2028" * 300_000, "a: [" + "\t" * 300_000],
    ids=["keys", "blank lines", "aliases", "quotes", "tags", "anchors", "many anchors", "separators", "tabs"],
)  # fmt: skip
def test_comes_to_an_end_whatever_the_text(text: str) -> None:
    """Each of these once took minutes, in this or another loader: work that grows with the square of the text."""
    file = source(text)
    data, findings = load(file)
    assert (data is None) is bool(findings)
    assert locate(NodeRef(file, 0)).span.line >= 1


# Places


def test_spans() -> None:
    file = source(
        "\ufefftop: &t\r\n  # note\r\n  'k 1': plain text \r\n  list:\r\n  - \"q\"\r\n  -\r\n  - {f: [1, 2], g: }\r\n"
        "  text: |\r\n    one\r\n    two\r\n\r\n# end\r\nlast: &l 😀 # x\r\n"
    )
    data, findings = load(file)
    assert findings == []
    assert [(found.node, found.line) for found in containers(data)] == [(0, 1), (1, 1), (2, 4), (3, 7), (4, 7)]
    root, top, items = NodeRef(file, 0), NodeRef(file, 1), NodeRef(file, 2)
    assert {name: cut(file, locate(place).span) for name, place in {
        "root": root, "top": root.of("top"), "top's name": root.name("top"), "key": top.name("k 1"),
        "plain": top.of("k 1"), "items": items, "item": items.of(0), "nothing": items.of(1), "flow": items.of(2),
        "f": NodeRef(file, 3).of("f"), "g": NodeRef(file, 3).of("g"), "two": NodeRef(file, 4).of(1),
        "text": top.of("text"), "last": root.of("last"),
    }.items()} == {
        "root": "\n".join(file.lines)[: -len(" # x\n")],
        "top": "'k 1': plain text \n  list:\n  - \"q\"\n  -\n  - {f: [1, 2], g: }\n  text: |\n    one\n    two",
        "top's name": "top", "key": "'k 1'", "plain": "plain text", "items": '- "q"\n  -\n  - {f: [1, 2], g: }',
        "item": '"q"', "nothing": "", "flow": "{f: [1, 2], g: }", "f": "[1, 2]", "g": "", "two": "2",
        "text": "|\n    one\n    two", "last": "😀",
    }  # fmt: skip
    assert locate(items.of(1)).span == Span(6, 4, 6, 4)


def test_a_place_nobody_recorded_is_its_container_or_the_beginning() -> None:
    file = source("a: {b: 1}")
    assert locate(NodeRef(file, 1, "nothing")) == (Span(1, 4, 1, 10), None)
    assert locate(NodeRef(file, 7, "nothing")) == (Span(1, 1, 1, 1), None)


# The pure Python parser, where libyaml is missing

PURE = [fault for fault in FAULTS if "d83d" not in str(fault[0])]


@pytest.mark.parametrize(("text", "code"), [(fault[0], fault[1]) for fault in PURE])
def test_pure_python_parser_finds_the_same_kinds(text: str | bytes, code: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(event_reader, "_Loader", yaml.SafeLoader)
    assert [found.code for found in load(source(text))[1]] == [code]


# Properties

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufeff"), max_size=12
)
_LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**17), 10**17), st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), _TEXT
)
_DATA = st.recursive(
    _LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT | st.just("x-y"), inner, max_size=4),
    max_leaves=12,
)


class _Writer:
    """Write data as YAML in styles that hypothesis draws, with anchors, aliases, comments and blank lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.named: list[tuple[str, Any]] = []
        self.anchors = 0

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def scalar(self, value: Any) -> str:
        if isinstance(value, str):
            single = "'" + value.replace("'", "''") + "'"
            plain = value.isascii() and value.isalpha() and resolve_plain(value) == value
            choices = [
                json.dumps(value, ensure_ascii=not value or max(value) <= "\uffff"),
                *([] if set(value) & set("\x85\u2028\u2029") else [single]),
            ]
            return self.pick(*choices, *([value] if plain else []))
        if value is None:
            return self.pick("null", "~")
        return json.dumps(value) if isinstance(value, bool) else str(value)

    def flow(self, value: Any) -> str:
        space = self.pick("", " ", "\n     ")
        if isinstance(value, dict):
            return (
                "{"
                + ", ".join(
                    f"{space}{json.dumps(key, ensure_ascii=False)}: {self.flow(item)}" for key, item in value.items()
                )
                + "}"
            )
        if isinstance(value, list):
            return "[" + f", {space}".join(map(self.flow, value)) + "]"
        return self.scalar(value)

    def node(self, value: Any, depth: int, after_key: bool) -> str:
        """A node to write behind `key:` or `-`, with the blank or line break that goes before it."""
        known = [name for name, data in self.named if repr(data) == repr(value)]
        if self.draw(st.booleans()) and known:
            return f" *{self.pick(*known)}"
        anchor = ""
        if self.draw(st.integers(0, 3)) == 0:
            self.anchors += 1
            anchor = f" &n{self.anchors}"
        if not isinstance(value, dict | list) or not value or self.draw(st.integers(0, 3)) == 0:
            written = f"{anchor} {self.flow(value)}"
        else:
            lead = self.pick("\n", "\n\n", " # note\n")
            if not after_key and not anchor and self.draw(st.booleans()):
                written = " " + self.block(value, depth).lstrip(" ")
            else:
                written = f"{anchor}{lead}{self.block(value, depth)}"
        if anchor:
            self.named.append((anchor[2:], value))
        return written

    def block(self, value: Any, depth: int) -> str:
        pad = "  " * depth
        if isinstance(value, dict):
            lines = [
                f"{pad}{json.dumps(key, ensure_ascii=False)}:{self.node(item, depth + 1, True)}"
                for key, item in value.items()
            ]
        else:
            lines = [f"{pad}-{self.node(item, depth + 1, False)}" for item in value]
        return self.pick("\n", "\n\n", "\n# note\n").join(lines)


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, str]:
    data = draw(st.lists(_DATA, min_size=1, max_size=4) | st.dictionaries(_TEXT, _DATA, min_size=1, max_size=4))
    text = _Writer(draw).block(data, 0) + draw(st.sampled_from(["", "\n", "\n\n# end\n"]))
    return data, draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


def _agrees(file: SourceFile, data: Map | Seq) -> None:
    """Every entry's place holds the text of its value, and its container's line is where the place says."""
    for key, value in data.items() if isinstance(data, Map) else enumerate(data):
        name, at = locate(NodeRef(file, data.node, key, "key")), locate(NodeRef(file, data.node, key))
        if isinstance(key, str):
            assert clean(cut(file, name.span) + ": 1") == {key: 1}
        if isinstance(value, Map | Seq):
            assert locate(NodeRef(file, value.node)) == at
            if isinstance(key, str):
                assert value.line == name.span.line
            _agrees(file, value)
        else:
            assert repr(clean("- " + cut(file, at.span))) == repr(Seq([value]))


@settings(max_examples=300, deadline=None)
@given(documents())
def test_recorders_agree(document: tuple[Any, str]) -> None:
    data, text = document
    file = source(text)
    loaded, findings = load(file)
    assert findings == []
    assert repr(loaded) == repr(data)
    assert [found.node for found in containers(loaded)] == list(range(len(list(containers(loaded)))))
    assert isinstance(loaded, Map | Seq)
    _agrees(file, loaded)
    places = [NodeRef(file, found.node, key) for found in containers(loaded) for key in (None, *_keys(found))]
    assert locate_all(places) == {place: locate(place) for place in places}
    assert [locate_all([place])[place] for place in places] == [*map(locate, places)]


def _keys(container: Map | Seq) -> Iterable[str | int]:
    return container.keys() if isinstance(container, Map) else range(len(container))


def _inside(file: SourceFile, where: Span) -> bool:
    return all(
        1 <= line <= len(file.lines) and 1 <= column <= len(file.lines[line - 1]) + 1
        for line, column in (where[:2], where[2:])
    ) and (where[:2] <= where[2:])


def _survives(file: SourceFile) -> None:
    data, findings = load(file)
    spans = [span(at) for found in findings for at in (found.at, *(other.at for other in found.related))]
    for found in containers(data):
        for place in [NodeRef(file, found.node), *(NodeRef(file, found.node, key) for key in _keys(found))]:
            spans += [locate(place).span, locate(place).via]
            assert locate_all([place]) == {place: locate(place)}
    assert [where for where in spans if where and not _inside(file, where)] == []
    assert data is not None or findings or file.data.strip(b"\xef\xbb\xbf \r\n\t")


_BITS = st.lists(
    st.sampled_from(
        ["a", "b: ", "- ", "? ", ": ", "&a ", "*a ", "<<: ", "[", "]", "{", "}", ", ", '"', "'", "\\x00", "\\", "\n",
         "\r", "\r\n", "\n  ", "\n ", "\t", "!", "!!str ", "|", ">", "#", " # ", "---", "...", "%YAML", "\ufeff",
         "\u2028", "\x85", "\x07", "é", "😀", "@", "`", "null", "1", "1.5"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(_BITS | st.text(max_size=40))
def test_any_text_is_survived(text: str) -> None:
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        _survives(source(text))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_survived(data: bytes) -> None:
    _survives(source(data))


@settings(max_examples=300, deadline=None)
@given(_BITS)
def test_pure_python_parser_survives_any_text(text: str) -> None:
    kept, event_reader._Loader = event_reader._Loader, yaml.SafeLoader
    try:
        _survives(source(text))
    finally:
        event_reader._Loader = kept
