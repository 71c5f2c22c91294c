"""The examples, built, are these very bundles. `pytest tests/test_golden.py --regenerate` writes them anew."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from flowc import bundle, compile_flows, lint
from flowc.options import Options
from tests.conftest import ROOT

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir() and not path.name.startswith("_"))
ENVIRONMENTS = [file for example in EXAMPLES for file in sorted(example.glob("env/*.yaml"))]


def _tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example(example: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, regenerate: bool) -> None:
    monkeypatch.chdir(ROOT)
    compiled = compile_flows([example.relative_to(ROOT)])
    assert compiled.diagnostics == ()
    assert compiled.files is not None
    bundle.write(compiled.files, tmp_path)
    golden = GOLDEN / example.name
    if regenerate:
        shutil.rmtree(golden, ignore_errors=True)
        shutil.copytree(tmp_path, golden)
    assert _tree(tmp_path) == _tree(golden)


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_environment(file: Path) -> None:
    project = file.parent.parent
    compiled = compile_flows([project], Options(environment=file.stem))
    assert compiled.diagnostics == ()
    assert compiled.files != compile_flows([project]).files


def test_the_examples_build_together() -> None:
    assert compile_flows([ROOT / "examples"]).diagnostics == ()


def test_lint_finds_what_building_finds() -> None:
    broken = ROOT / "tests" / "cases" / "err" / "goto-itself.flow.yaml"
    assert [found.code for found in lint([broken])] == ["FC335"]
    assert lint([broken]) == compile_flows([broken]).diagnostics


def test_no_golden_without_example() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == [example.name for example in EXAMPLES]


def test_the_index_names_every_example() -> None:
    index = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\[[a-z-]+\]\(([a-z-]+)\)", index)) == [example.name for example in EXAMPLES]
