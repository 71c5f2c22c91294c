"""However a bundle comes to be, anew or from what was kept, in one process or in several, it is the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowc.cli import commands
from flowc.driver.pipeline import check_flows
from flowc.driver.results import Checked
from flowc.project.project import Found
from tests.conftest import ROOT, TESTS

FLOW = """\
flowc: 1
name: {name}
targets: [plivo, rcml]
base_url: https://ivr.example.com
entry: start
steps:
  start:
    - say: This is {name}.
    - gather: {{digits: 1, prompt: [{{say: Press 1.}}], tries: 2, then: {{"1": other, else: end}}}}
  other:
    - say: {text}
"""
#: A step that ends the call without saying so.
WARNING = "FC313"

Damage = Callable[[bytes], bytes]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three flows, and a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("one", "two", "three"):
        _write(name, "Goodbye.")
    return tmp_path


def _write(name: str, text: str) -> None:
    Path(f"{name}.flow.yaml").write_text(FLOW.format(name=name, text=text), encoding="utf-8")


def _build(*arguments: str, out: str = "out") -> Result:
    return CliRunner().invoke(commands, ["build", ".", "-o", out, *arguments])


def _files(folder: str = "out") -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*.*")}


def _kept() -> list[Path]:
    """The files of parts, and of what tells whether anything has changed: those of a build side by side."""
    return sorted(Path("cache/flowc/flowc-1").iterdir())


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Which flows each compilation was of."""
    runs: list[list[str]] = []

    def noted(found: Found, *rest: Any) -> Checked:
        runs.append([path.name.partition(".")[0] for path, _ in found.flows])
        return check_flows(found, *rest)

    monkeypatch.setattr("flowc.driver.parallel.check_flows", noted)
    return runs


def _same_as_anew(result: Result) -> None:
    """The bundle, what is printed and the exit status are those of a build that knows nothing."""
    shutil.rmtree("anew", ignore_errors=True)
    anew = _build("--no-cache", "--jobs", "1", out="anew")
    assert (result.exit_code, result.stderr) == (anew.exit_code, anew.stderr)
    assert result.stdout.splitlines()[:-1] == anew.stdout.splitlines()[:-1]  # the last line counts files
    assert _files() == _files("anew")


def test_nothing_is_compiled_twice(project: Path, compiled: list[list[str]]) -> None:
    _same_as_anew(_build())
    compiled.clear()
    again = _build()
    assert compiled == []
    assert WARNING in again.stderr
    _same_as_anew(again)


PART = """\
flowc: 1
part: ending
inputs: {text: {type: text, default: Goodbye.}, unused: no}
entry: start
steps:
  start:
    - say: ${text}
"""


def test_a_warning_in_a_part_belongs_to_every_flow_that_uses_it(project: Path, compiled: list[list[str]]) -> None:
    Path("ending.part.yaml").write_text(PART, encoding="utf-8")
    for name in ("one", "two"):
        _write(name, "Goodbye.\n    - use: {part: ending}\nparts: {ending: ending.part.yaml}")
    first = _build()
    _same_as_anew(first)
    compiled.clear()
    again = _build()
    assert compiled == []
    assert again.stderr == first.stderr
    assert again.stderr.count("ending.part.yaml:7:7: warning[FC313]") == 1
    _write("one", "Goodbye.")
    without = _build()
    assert compiled == [["one"]]
    assert "two.flow.yaml:12:19: used here" in without.stderr
    _same_as_anew(without)
    Path("ending.part.yaml").write_text(PART + "    - hangup\n", encoding="utf-8")
    compiled.clear()
    _same_as_anew(_build())
    assert compiled[0] == ["two"]


def _moved(path: Path) -> None:
    path.rename("elsewhere.xml")
    path.symlink_to(Path("elsewhere.xml").absolute())


HARM: dict[str, Callable[[Path], object]] = {
    "changed": lambda path: path.write_bytes(path.read_bytes().replace(b"o", b"p", 1)),
    "removed": Path.unlink,
    "emptied": lambda path: path.write_bytes(b""),
    "linked": _moved,
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", ["plivo/two/other.xml", "manifest.json"])
def test_the_output_is_looked_at_too(project: Path, compiled: list[list[str]], harm: str, name: str) -> None:
    _build()
    _build("--check")
    HARM[harm](Path("out", name))
    compiled.clear()
    checked, result = _build("--check"), _build()
    assert compiled == []
    assert checked.exit_code
    if result.exit_code == 0:
        _same_as_anew(result)
    else:  # it was changed by hand, or is not a manifest any more
        assert result.output == _build("--no-cache").output


def test_what_is_there_is_up_to_date(project: Path, compiled: list[list[str]]) -> None:
    _build()
    _build("--check")
    compiled.clear()
    checked = _build("--check")
    assert (compiled, checked.exit_code, checked.stdout) == ([], 0, "out is up to date\n")


def test_line_ends_are_named_as_the_reason(project: Path) -> None:
    _build()
    for path in Path("out").rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    result = _build("--check")
    *differences, reason = result.stdout.splitlines()
    assert (result.exit_code, len(differences)) == (1, len(_files()))
    assert differences[0] == "out/manifest.json: differs only in its line ends, which are CRLF"
    assert reason == "git or an editor has changed line ends: add out/** -text to .gitattributes"
    assert _build().exit_code == 0
    assert _build("--check").stdout == "out is up to date\n"


def test_only_what_changed_is_compiled(project: Path, compiled: list[list[str]]) -> None:
    _build()
    _write("two", "Thank you.")
    compiled.clear()
    result = _build()
    assert compiled == [["two"]]
    _same_as_anew(result)


def test_flows_that_links_connect_are_compiled_together(project: Path, compiled: list[list[str]]) -> None:
    two = Path("two.flow.yaml")
    two.write_text(two.read_text("utf-8").replace("else: end", "else: three/other"), "utf-8")
    _same_as_anew(_build("--jobs", "2"))
    compiled.clear()
    _build()
    assert compiled == []
    _write("three", "Thank you.")
    _same_as_anew(_build())
    assert compiled[0] == ["three", "two"]
    compiled.clear()
    two.write_text(two.read_text("utf-8").replace("three/other", "one/other"), "utf-8")
    _same_as_anew(_build())
    compiled.clear()
    assert (_build().stdout.splitlines()[-1], compiled) == ("out: 0 written, 23 unchanged, 0 removed", [])


@pytest.mark.parametrize("named", ["one", "two"])
def test_a_build_of_one_file_has_all_that_links_connect(project: Path, named: str) -> None:
    two = Path("two.flow.yaml")
    two.write_text(two.read_text("utf-8").replace("else: end", "else: one/other"), "utf-8")
    for _ in range(2):
        CliRunner().invoke(commands, ["build", f"{named}.flow.yaml", "-o", "out"])
        assert {path.split("/")[1] for path in _files() if path.endswith(".xml")} == {"one", "two"}
    two.write_text(two.read_text("utf-8").replace("else: one/other", "else: end"), "utf-8")
    CliRunner().invoke(commands, ["build", f"{named}.flow.yaml", "-o", "alone"])
    assert {path.split("/")[1] for path in _files("alone") if path.endswith(".xml")} == {named}


@pytest.mark.parametrize("cached", [(), ("--no-cache",)])
def test_processes_make_the_same(project: Path, cached: Sequence[str]) -> None:
    result = _build("--jobs", "2", *cached)
    assert result.exit_code == 0
    _same_as_anew(result)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("example", sorted(path.parent.name for path in TESTS.glob("golden/*/manifest.json")))
def test_examples_come_from_the_cache(example: str, jobs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command = ["build", f"examples/{example}", "--cache", str(tmp_path / "cache"), "--jobs", jobs, "--quiet"]
    golden = TESTS / "golden" / example
    for out in ("first", "second"):
        result = CliRunner().invoke(commands, [*command, "-o", str(tmp_path / out)])
        assert result.exit_code == 0, result.output
        made = {
            path.relative_to(tmp_path / out): path.read_bytes()
            for path in (tmp_path / out).rglob("*.*")
            if path.is_file()
        }
        assert made == {path.relative_to(golden): path.read_bytes() for path in golden.rglob("*.*") if path.is_file()}


def _project_file(text: str) -> None:
    Path("flowc.yaml").write_text(text, encoding="utf-8")


def test_a_project_file_counts(project: Path, compiled: list[list[str]]) -> None:
    _project_file("flowc: 1\nname: p\n")
    _build()
    compiled.clear()
    _project_file("flowc: 1\nname: p\ndefaults: {say: {voice: man}}\n")
    result = _build()
    assert compiled == [["one", "three", "two"]]
    _same_as_anew(result)


def test_another_flowc_compiles_anew(project: Path, compiled: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    _build()
    compiled.clear()
    monkeypatch.setattr("flowc.driver.inputs.__version__", "0.0.0")
    _build()
    assert compiled == [["one", "three", "two"]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:-100],
        lambda data: data.replace(b"Goodbye", b"Goodbyf"),
        lambda data: b"0" * len(data),
    ],
    ids=["empty", "cut short", "changed", "overwritten"],
)
def test_what_is_damaged_does_not_count(project: Path, compiled: list[list[str]], damage: Damage) -> None:
    _build()
    whole, parts = _kept()
    whole.write_bytes(damage(whole.read_bytes()))
    compiled.clear()
    _same_as_anew(_build())
    assert compiled == [["one", "three", "two"]]  # by the other build alone
    for kept in (whole, parts):
        kept.write_bytes(damage(kept.read_bytes()))
    compiled.clear()
    result = _build()
    assert compiled == [["one", "three", "two"]]
    _same_as_anew(result)


def test_a_fault_is_told_again_and_the_rest_is_kept(project: Path) -> None:
    _build()
    _write("two", "Goodbye.\n    - goto: nowhere")
    for _ in range(2):
        result = _build()
        assert (result.exit_code, "FC301" in result.stderr) == (1, True)
    anew = _build("--no-cache")
    assert result.stderr == anew.stderr


def test_flows_that_do_not_fit_together_are_told(project: Path) -> None:
    _build()
    Path("two.flow.yaml").write_text(FLOW.format(name="one", text="Bye."), encoding="utf-8")
    result = _build()
    assert "FC323" in result.stderr
    assert result.stderr == _build("--no-cache").stderr


@pytest.mark.parametrize("text", ["Goodbye.", "Goodbye.\n    - hangup"], ids=["warned of", "not warned of"])
@pytest.mark.parametrize("cached", [(), ("--no-cache", "--jobs", "2")], ids=["cached", "not cached"])
def test_a_flow_that_is_for_no_target_any_more_is_left_out(project: Path, text: str, cached: Sequence[str]) -> None:
    _build("--target", "plivo")
    flow = FLOW.format(name="two", text=text).replace("[plivo, rcml]", "[rcml]")
    Path("two.flow.yaml").write_text(flow, encoding="utf-8")
    refused = _build("--target", "plivo", *cached)
    assert (refused.exit_code, "out contains documents of two.flow.yaml" in refused.stderr) == (2, True)
    assert any("/two/" in path for path in _files())
    result = _build("--target", "plivo", *cached, out="other")
    assert (result.exit_code, [path for path in _files("other") if "/two/" in path]) == (0, [])
    assert "not for plivo, so not compiled: two.flow.yaml\n" in result.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("text", ["Goodbye.", "Goodbye.\n    - hangup"], ids=["warned of", "not warned of"])
def test_flows_that_are_for_no_target_at_all_are_told(project: Path, jobs: str, text: str) -> None:
    for name in ("one", "two", "three"):
        _write(name, text)
    result = _build("--target", "twiml", "--jobs", jobs)
    theirs = ", ".join(f"{name}.flow.yaml is for plivo and rcml" for name in ("one", "three", "two"))
    assert (result.exit_code, result.output) == (2, f"Error: no flow names twiml among its targets: {theirs}\n")
    assert not Path("out").exists()


def test_a_list_of_numbers_counts(project: Path, compiled: list[list[str]]) -> None:
    calls = "calls: {all: {to: {csv: to.csv, column: to}, from: '+12025550143', answer: start}}\n"
    flow = FLOW.format(name="two", text="Bye.").replace(", rcml", "")
    Path("two.flow.yaml").write_text(flow + calls, encoding="utf-8")
    Path("to.csv").write_text("to\n+12025550144\n", encoding="utf-8")
    assert _build().exit_code == 0
    Path("to.csv").write_text("to\n+12025550145\n", encoding="utf-8")
    compiled.clear()
    result = _build()
    assert compiled == [["two"]]
    _same_as_anew(result)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_flow_that_starts_a_conference_counts(project: Path, jobs: str) -> None:
    """A guest's flow is checked anew when that of the host changes, and a warning that this can undo is not kept."""
    room = "    - conference: {{room: weekly, start_on_enter: {}}}\n"
    guest, host = (FLOW.format(name=name, text="Bye.") for name in ("one", "two"))
    Path("one.flow.yaml").write_text(guest + room.format("false"), encoding="utf-8")
    for starts in ("true", "false", "true"):
        Path("two.flow.yaml").write_text(host + room.format(starts), encoding="utf-8")
        result = _build("--jobs", jobs)
        assert result.stderr.count("[FC377]") == (2 if starts == "false" else 0)
        _same_as_anew(result)


VARS = 'vars: {desk: "+12025550144"}\n'


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_flow_that_declares_a_name_of_the_environment_counts(
    project: Path, compiled: list[list[str]], jobs: str
) -> None:
    Path("env").mkdir()
    Path("env/prod.yaml").write_text('desk: "+12025550143"\n', encoding="utf-8")
    for name in ("one", "two"):
        _write(name, "Goodbye.\n    - hangup")
    Path("three.flow.yaml").write_text(FLOW.format(name="three", text="Bye.\n    - dial: {to: '${desk}'}") + VARS)
    one = ["build", "one.flow.yaml", "two.flow.yaml", "--env", "prod", "--jobs", jobs, "-o", "out"]
    assert CliRunner().invoke(commands, one).exit_code == 0
    compiled.clear()
    assert CliRunner().invoke(commands, one).exit_code == 0
    assert compiled == []
    _write("three", "Goodbye.")
    result = CliRunner().invoke(commands, one)
    assert (result.exit_code, "env/prod.yaml:1:1: error[FC125]" in result.stderr) == (1, True)
    Path("three.flow.yaml").unlink()
    assert CliRunner().invoke(commands, one).exit_code == 1


def test_a_folder_that_cannot_be_written_is_no_fault(project: Path) -> None:
    Path("cache").write_text("in the way", encoding="utf-8")
    assert _build().exit_code == 0


def test_only_so_much_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowc.driver.cache._MOST_FILES", 2)
    for name in ("one", "two", "three"):
        CliRunner().invoke(commands, ["build", f"{name}.flow.yaml", "-o", "out"])
    assert len(_kept()) == 2
    assert all(path.suffix == ".jsonl" for path in _kept())


def test_nobody_else_reads_what_is_kept(project: Path) -> None:
    _build()
    for kept in _kept():
        assert (kept.stat().st_mode & 0o077, kept.parent.stat().st_mode & 0o077) == (0, 0)


def test_what_is_kept_is_json(project: Path) -> None:
    _build()
    for kept in _kept():
        digest, *lines = kept.read_bytes().split(b"\n")
        assert digest.decode() == sha256(b"\n".join(lines)).hexdigest()
        assert [type(json.loads(line)) for line in lines] in ([list, dict], [dict, *[list, dict] * 3])
