"""The examples and the flows of tests/meaning, built, are these very bundles; no branch of lowering is without one.

`pytest tests/golden/test_golden.py --regenerate` writes them anew.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flowc import bundle, compile_flows, lint
from flowc.bundle.manifest import MANIFEST
from flowc.project.options import Options
from tests.conftest import ROOT
from tests.meaning.claims import FLOWS
from tests.samples.built_flows import compiled as built

GOLDEN = Path(__file__).parent
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir() and not path.name.startswith("_"))
ENVIRONMENTS = [file for example in EXAMPLES for file in sorted(example.glob("env/*.yaml"))]
#: What no golden flow reaches of lowering, and why.
_UNREACHED = {
    "queue.py: return ()": "a target without queues refuses the flow",
    "request.py: return routes[route]": "a fallback that comes to a choice is refused (FC372)",
    "switch.py: return ()": "analysis refuses a value that is no number and no address",
    "context.py: self.webhook(": "no packaged target has a URL in the block of a request that its table says is asked",
}


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


def _text(flow: Path) -> str:
    """A bundle in one file: its documents and bodies, and of its manifest each route and webhook in a line."""
    bundle = built(flow)
    assert bundle.files is not None, flow.name
    manifest = json.loads(bundle.files[MANIFEST])
    lines = [f"{json.dumps(entry, ensure_ascii=False)}\n" for entry in (*manifest["routes"], *manifest["webhooks"])]
    files = {**bundle.files, MANIFEST: "".join(lines).encode()}
    return "".join(f"== {path}\n{data.decode()}" for path, data in sorted(files.items()))


@pytest.mark.parametrize("flow", FLOWS, ids=lambda path: path.name)
def test_flow(flow: Path, monkeypatch: pytest.MonkeyPatch, regenerate: bool) -> None:
    monkeypatch.chdir(ROOT)
    golden = flow.with_name(flow.name.replace(".flow.yaml", ".golden"))
    text = _text(flow.relative_to(ROOT))
    if regenerate:
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")


def test_goldens_reach_every_branch_of_lowering() -> None:
    flows = [str(path) for path in (*EXAMPLES, *FLOWS)]
    missed = subprocess.run(
        [sys.executable, "-m", "tests.golden.lowering_coverage", *flows],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert sorted(missed) == sorted(_UNREACHED)


@pytest.mark.parametrize("file", ENVIRONMENTS, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_environment(file: Path) -> None:
    project = file.parent.parent
    compiled = compile_flows([project], Options(environment=file.stem))
    assert compiled.diagnostics == ()
    assert compiled.files != compile_flows([project]).files


def test_the_examples_build_together() -> None:
    assert compile_flows([ROOT / "examples"]).diagnostics == ()


def test_lint_finds_what_building_finds() -> None:
    broken = ROOT / "tests" / "cases" / "FC335" / "goto-itself.flow.yaml"
    assert [found.code for found in lint([broken])] == ["FC335"]
    assert lint([broken]) == compile_flows([broken]).diagnostics


def test_no_golden_without_example() -> None:
    assert sorted(path.parent.name for path in GOLDEN.glob("*/manifest.json")) == [example.name for example in EXAMPLES]


def test_the_index_names_every_example() -> None:
    index = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\[[a-z-]+\]\(([a-z-]+)\)", index)) == [example.name for example in EXAMPLES]
