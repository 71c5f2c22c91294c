"""The wheel, installed: everything that flowc reads at run time is in it, and it builds what the repository builds."""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from flowc import __version__
from tests.conftest import ROOT, TESTS


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


def test_the_wheel_has_an_sbom_that_lists_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (name for name in archive.namelist() if "/sboms/" in name)
        bom = json.loads(archive.read(path))
        (about,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(about))
    assert path == f"flowc-{__version__}.dist-info/sboms/flowc.cdx.json"
    assert (bom["bomFormat"], bom["metadata"]["component"]["version"]) == ("CycloneDX", metadata["Version"])
    listed = {component["name"]: component for component in bom["components"]}
    needed = [one for one in map(Requirement, metadata.get_all("Requires-Dist", ())) if one.marker is None]
    assert {one.name for one in needed} >= {"click", "jinja2", "jsonschema", "lxml", "pyyaml"}
    for one in needed:
        assert one.specifier.contains(listed[one.name]["version"])
    (own,) = (row for row in bom["dependencies"] if row["ref"] == bom["metadata"]["component"]["bom-ref"])
    assert set(own["dependsOn"]) == {listed[one.name]["purl"] for one in needed}


def test_the_source_distribution_says_how_to_report_a_fault(wheel: Path) -> None:
    (source,) = wheel.parent.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        assert f"flowc-{__version__}/SECURITY.md" in archive.getnames()


def test_the_installed_package_builds_the_examples(wheel: Path, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(installed), str(wheel)], ROOT)
    where = [sys.executable, "-c", "import flowc; print(flowc.__file__)"]
    assert _run(where, tmp_path, PYTHONPATH=str(installed)).startswith(str(installed))
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for golden in sorted(path.parent for path in TESTS.glob("golden/*/manifest.json")):
        out = tmp_path / golden.name
        build = [sys.executable, "-m", "flowc", "build", f"examples/{golden.name}", "--quiet", "--output", str(out)]
        _run(build, tmp_path, PYTHONPATH=str(installed))
        assert {path: (out / path).read_bytes() for path in _files(out)} == {
            path: (golden / path).read_bytes() for path in _files(golden)
        }


def _another_python() -> str:
    """An interpreter of another version that flowc runs on: one on the path, or one installed beside this one.

    Leaves the test out where there is none, or fails it with CI in the environment.
    """
    own = f"3.{sys.version_info.minor}"
    beside = sorted(Path(sys.base_prefix).parent.glob("*3.1[1-9]*/bin/python3"))
    for name in [*(f"python3.{minor}" for minor in range(11, 20)), *map(str, beside)]:
        asked = [name, "-c", "import sys; print('3.%d' % sys.version_info.minor)"]
        if shutil.which(name):
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.strip() not in (own, *(f"3.{minor}" for minor in range(11))):
                return name
    why = f"there is no other Python than {own} here"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(f"left out: {why}")


@pytest.mark.foreign
@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_an_empty_environment_of_another_python_builds_the_same(kind: str, wheel: Path, tmp_path: Path) -> None:
    """Wheel and source distribution, each with what it and an example ask for, and nothing else."""
    _run([_another_python(), "-m", "venv", str(tmp_path / "venv")], tmp_path)
    (package,) = wheel.parent.glob(f"*.{kind}")
    pip = [str(tmp_path / "venv/bin/pip"), "install", "--quiet", "--disable-pip-version-check", f"{package}[ical]"]
    _run(pip, tmp_path, PIP_CONSTRAINT="")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for golden in sorted(path.parent for path in TESTS.glob("golden/*/manifest.json")):
        out = tmp_path / golden.name
        flowc = str(tmp_path / "venv/bin/flowc")
        _run([flowc, "build", f"examples/{golden.name}", "--quiet", "--output", str(out)], tmp_path)
        assert {path: (out / path).read_bytes() for path in _files(out)} == {
            path: (golden / path).read_bytes() for path in _files(golden)
        }
