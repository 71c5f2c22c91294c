"""Nothing is written or removed but flowc's own, in whatever folder a command is given; and nothing else is trusted."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from flowc.bundle import BundleError
from flowc.cli import commands
from flowc.driver.cache import Store
from flowc.serve import read_bundle
from tests.conftest import ROOT

#: The user without rights, by its customary number.
NOBODY = 65534
FLOW = """\
flowc: 1
name: {name}
targets: [plivo]
base_url: https://ivr.example.com
entry: start
steps:
  start:
    - say: This is {text}.
    - gather: {{digits: 1, prompt: [{{say: Press 1.}}], then: {{"1": other, else: end}}}}
  other: [{{say: Goodbye.}}, hangup]
"""
DOCUMENT = "plivo/line/other.xml"
#: The form of the names in a cache.
NAME = "0123456789abcdef" * 4

Cache = Callable[[], Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(one) for one in arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a flow, whose caches are in there too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    write("line", "a line")
    return tmp_path


def write(name: str, text: str) -> None:
    Path(f"{name}.flow.yaml").write_text(FLOW.format(name=name, text=text), "utf-8")


def build(*arguments: object, out: str = "dist") -> Result:
    return run("build", "line.flow.yaml", "-q", "-o", out, *arguments)


def on_disk(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything below the folder: of links where they lead, of small files the content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in folder.rglob("*"):
        info = path.lstat()
        is_file = stat.S_ISREG(info.st_mode)
        content = (
            os.readlink(path) if path.is_symlink() else path.read_bytes() if is_file and info.st_size < 9999 else ""
        )
        found[str(path.relative_to(folder))] = (info.st_mode, content, *((info.st_size, info.st_mtime) * is_file))
    return found


def fill(folder: Path) -> None:
    """Files of others: old ones, a big one, links, folders, and some that are named nearly as flowc names its own."""
    for inside in ("", "flowc-1", "sub", ".flowc", "plivo", "plivo/line"):
        (folder / inside).mkdir(parents=True)
        for name in ("notes.txt", "tmp0a1b2c3d.new", f"{NAME}.new", f"{NAME}.jsonl.bak", f"{NAME[1:]}.jsonl", "other"):
            (folder / inside / name).write_text(f"mine: {inside}", "utf-8")
            os.utime(folder / inside / name, (1, 1))
    for number in range(100):
        (folder / "flowc-1" / f"doc{number}.txt").write_text("important", "utf-8")
        (folder / f"doc{number}.txt").write_text("important", "utf-8")
        os.utime(folder / f"doc{number}.txt", (number, number))
    for inside in ("", "flowc-1"):
        with (folder / inside / "backup.sql").open("wb") as file:
            file.truncate(300 * 1024 * 1024)
        os.utime(folder / inside / "backup.sql", (1, 1))
        (folder / inside / "out").symlink_to("..")
        (folder / inside / "nowhere").symlink_to("missing")
    (folder / "flowc-1" / f"{NAME}.jsonl").symlink_to(folder / "notes.txt")
    (folder / "flowc-1" / f"{NAME}-whole.jsonl").mkdir()
    (folder / "empty" / "deep").mkdir(parents=True)


def built(*arguments: object) -> Iterator[Result]:
    """Builds that write, change and remove files."""
    yield build(*arguments)
    write("line", "another line")
    yield build(*arguments)
    yield build("--check", *arguments)
    yield run("build", "line.flow.yaml", "--target", "plivo", "--force", "-q", "-o", "dist", *arguments)


def openapi(folder: Path) -> Iterator[Result]:
    yield build()
    yield run("openapi", "dist", "-o", folder / "openapi.json")


#: What is run for each option or argument that names a place to write to.
WRITERS: Mapping[tuple[str, str], Callable[[Path], Iterator[Result]]] = {
    ("build", "output"): lambda folder: built("-o", folder),
    ("build", "cache"): lambda folder: built("--cache", folder),
    ("init", "folder"): lambda folder: iter([run("init", folder)]),
    ("schema", "into"): lambda folder: iter([run("schema", "--into", folder), run("schema", "--into", folder)]),
    ("openapi", "output"): openapi,
}
#: Those that name what is read.
READ = {"paths", "templates", "flow", "name", "path", ("openapi", "folder")}


def test_every_place_that_a_command_writes_to_is_tried() -> None:
    context = click.Context(commands)
    known = [(name, commands.get_command(context, name)) for name in commands.list_commands(context)]
    places = {
        (name, str(parameter.name))
        for name, command in known
        if command
        for parameter in command.params
        if isinstance(parameter.type, click.Path | click.File)
    }
    assert {place for place in places if place not in READ and place[1] not in READ} == set(WRITERS)


@pytest.mark.parametrize("place", WRITERS, ids=" ".join)
def test_files_of_others_stay(project: Path, place: tuple[str, str]) -> None:
    folder = project / "shared"
    fill(folder)
    before = on_disk(folder)
    results = [*WRITERS[place](folder)]
    assert [(one.exit_code, one.stderr if one.exit_code else "") for one in results] == [(0, "")] * len(results)
    after = on_disk(folder)
    assert {path: after.get(path) for path in before} == before
    assert len(after) > len(before)


@pytest.mark.parametrize("command", [["init", "shared"], ["schema", "--into", "shared/.flowc"]], ids=" ".join)
@pytest.mark.parametrize("kind", ["file", "link", "list"])
def test_a_file_of_another_in_the_way_stays(project: Path, command: list[str], kind: str) -> None:
    path = Path("shared/.flowc/scenarios.schema.json")
    path.parent.mkdir(parents=True)
    if kind == "link":
        Path("mine.json").write_text('{"$id": "https://flowc.invalid/schema/scenarios.schema.json"}', "utf-8")
        path.symlink_to(project / "mine.json")
    else:
        path.write_text("[]" if kind == "list" else '{"$id": "mine"}', "utf-8")
    before = on_disk(project)
    result = run(*command)
    assert (result.exit_code, on_disk(project)) == (2, before)
    assert result.stderr in (
        f"Error: {path} already exists; nothing was written. Choose another folder.\n",
        f"Error: {path} already exists and was not written by flowc; nothing was written. "
        "Move it away, or choose another folder.\n",
    )


# The output folder


def test_what_was_changed_by_hand_is_named_and_kept() -> None:
    assert build().exit_code == 0
    path = Path("dist", DOCUMENT)
    path.write_text("<Response><!-- mine --></Response>", "utf-8")
    write("line", "another line")
    before = on_disk(Path("dist"))
    for arguments in ((), ("--no-cache",)):
        result = build(*arguments)
        assert (result.exit_code, result.stderr) == (
            2,
            f"Error: {path} was changed after flowc wrote it; nothing was written. "
            "Move it away to keep the change, or discard the change with flowc build --force\n",
        )
    assert on_disk(Path("dist")) == before
    assert build("--check").stdout == ""
    assert (build("--force").exit_code, build("--check").exit_code) == (0, 0)


def test_a_manifest_that_somebody_wrote_gives_no_files_away() -> None:
    Path("out").mkdir()
    Path("out/important.txt").write_text("important", "utf-8")
    Path("out/a.flow.yaml").write_text("a flow", "utf-8")
    entries = [{"path": "important.txt"}, {"path": "a.flow.yaml"}]
    Path("out/manifest.json").write_text(json.dumps({"generator": "flowc", "files": entries}), "utf-8")
    assert [build(*arguments, out="out").exit_code for arguments in ((), ("--force",))] == [0, 0]
    assert Path("out/important.txt").read_text("utf-8") == "important"
    assert Path("out/a.flow.yaml").read_text("utf-8") == "a flow"


READERS = {
    "openapi": ("openapi", "dist"),
    "probe": ("probe", "http://127.0.0.1:9", "--manifest", "dist/manifest.json"),
    "check": ("build", "line.flow.yaml", "--check", "--base-url", "https://other.example.com", "-o", "dist"),
}
INTERRUPTED = "a build into dist was interrupted and must be finished first: run flowc build again"


@pytest.mark.parametrize("reader", READERS)
def test_a_command_that_reads_carries_out_no_journal(reader: str) -> None:
    assert build().exit_code == 0
    Path("dist/important.txt").write_text("important", "utf-8")
    Path("dist/.flowc").mkdir()
    Path("dist/.flowc/commit").write_text('{"place": [], "remove": ["important.txt"], "folders": []}', "utf-8")
    before = on_disk(Path("dist"))
    result = run(*READERS[reader])
    assert (result.exit_code, result.stderr, on_disk(Path("dist"))) == (2, f"Error: {INTERRUPTED}\n", before)
    with pytest.raises(BundleError, match=f"^{INTERRUPTED}$"):
        read_bundle(Path("dist"))
    assert on_disk(Path("dist")) == before
    result = build()
    assert (result.exit_code, result.stderr, on_disk(Path("dist"))) == (
        2,
        "Error: dist/.flowc/commit is damaged: delete dist/.flowc and build again\n",
        before,
    )


# The cache


def _link(folder: Path) -> None:
    folder.rename("elsewhere")
    folder.symlink_to(Path("elsewhere").absolute())


def _file(folder: Path) -> None:
    folder.rename("elsewhere")
    folder.write_text("mine", "utf-8")


SHARED: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "a link": (_link, "{} is a symbolic link: name the folder itself"),
    "a file": (_file, "{} is not a folder: choose another one with --cache"),
    "of a group": (
        lambda folder: folder.chmod(0o770),
        "other users can write to {0}: run chmod go-w {0}, or choose another with --cache",
    ),
    "of everybody": (
        lambda folder: folder.chmod(0o777),
        "other users can write to {0}: run chmod go-w {0}, or choose another with --cache",
    ),
    "of another": (
        lambda folder: os.chown(folder, NOBODY, NOBODY),
        "{} belongs to another user: choose another folder with --cache",
    ),
}


@pytest.mark.parametrize("inside", ["cache", "cache/flowc-1"])
@pytest.mark.parametrize("how", SHARED)
def test_a_cache_that_others_can_write_is_not_used(how: str, inside: str) -> None:
    share, words = SHARED[how]
    if how == "of another" and os.geteuid() != 0:
        pytest.skip("only root can give folders away")
    assert build("--cache", "cache").exit_code == 0
    _forge(Path("cache/flowc-1"))
    share(Path(inside))
    before = on_disk(Path("cache")) if Path("cache").is_dir() else {}
    result = build("--cache", "cache", out="again")
    assert (result.exit_code, result.stderr) == (0, f"cache not used: {words.format(inside)}\n")
    assert b"Forged" not in Path("again", DOCUMENT).read_bytes()
    assert before == (on_disk(Path("cache")) if Path("cache").is_dir() else {})


@pytest.mark.skipif(sys.platform == "win32", reason="files have no such modes")
def test_a_kept_file_that_others_can_write_counts_for_nothing() -> None:
    assert build("--cache", "cache").exit_code == 0
    _forge(Path("cache/flowc-1"))
    for path in Path("cache/flowc-1").iterdir():
        path.chmod(0o666)
    assert (
        build("--cache", "cache", out="again").exit_code,
        build("--no-cache", "--check", out="again").exit_code,
    ) == (
        0,
        0,
    )


def _forge(folder: Path) -> None:
    """Write another text into what is kept, with a right sum, as any user can who may write there."""
    for path in folder.iterdir():
        _, _, body = path.read_bytes().partition(b"\n")
        body = body.replace(b"Goodbye", b"Forged!")
        path.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)


def _signed(path: Path, lines: list[Any]) -> None:
    body = "\n".join(json.dumps(one) for one in lines).encode()
    path.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)


def _kept(path: Path) -> list[Any]:
    return [json.loads(one) for one in path.read_bytes().split(b"\n")[1:]]


def _of_other_form(value: Any) -> Iterator[Any]:
    """A value with one part of another form or missing, for each of its parts."""
    yield from (one for one in (1, "x", [], {}, None, [1], {"key": 1}) if type(one) is not type(value) or not value)
    if isinstance(value, list) and value:
        yield value[1:]
        yield [*value, value[0]]
        for index, part in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in _of_other_form(part))
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ({**value, key: other} for other in _of_other_form(part))


#: So many of them are tried: all take too long.
ONE_IN = 5
FORMS = [1, [], {"key": 1}, {}, None, "x", [[]], 1.5, [1, 2, 3, 4, 5, 6, 7]]


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_other_json_with_a_right_sum_counts_for_nothing(form: Any) -> None:
    assert build("--cache", "cache").exit_code == 0
    for path in Path("cache/flowc-1").iterdir():
        _signed(path, [form] * len(_kept(path)))
    for out in ("again", "dist"):
        assert build("--cache", "cache", out=out).exit_code == 0
    assert build("--no-cache", "--check", out="again").exit_code == 0


def test_what_does_not_fit_together_counts_for_nothing() -> None:
    """Each part has a right form, but the contracts that they name are missing."""
    assert build("--cache", "cache").exit_code == 0
    for path in Path("cache/flowc-1").iterdir():
        _signed(path, [{}, *_kept(path)[1:]])
    assert build("--cache", "cache", out="again").exit_code == 0
    assert build("--no-cache", "--check", out="again").exit_code == 0


def test_no_part_of_other_form_with_a_right_sum_breaks_a_build() -> None:
    """The rest is as it was, so only what reads each part can notice."""
    assert build("--cache", "cache").exit_code == 0
    (parts, whole) = sorted(Path("cache/flowc-1").iterdir(), key=lambda path: path.stem.endswith("-whole"))
    good = {path: _kept(path) for path in (parts, whole)}
    tried = 0
    for path, lines in good.items():
        for other in filter(None, [*_of_other_form(lines)][::ONE_IN]):
            for one in (parts, whole):
                _signed(one, good[one])
            if path == parts:
                whole.unlink()
            _signed(path, other if isinstance(other, list) else [other])
            result = CliRunner().invoke(commands, ["build", "line.flow.yaml", "-q", "-o", "dist", "--cache", "cache"])
            assert result.exit_code == 0, (other, result.output)
            tried += 1
    assert tried > 50


def test_entries_go_by_age_and_what_was_abandoned_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowc.driver.cache._MOST_FILES", 3)
    own = Path("cache/flowc-1")
    own.mkdir(parents=True, mode=0o700)
    Path("cache").chmod(0o700)
    for digit in "abcde":
        (own / f"{digit * 64}.jsonl").write_text("old", "utf-8")
        os.utime(own / f"{digit * 64}.jsonl", (ord(digit), ord(digit)))
    for name in ("abandoned", "current_"):
        (own / f"{NAME}.jsonl.{name[:8]}.new").write_text("staged", "utf-8")
    os.utime(own / f"{NAME}.jsonl.abandone.new", (1, 1))
    (own / f"{'f' * 64}.jsonl").symlink_to("elsewhere")
    os.utime(own / f"{'f' * 64}.jsonl", (1, 1), follow_symlinks=False)
    Store(Path("cache")).save(NAME, [])
    left = [f"{NAME}.jsonl", f"{NAME}.jsonl.current_.new", *(f"{digit * 64}.jsonl" for digit in "def")]
    assert sorted(path.name for path in own.iterdir()) == sorted(left)


def test_nothing_is_kept_where_others_can_write() -> None:
    """A folder may be another one by the time that something is kept."""
    folder = Path("cache")
    folder.mkdir()
    folder.chmod(0o777)
    Store(folder).save(NAME, [])
    assert [*folder.iterdir()] == []
    folder.chmod(0o700)
    (folder / "flowc-1").mkdir()
    (folder / "flowc-1").chmod(0o777)
    Store(folder).save(NAME, [])
    assert [*folder.rglob("*.*")] == []


@pytest.mark.parametrize("home", ["relative", ".", None])
def test_without_an_absolute_home_there_is_no_cache(project: Path, home: str | None) -> None:
    """A user that the system does not know has no other home than HOME."""
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    environment |= {"HOME": home, "XDG_CACHE_HOME": "also/relative"} if home else {}
    program = (
        "import sys, pwd\n"
        "def unknown(*_): raise KeyError\n"
        "pwd.getpwuid = unknown\n"
        "from flowc.cli import commands\n"
        "commands(['build', 'line.flow.yaml', '-q', '-o', 'dist'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, re.sub(r"(?m)^.*warning.*\n", "", done.stderr)) == (0, "", "")
    assert sorted(path.name for path in project.iterdir()) == ["dist", "line.flow.yaml"]
