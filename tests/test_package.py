"""The wheel, installed: everything that flowc reads at run time is in it, and it builds what the repository builds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


def _run(command: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the source distribution as a packager would."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)], folder)
    (made,) = folder.glob("*.whl")
    return made


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == {f"flowc/{path}" for path in _files(ROOT / "flowc")}


def test_the_installed_package_builds_the_examples(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)], ROOT)
    where = [sys.executable, "-c", "import flowc; print(flowc.__file__)"]
    assert _run(where, tmp_path, PYTHONPATH=str(installed)).startswith(str(installed))
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for golden in sorted((ROOT / "tests" / "golden").iterdir()):
        out = tmp_path / golden.name
        build = [sys.executable, "-m", "flowc", "build", f"examples/{golden.name}", "--quiet", "--output", str(out)]
        _run(build, tmp_path, PYTHONPATH=str(installed))
        assert {path: (out / path).read_bytes() for path in _files(out)} == {
            path: (golden / path).read_bytes() for path in _files(golden)
        }
