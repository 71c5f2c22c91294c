"""What the file system shows as unchanged is not read; whatever happens to files, a bundle is as without a cache."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from flowc.bundle import output_folder
from flowc.cli import commands
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.stamp import is_settled

FLOW = """\
flowc: 1
name: {name}
targets: [plivo]
entry: start
steps:
  start: [{{say: "{text}"}}, {{goto: other}}]
  other: [{{say: Goodbye.}}{more}]
"""
PROJECT = "defaults: {{say: {{language: {language}}}}}\n"
NAMES = ("one", "two", "three")
#: Files of which something happens.
INPUTS = ("one.flow.yaml", "two.flow.yaml", "flowc.yaml")
OUTPUTS = ("out/plivo/one/start.xml", "out/plivo/two/start.xml", "out/manifest.json")


def _fill(folder: Path) -> None:
    for number, name in enumerate(NAMES):
        more = "" if number else ", hangup"
        Path(folder, f"{name}.flow.yaml").write_text(FLOW.format(name=name, text="Hello A.", more=more), "utf-8")
    Path(folder, "flowc.yaml").write_text(PROJECT.format(language="en-US"), "utf-8")


def _build(*arguments: str) -> Result:
    given = ["build", ".", "--base-url", "https://ivr.example.com", "-o", "out", *arguments]
    return CliRunner().invoke(commands, given)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the working folder, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    _fill(tmp_path)
    return tmp_path


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is ahead of the file system, so that every file was written long ago."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + 10_000_000_000)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read."""
    names: list[str] = []
    contents, output = FileReader.contents, output_folder.read

    def noted(self: FileReader, path: Path, *rest: int) -> bytes:
        names.append(path.name)
        return contents(self, path, *rest)  # type: ignore[arg-type]

    def noted_output(path: str, size: int | None = None) -> bytes:
        names.append(path)
        return output(path, size)

    monkeypatch.setattr(FileReader, "contents", noted)
    monkeypatch.setattr(output_folder, "read", noted_output)
    return names


def test_what_has_its_stamp_is_not_read(project: Path, later: None, read: list[str]) -> None:
    _build()
    read.clear()
    again = _build()
    assert (read, again.stdout.splitlines()[-1]) == ([], "out: 0 written, 4 unchanged, 0 removed")
    os.utime("two.flow.yaml")
    os.utime(OUTPUTS[0])
    assert _build().stdout == again.stdout
    assert sorted(read) == [OUTPUTS[0], "two.flow.yaml"]
    read.clear()
    assert _build().stdout == again.stdout
    assert read == []


def test_after_a_change_only_that_flow_is_read(project: Path, later: None, read: list[str]) -> None:
    _build()
    Path("two.flow.yaml").write_text(FLOW.format(name="two", text="Hello B.", more=""), "utf-8")
    read.clear()
    assert _build().stdout.splitlines()[-1] == "out: 2 written, 2 unchanged, 0 removed"
    names = [f"{name}.flow.yaml" for name in NAMES]
    assert [path for path in (*names, *OUTPUTS) if path in read] == ["two.flow.yaml", *OUTPUTS[1:]]


def test_a_check_reads_everything(project: Path, later: None, read: list[str]) -> None:
    for _ in range(2):
        read.clear()
        assert _build("--check").exit_code == 1
    _build()
    _build("--check")
    read.clear()
    assert _build("--check").stdout == "out is up to date\n"
    files = [str(path) for path in Path("out").rglob("*.*") if path.is_file()]
    assert sorted(read) == sorted([*files, *(f"{name}.flow.yaml" for name in NAMES), "flowc.yaml"])


@pytest.mark.parametrize("path", ["one.flow.yaml", OUTPUTS[0]])
@pytest.mark.parametrize("ahead", [0, 10_000_000_000], ids=["in the same tick", "later"])
def test_a_change_within_a_tick_is_noticed(
    project: Path, path: str, ahead: int, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stamp that cannot show a change is not kept. To see that, all files have the same here."""
    clock = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: clock + ahead)
    for module in ("flowc.bundle.known_files", "flowc.driver.inputs"):
        monkeypatch.setattr(f"{module}.stamp", lambda info: "the same")
    _build()
    read.clear()
    _build()
    assert ((path if "/" in path else Path(path).name) in read) == (ahead == 0)


MILLISECOND, SECOND = 1_000_000, 1_000_000_000
#: The time of a file, the time at which it is read, and whether its stamp counts then.
TIMES = [
    (5 * SECOND + 1, 5 * SECOND + 1, False),
    (5 * SECOND + 1, 5 * SECOND + 15 * MILLISECOND, False),
    (5 * SECOND + 1, 5 * SECOND + 21 * MILLISECOND, True),
    (5 * SECOND, 6 * SECOND, False),  # of a file system that counts in seconds
    (5 * SECOND + 3 * MILLISECOND, 6 * SECOND, False),
    (5 * SECOND, 8 * SECOND, True),
    (9 * SECOND + 1, 5 * SECOND, False),  # the clock was set back
]


@pytest.mark.parametrize(("time_", "now", "counts"), TIMES)
def test_which_stamps_count(time_: int, now: int, counts: bool) -> None:
    assert is_settled(time_, now) == counts


# Whatever happens


class Change(NamedTuple):
    """What happens to a file."""

    path: str
    how: str


def _other(data: bytes) -> bytes:
    """Other bytes of the same length, which a flow or a project file may have too."""
    for old, new in ((b"Hello A", b"Hello B"), (b"Hello B", b"Hello A"), (b"en-US", b"en-GB")):
        if old in data:
            return data.replace(old, new)
    return data.replace(b"en-GB", b"en-US").replace(b"Goodbye", b"goodbye")


def _same_times(path: Path, change: Callable[[], object]) -> None:
    info = path.stat()
    change()
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def _replace(path: Path) -> None:
    """Another file takes the place, of the same size and time."""
    new = path.with_name("new")
    new.write_bytes(_other(path.read_bytes()))
    os.replace(new, path)


HAPPENS: dict[str, Callable[[Path], object]] = {
    "changed": lambda path: path.write_bytes(_other(path.read_bytes())),
    "changed to the same time": lambda path: _same_times(path, lambda: path.write_bytes(_other(path.read_bytes()))),
    "replaced by one of the same time": lambda path: _same_times(path, lambda: _replace(path)),
    "rewritten": lambda path: path.write_bytes(path.read_bytes()),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "touched": os.utime,
    "from the past": lambda path: os.utime(path, (10**9, 10**9)),
    "from the future": lambda path: os.utime(path, (10**10, 10**10)),
    "removed": lambda path: path.unlink() if path.parts[0] == "out" else None,
}
CHANGES = st.builds(Change, st.sampled_from((*INPUTS, *OUTPUTS)), st.sampled_from([*HAPPENS]))
BUILDS = st.sampled_from([(), (), (), ("--check",), ("--force",), ("--target", "plivo"), ("-o", "elsewhere")])
STEPS = st.lists(st.tuples(st.lists(CHANGES, max_size=2), BUILDS), min_size=3, max_size=7)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for place in (folder / "out", folder / "elsewhere"):
        yield from ((str(path.relative_to(folder)), path.read_bytes()) for path in place.rglob("*.*"))


@settings(max_examples=20)
@given(steps=STEPS)
def test_a_bundle_is_as_without_a_cache(steps: list[tuple[list[Change], tuple[str, ...]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        here, copy = Path(name, "here"), Path(name, "copy")
        here.mkdir()
        _fill(here)
        cache = ("--cache", str(Path(name, "cache")))
        for changes, arguments in [([], ()), ([], ()), *steps]:
            with chdir(here):
                for path, how in changes:
                    if Path(path).exists():
                        HAPPENS[how](Path(path))
            shutil.copytree(here, copy)
            with chdir(copy):
                anew = _build(*arguments, "--no-cache")
            with chdir(here):
                result = _build(*arguments, *cache)
            assert (result.exit_code, result.output) == (anew.exit_code, anew.output)
            assert dict(_files(here)) == dict(_files(copy))
            shutil.rmtree(copy)
