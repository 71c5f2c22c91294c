"""Discovered cases: flows under tests/cases and what flowc says about them, word for word.

`cases/FCnnn/NAME.flow.yaml` has errors or warnings, of which FCnnn is the first. `NAME.out` beside it is the report,
the same of `build` and of `lint`. `cases/ok/NAME.flow.yaml` builds without a word. A case of several files is a folder:
`args` contains command lines, one a line, which are run in a copy of the folder, and `out` what they print. A folder
whose commands show no single code is in `cases/commands`. `pytest tests/cases/test_cases.py --regenerate` writes the
expected files anew.
"""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.diagnostics.codes import CODES

CASES = Path(__file__).parent
#: Codes that no small file shows with the packaged targets: tests/unit/test_load.py reads more than 4 MiB, and
#: tests/carriers/test_targets.py makes faulty targets.
_ELSEWHERE = {"FC110", "FC117", "FC901", "FC902"}


def _run(folder: Path, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(commands, arguments, catch_exceptions=False, prog_name="flowc")
    return result.exit_code, result.output


def _expect(path: Path, found: str, regenerate: bool) -> None:
    if regenerate:
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


@pytest.mark.parametrize("flow", sorted(CASES.glob("ok/*.flow.yaml")), ids=lambda path: path.name)
def test_ok(flow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["build", flow.name, "--quiet", "-o", str(tmp_path / "dist")]
    assert _run(flow.parent, arguments, monkeypatch) == (0, "")
    assert (tmp_path / "dist" / "manifest.json").is_file()


@pytest.mark.parametrize("flow", sorted(CASES.glob("FC*/*.flow.yaml")), ids=lambda path: path.name)
def test_report(flow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regenerate: bool) -> None:
    status, output = _run(flow.parent, ["build", flow.name, "--quiet", "-o", str(tmp_path / "dist")], monkeypatch)
    _expect(flow.with_name(flow.name.replace(".flow.yaml", ".out")), output, regenerate)
    failed = ": error[" in output
    assert status == (1 if failed else 0)
    assert (tmp_path / "dist").exists() is not failed
    assert _run(flow.parent, ["lint", flow.name], monkeypatch) == (status, output)


@pytest.mark.parametrize("args", sorted(CASES.glob("*/*/args")), ids=lambda path: path.parent.name)
def test_folder(args: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regenerate: bool) -> None:
    copy = shutil.copytree(args.parent, tmp_path / "case")
    printed = ""
    for line in args.read_text("utf-8").splitlines():
        status, output = _run(copy, shlex.split(line), monkeypatch)
        printed += f"$ flowc {line}\n{output}exit status {status}\n"
    _expect(args.with_name("out"), printed, regenerate)


def test_a_case_shows_the_code_of_its_folder() -> None:
    flows = {path: path.read_text("utf-8").partition("[FC")[2][:3] for path in CASES.glob("FC*/*.out")}
    wrong = [path.name for path, first in flows.items() if f"FC{first}" != path.parent.name]
    folders = CASES.glob("FC*/*/out")
    wrong += [path.parent.name for path in folders if f"[{path.parts[-3]}]" not in path.read_text("utf-8")]
    assert wrong == []
    others = {path.name for path in CASES.iterdir() if path.is_dir()} - {*CODES, "ok", "commands", "portability"}
    assert others <= {"__pycache__"}


def test_every_code_has_a_case() -> None:
    reports = "".join(path.read_text("utf-8") for path in (*CASES.glob("FC*/*.out"), *CASES.glob("*/*/out")))
    assert {code for code in CODES if f"[{code}]" not in reports} == _ELSEWHERE
