"""The examples, built, are these very bundles. `pytest tests/test_golden.py --regenerate` writes them anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flowc import bundle, compile_flows
from tests.conftest import ROOT

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir() and not path.name.startswith("_"))


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


def test_no_golden_without_example() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == [example.name for example in EXAMPLES]
