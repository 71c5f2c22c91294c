"""What is installed: the locks name all that pyproject.toml wants, for every Python, and the demo shows one screen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from tests.conftest import ROOT
from tests.house.lowest import lowest
from tests.house.sbom import sbom

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_LOCKS = ("run", "test", "lowest")
#: Where flowc is worked on: Python's version, the system by the names of markers.
_PLACES = [
    (python, system, machine)
    for python in ("3.11", "3.12", "3.13", "3.14")
    for system, machine in (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"))
]


def _locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The packages of a lock, by name and version, with their hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    text = re.sub(r"^ *#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    rows = [row.partition("--hash") for row in text.splitlines()]
    return {row[0].strip(): (Requirement(row[0]), re.findall("sha256:[0-9a-f]{64}", "".join(row))) for row in rows}


def _here(python: str, system: str, machine: str) -> dict[str, str]:
    known = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    ours = {name: str(value) for name, value in default_environment().items()}
    return {**ours, **known, "sys_platform": system, "platform_machine": machine}


def _versions(name: str, here: dict[str, str]) -> dict[str, str]:
    """The version of each package that pip takes from a lock on a system."""
    found = [one for one, _ in _locked(name).values() if one.marker is None or one.marker.evaluate(here)]
    assert len({one.name for one in found}) == len(found)
    return {one.name: str(one.specifier).removeprefix("==") for one in found}


def _wanted(extra: str | None, here: dict[str, str]) -> Iterator[Requirement]:
    project = _PROJECT["project"]
    for one in map(Requirement, project["optional-dependencies"][extra] if extra else project["dependencies"]):
        if one.name == project["name"]:
            for other in one.extras:
                yield from _wanted(other, here)
        elif one.marker is None or one.marker.evaluate(here):
            yield one


@pytest.mark.parametrize("name", _LOCKS)
def test_a_lock_names_versions_and_hashes_and_no_place_of_this_machine(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert re.findall(r"://|^-|@ |/opt", text, flags=re.M) == []
    assert len(_locked(name)) > 10
    for one, hashes in _locked(name).values():
        assert re.fullmatch(r"==[^,*]+", str(one.specifier)), one
        assert hashes, one


@pytest.mark.parametrize("place", _PLACES, ids="-".join)
def test_a_lock_is_what_pyproject_wants(place: tuple[str, str, str]) -> None:
    """`make lock` writes it anew where this fails."""
    here = _here(*place)
    run, test, least = (_versions(name, here) for name in _LOCKS)
    for extra, versions in ((None, run), (None, test), ("test", test), (None, least), ("test", least)):
        for one in _wanted(extra, here):
            assert one.specifier.contains(versions[one.name.lower()], prereleases=True), one
    assert run.items() <= test.items()
    for one in map(Requirement, lowest()):
        if one.marker is None or one.marker.evaluate(here):
            assert one.specifier.contains(least[one.name.lower()]), one


def test_what_builds_flowc_is_locked_too() -> None:
    here = _here(*_PLACES[0])
    for one in map(Requirement, _PROJECT["build-system"]["requires"]):
        assert all(one.name in _versions(name, here) for name in _LOCKS)


def test_the_sbom_is_that_of_the_lock() -> None:
    """`make sbom` writes it anew where this fails."""
    assert json.loads((ROOT / "requirements/flowc.cdx.json").read_text("utf-8")) == sbom()


def test_the_demo_fits_on_a_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "examples/demo.py", str(tmp_path / "dist")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) <= 24  # and one that says what is installed
    shown = re.findall(rf"^  (\S+) +({re.escape(str(tmp_path))}/\S+\.xml)", done.stdout, flags=re.M)
    assert len(shown) > 10
    assert [path for _, path in shown if not Path(path).is_file()] == []
