"""The same input gives the same bytes: whatever the hash seed, the locale, the time zone, the folder, the umask."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

import flowc
from tests.conftest import ROOT
from tests.samples.built_flows import SAMPLES

#: What is built: the whole folder at once, from inside it.
ARGUMENTS = ("--env", "prod", "-o", "dist")
#: A file whose name is no ASCII, so that a locale could get at it.
NAME = "größe 日本.flow.yaml"
FLOW = "flowc: 1\nname: last\nentry: s\nsteps:\n  s: [{say: Größe}, {goto: t}]\n  t: [hangup]\n"


class Way(NamedTuple):
    """How a build is run: environment, umask, and where the project stands."""

    environment: Mapping[str, str] = {}
    umask: int = 0o022
    folder: str = "a"


WAYS = {
    "as it is": Way(),
    "hash seed 0": Way({"PYTHONHASHSEED": "0"}),
    "hash seed 1": Way({"PYTHONHASHSEED": "1"}),
    "hash seed 4242": Way({"PYTHONHASHSEED": "4242"}),
    "Tokyo": Way({"TZ": "Asia/Tokyo"}),
    "Honolulu": Way({"TZ": "HST10"}),
    "the C locale": Way({"LC_ALL": "C", "LANG": "C"}),
    "the C locale in UTF-8": Way({"LC_ALL": "C.UTF-8"}),
    # Python is kept from helping itself to UTF-8: files, names and streams are ASCII then.
    "no UTF-8": Way({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "a locale nobody has": Way({"LC_ALL": "tlh_QO.ISO-8859-15"}),
    "a closed umask": Way(umask=0o077),
    "an open umask": Way(umask=0),
    "another folder": Way(folder="some/where else/ö"),
    "optimised": Way({"PYTHONOPTIMIZE": "2"}),
}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def project(folder: Path) -> Path:
    shutil.copytree(SAMPLES / "project", folder)
    folder.joinpath("flows", NAME).write_text(FLOW, "utf-8")
    return folder


def run(folder: Path, way: Way, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # Not even what the interpreter is started with may show: only what it needs is handed on.
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "XDG_CACHE_HOME") if name in os.environ}
    environment["PYTHONPATH"] = str(Path(flowc.__file__).parent.parent)
    command = [sys.executable, "-m", "flowc", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**environment, **way.environment}, umask=way.umask, capture_output=True, check=False
    )


def built(folder: Path, way: Way) -> dict[str, bytes]:
    result = run(folder, way, "build", *ARGUMENTS)
    assert (result.returncode, result.stderr) == (0, b"")
    return tree(folder / "dist")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return built(project(tmp_path_factory.mktemp("determinism") / "usual"), Way())


def test_what_is_compared(expected: dict[str, bytes]) -> None:
    """All flows on all targets, or the comparisons below would say little."""
    for target in ("plivo", "rcml"):
        for document in ("first/start.xml", "second/ask.xml", "last/s.xml"):
            assert f"{target}/{document}" in expected
    assert NAME.encode("utf-8") in expected["manifest.json"]
    assert "Größe".encode() in expected["plivo/last/s.xml"]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "as it is"])
def test_same_bytes(way: str, expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = project(tmp_path / WAYS[way].folder)
    assert built(folder, WAYS[way]) == expected


def test_same_bytes_from_elsewhere(expected: dict[str, bytes], tmp_path: Path) -> None:
    """From above the project only the sources' names change, by the folder that now stands before them."""
    project(tmp_path / "p")
    result = run(tmp_path, Way(), "build", "p", *ARGUMENTS)
    assert (result.returncode, result.stderr) == (0, b"")
    found = tree(tmp_path / "dist")
    found["manifest.json"] = found["manifest.json"].replace(b'"file": "p/', b'"file": "')
    assert found == expected


def test_same_bytes_however_the_files_are_named(expected: dict[str, bytes], tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    flows = sorted(folder.glob("flows/*.flow.yaml"))
    orders = (
        [f"./flows/{path.name}" for path in reversed(flows)],
        [str(path) for path in flows],
        ["flows/../flows", str(flows[0]), "flows"],
    )
    for order in orders:
        result = run(folder, Way(), "build", *order, *ARGUMENTS)
        assert (result.returncode, result.stderr) == (0, b"")
        assert tree(folder / "dist") == expected, order


@pytest.mark.parametrize("way", ["as it is", "no UTF-8"])
def test_no_folder_and_no_clock(way: str, tmp_path: Path) -> None:
    folder = project(tmp_path / "somewhere")
    for source in folder.rglob("*.yaml"):
        os.utime(source, (10**9, 10**9))
    files = built(folder, WAYS[way])
    secrets = {str(path) for path in (tmp_path, Path.home(), Path(sys.prefix), ROOT)}
    now = time.time()
    # Of a clock: today in the usual writings, and the seconds since 1970 to the last quarter of an hour or so.
    clocks = {time.strftime(form, time.localtime(now)) for form in ("%Y-%m-%d", "%d.%m.%Y", "%b %d", "%Y%m%d")}
    clocks |= {str(int(now))[:7], str(10**9)}
    for path, data in files.items():
        text = re.sub(r"\b[0-9a-f]{12}([0-9a-f]{52})?\b", "", data.decode("utf-8"))  # names and checksums are random
        for secret in secrets | clocks:
            assert secret not in text, (path, secret)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_report_is_the_same(form: str, tmp_path: Path) -> None:
    folder = faulty(tmp_path / "p")
    reports = {}
    for name in ("as it is", "hash seed 1", "the C locale", "no UTF-8"):
        result = run(folder, WAYS[name], "lint", "--env", "prod", "--format", form)
        assert (result.returncode, result.stderr) == (1, b"")
        reports[name] = result.stdout
    assert set(reports.values()) == {reports["as it is"]}
    report = reports["as it is"].decode("utf-8")
    assert "größe 日本" in (report if form == "text" else str(json.loads(report)))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "ascii"])
def test_a_stream_that_lacks_a_sign(encoding: str, tmp_path: Path) -> None:
    """What cannot be shown is no reason to fail: such as on a terminal, or in a file, of a Western locale."""
    folder = faulty(tmp_path / "p")
    result = run(folder, Way({"PYTHONIOENCODING": encoding}), "lint", "--env", "prod")
    assert (result.returncode, result.stderr) == (1, b"")
    assert b"FC205" in result.stdout
    if encoding != "ascii":
        assert "größe \\u65e5\\u672c".encode(encoding) in result.stdout


def faulty(folder: Path) -> Path:
    project(folder).joinpath("flows", NAME).write_text(FLOW.replace("hangup", "goto: größe 日本"), "utf-8")
    return folder
