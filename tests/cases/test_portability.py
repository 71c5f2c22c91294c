"""Every example on every target: it builds there and is built (tests/golden), or is refused in exactly these words.

`pytest tests/cases/test_portability.py --regenerate` writes tests/cases/portability/EXAMPLE.TARGET.out anew.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from flowc.driver.pipeline import check_flows
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.report import FORMATS
from tests.golden.test_golden import EXAMPLES

REPORTS = Path(__file__).parent / "portability"
TARGETS = find_targets()
_LINE = re.compile(r"^targets: \[.*\]$", re.MULTILINE)


def _named(example: Path) -> set[str]:
    """The targets that an example names."""
    names = (_LINE.search(path.read_text("utf-8")) for path in sorted(example.rglob("*.yaml")))
    return {name.strip() for found in names if found for name in found[0][len("targets: [") : -1].split(",")}


CASES = [(example, target) for example in EXAMPLES for target in TARGETS.profiles if target not in _named(example)]


@pytest.mark.parametrize(("example", "target"), CASES, ids=lambda value: getattr(value, "name", value))
def test_what_cannot_be_said(
    example: Path, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regenerate: bool
) -> None:
    shutil.copytree(example, tmp_path / example.name)
    for path in sorted((tmp_path / example.name).rglob("*.yaml")):
        path.write_text(_LINE.sub(f"targets: [{target}]", path.read_text("utf-8")), "utf-8")
    monkeypatch.chdir(tmp_path)
    checked = check_flows(find_flows([Path(example.name)]), TARGETS, Options())
    report = FORMATS["text"](checked.diagnostics)
    expected = REPORTS / f"{example.name}.{target}.out"
    if regenerate:
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(report, "utf-8")
    assert {diagnostic.code[:3] for diagnostic in checked.diagnostics} == {"FC4"}
    assert report == expected.read_text("utf-8")


def test_no_report_without_a_case() -> None:
    assert sorted(path.name for path in REPORTS.iterdir()) == sorted(
        f"{one.name}.{target}.out" for one, target in CASES
    )
