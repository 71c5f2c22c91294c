"""Whatever is given to flowc, it answers with diagnostics: no traceback, no fault of its own, and in time."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from flowc.cli import commands
from flowc.diagnostics.source import SourceFile
from flowc.report import FORMATS
from flowc.syntax import load
from tests.properties.strange_documents import mutated, plain
from tests.samples.built_flows import FLOWS, SAMPLES, compiled

#: 0 clean, 1 findings, 2 usage; 3 is a fault of flowc.
ANSWERS = (0, 1, 2)


def run(files: Mapping[str, bytes], *arguments: str) -> tuple[int, str]:
    """The command line in a folder with these files; what it answers and prints."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(data)
        rest = ["-o", f"{folder}/dist"] if arguments[0] == "build" else []
        result = CliRunner().invoke(commands, [*arguments, folder, *rest], catch_exceptions=False)
        assert result.exit_code in ANSWERS, result.output
        assert "[FC9" not in result.output, result.output
        written = Path(folder, "dist").exists()
        assert written is (arguments[0] == "build" and result.exit_code == 0)
    return result.exit_code, result.output


def judge(data: bytes, form: str = "text") -> int:
    """Both commands on one flow; they answer the same, and the one says what the other says."""
    files = {"a.flow.yaml": data}
    status, report = run(files, "lint", "--format", form)
    if form == "json":
        found = json.loads(report)
        assert any(one["severity"] == "error" for one in found) is (status == 1)
        lines = data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for one in found:
            assert one["line"] is None or 1 <= one["line"] <= len(lines) + 1, one
            assert one["line"] is None or (one["line"], one["column"]) <= (one["end_line"], one["end_column"]), one
    built, _ = run(files, "build", "--quiet")
    # A document can be too large, and that is known only once it is made.
    assert built == status or (status, built) == (0, 1)
    return status


# Anything


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes(data: bytes) -> None:
    assert judge(data) == 1


tokens = st.sampled_from(
    (
        *(":", "- ", "? ", "{", "}", "[", "]", ",", "&a ", "*a", "!t ", "|", ">", "'", '"', "#", "%", "@", "`", "\n"),
        *("\n  ", "<<: ", "---\n", "...\n", "${x}", "$${", "\\", "\t", "\r", "\x85", "\ufeff", "flowc: 1\n"),
        *("steps:\n", "say", "goto: ", "a", "1"),
    )
)


@settings(derandomize=True, deadline=None, max_examples=80)
@given(st.lists(tokens, max_size=15).map("".join))
def test_any_yaml(text: str) -> None:
    assert judge(text.encode("utf-8")) == 1


# Flows gone wrong

BYTES = tuple(path.read_bytes() for path in FLOWS)
scraps = st.one_of(
    st.binary(min_size=1, max_size=3),
    st.sampled_from(tuple(b"\n\r\t :-\"'{}[]#$&*!|>,?\xff\0")).map(lambda code: bytes([code])),
    st.sampled_from(("  ", "- ", "${", "\x85", "\u2028", "\ufeff", "é", "\U0001f600")).map(str.encode),
)


@st.composite
def scarred(draw: st.DrawFn) -> bytes:
    """A flow with bytes put in, taken out, or moved."""
    data = draw(st.sampled_from(BYTES))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 12)))
        piece = draw(st.one_of(scraps, st.just(b""), st.just(data[end : end + 20])))
        data = data[:start] + piece + data[end:]
    return data


@settings(derandomize=True, deadline=None, max_examples=120)
@given(scarred(), st.sampled_from(["text", "json"]))
def test_scarred_flows(data: bytes, form: str) -> None:
    judge(data, form)


def seeds() -> Iterator[Any]:
    for data in BYTES:
        document, findings = load(SourceFile("seed", data))
        assert findings == []
        yield plain(document)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(mutated(tuple(seeds())), st.sampled_from(["text", "json"]))
def test_mutated_flows(document: Any, form: str) -> None:
    judge(written(document), form)


def written(document: Any) -> bytes:
    """The document as YAML that means it: scalars in double quotes unless they are no text."""
    return yaml.dump(document, Dumper=Quoting, allow_unicode=False, sort_keys=False, width=10**6).encode("utf-8")


class Quoting(yaml.SafeDumper):
    """Writes every text in double quotes, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


Quoting.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))
Quoting.add_representer(float, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", str(value)))


def test_what_is_written_is_what_is_meant() -> None:
    for document in seeds():
        assert plain(load(SourceFile("seed", written(document)))[0]) == document


PROJECT = {
    path.relative_to(SAMPLES / "project").as_posix(): path.read_bytes() for path in SAMPLES.glob("project/**/*.yaml")
}
OTHERS = tuple(sorted(name for name in PROJECT if not name.endswith(".flow.yaml")))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.data())
def test_mutated_projects(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(OTHERS))
    document = plain(load(SourceFile("seed", PROJECT[name]))[0])
    files = {**PROJECT, name: written(data.draw(mutated((document,))))}
    status, _ = run(files, "lint", "--env", "prod")
    built, _ = run(files, "build", "--quiet", "--env", "prod")
    assert built == status


options = st.lists(
    st.one_of(
        st.sampled_from(
            ["--quiet", "--check", "--env=prod", "--env=../prod", "--env=", "--target=plivo", "--target=x"]
        ),
        st.sampled_from(
            ["--var=desk=+1", "--var=desk=", "--var=x", "--var==", "--var=greeting=\0", "--var=greeting=\udcff"]
        ),
        st.sampled_from(
            ["--base-url=https://a", "--base-url=x", "--base-url=http://[", "--base-url=https://a/?b", "--format=json"]
        ),
        st.text(st.characters(exclude_characters="\0"), max_size=5).map(lambda text: f"--var=greeting={text}"),
        st.text(st.characters(exclude_characters="\0"), max_size=5).map(lambda text: f"--base-url=https://a.b/{text}"),
        st.text(st.characters(exclude_characters="\0"), max_size=5).map(lambda text: f"--env={text}"),
    ),
    max_size=3,
)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(options)
def test_any_options(given: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in PROJECT.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        arguments = ["build", folder, "-o", f"{folder}/dist", "--var=desk=+12025550143", *given]
        result = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert result.exit_code in ANSWERS, result.output
    assert "[FC9" not in result.output


@pytest.mark.parametrize(
    "name", [b"\xff.flow.yaml", b"a\nb.flow.yaml", b"\x1b[31m.flow.yaml", b" .flow.yaml", b"-o.flow.yaml"]
)
def test_any_name_of_a_file(name: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with open(folder.encode() + b"/" + name, "wb") as stream:
            stream.write(BYTES[0])
        for form in ("text", "json"):
            arguments = ["build", folder, "-o", f"{folder}/dist", "--format", form]
            result = CliRunner().invoke(commands, arguments, catch_exceptions=False)
            assert result.exit_code == 0, result.output
        manifest = json.loads(Path(folder, "dist", "manifest.json").read_bytes())
    shown = name.decode("utf-8", "replace")
    assert {entry["source"]["file"].rpartition("/")[2] for entry in manifest["flows"]} == {shown}


# Much of it

HEAD = "flowc: 1\nname: big\ntargets: [plivo, rcml]\nbase_url: https://calls.example.com\nentry: s0\nsteps:\n"


def dials() -> str:
    """One step of many dials, each going on with the next."""
    row = '    - dial: {to: "+12025550143", then: next}\n'
    return f"{HEAD}  s0:\n{row * 5000}    - hangup\n"


def turns() -> str:
    """One dial that tries many numbers in turn."""
    numbers = ", ".join(['"+12025550143"'] * 3000)
    return f"{HEAD}  s0: [{{dial: {{to: [{numbers}], ring: in-turn, then: end}}}}]\n"


def chain() -> str:
    """Many steps, each going to the next by its last action, which could all be written as one document."""
    steps = "".join(f"  s{number}: [{{pause: 1}}, {{goto: s{number + 1}}}]\n" for number in range(5000))
    return f"{HEAD}{steps}  s5000: [hangup]\n"


def ring() -> str:
    """Many steps that lead round in a circle, which nothing enters but the entry."""
    steps = "".join(f"  s{number}: [{{pause: 1}}, {{goto: s{(number + 1) % 4000}}}]\n" for number in range(4000))
    return f"{HEAD}{steps}"


def net() -> str:
    """Many steps that lead to one another, each to several."""
    steps = ""
    for number in range(2000):
        keys = ", ".join(f'"{key}": s{(number * 7 + key * 131 + 1) % 2000}' for key in range(10))
        steps += f"  s{number}: [{{gather: {{digits: 1, prompt: [{{say: A}}], then: {{{keys}, else: s0}}}}}}]\n"
    return f"{HEAD}{steps}"


def tries() -> str:
    """Gathers with as many tries as may be, each with the rest of its step behind it."""
    row = '    - gather: {digits: 1, tries: 10, prompt: [{say: A}], then: {"1": next, else: next}}\n'
    return f"{HEAD}  s0:\n{row * 100}    - hangup\n"


def cases() -> str:
    """One decision with very many cases."""
    rows = ", ".join(f'"+1202555{number:04}": s{number % 2}' for number in range(10000))
    return f"{HEAD}  s0: [{{switch: {{on: from, then: {{{rows}, else: s1}}}}}}]\n  s1: [hangup]\n"


def faults() -> str:
    """Very many faults, each with its place."""
    rows = "".join(f"  s{number}: [{{sya: x}}, {{goto: nowhere{number}}}]\n" for number in range(2000))
    return f"{HEAD}{rows}"


def meanings() -> str:
    """Very many faults that need the whole flow."""
    rows = "".join(f"  s{number}: [{{say: x}}, {{goto: t{number}}}]\n" for number in range(1000))
    return f"{HEAD}{rows}"


#: What is made, and which codes flowc finds in it. Work that grew with the square of it would not end in time.
MUCH: Mapping[Callable[[], str], set[str]] = {
    dials: {"FC405"},
    turns: {"FC348"},
    chain: set(),
    ring: {"FC335"},
    net: {"FC335", "FC360"},
    tries: {"FC333"},
    cases: {"FC335"},
    faults: {"FC117", "FC201"},
    meanings: {"FC301"},
}


@pytest.mark.parametrize("make", MUCH, ids=lambda make: make.__name__)
def test_much(make: Callable[[], str], tmp_path: Path) -> None:
    codes = MUCH[make]
    path = tmp_path / "big.flow.yaml"
    path.write_text(make(), "utf-8")
    bundle = compiled(path)
    assert {one.code for one in bundle.diagnostics} == codes
    assert all(code in FORMATS["text"](bundle.diagnostics) for code in codes)


def deep(text: str, after: str = "") -> bytes:
    return (f"{HEAD}  s0: {text * 100_000}{after}").encode()


@pytest.mark.parametrize(
    "data",
    [
        deep("["),
        deep("{a: "),
        deep("- "),
        deep("? "),
        deep("[" * 10, "]"),
        deep("&a "),
        b"[" * 1_000_000,
        b"a: " * 1_000_000,
        b"- " * 1_000_000,
        b"#" * 4_000_000,
        b"a: &a [" + b"*a, " * 10 + b"]",
        b"a: &a [1]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b", ".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
        b"\xff" * 5_000_000,
    ],
    ids=lambda data: ascii(data[-12:]),
)
def test_bombs(data: bytes) -> None:
    status, _ = run({"a.flow.yaml": data}, "lint")
    assert status == 1
