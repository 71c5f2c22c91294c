"""Every fault is told once, by its code and at its place, wherever in the examples it is made."""

from __future__ import annotations

import random
import re
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from flowc.diagnostics.codes import Severity
from flowc.driver.pipeline import check_flows
from flowc.project.options import Options
from flowc.project.project import find_flows
from tests.cases.typical_faults import OPERATORS, Edit, Operator, sites
from tests.conftest import ROOT
from tests.samples.built_flows import targets

_EXAMPLES = ROOT / "examples"
_FLOWS = sorted(_EXAMPLES.rglob("*.flow.yaml"))
#: How many faults are made, and what decides where.
_MADE = 300
_SEED = 6


@cache
def _chosen() -> dict[str, list[tuple[Path, Edit]]]:
    """The edits of each operator: each in turn takes one of its places, until there are enough."""
    chance = random.Random(_SEED)
    left: dict[str, list[tuple[Path, Edit]]] = defaultdict(list)
    for flow in _FLOWS:
        for site in sites(flow.read_text("utf-8")):
            for operator in OPERATORS:
                edit = operator.edit(site) if re.fullmatch(operator.where, site.path) else None
                if edit is not None:
                    left[operator.name].append((flow, edit))
    for places in left.values():
        chance.shuffle(places)
    chosen: dict[str, list[tuple[Path, Edit]]] = defaultdict(list)
    count = 0
    while count < _MADE:
        for name in [name for name, places in left.items() if places][: _MADE - count]:
            chosen[name].append(left[name].pop())
            count += 1
    return chosen


def test_every_operator_is_used() -> None:
    assert set(_chosen()) == {operator.name for operator in OPERATORS}
    assert sum(map(len, _chosen().values())) == _MADE


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.name)
def test_told_once_and_in_its_place(operator: Operator, tmp_path: Path) -> None:
    examples = shutil.copytree(_EXAMPLES, tmp_path / "examples")
    for flow, edit in _chosen()[operator.name]:
        path = examples / flow.relative_to(_EXAMPLES)
        text = flow.read_text("utf-8")
        broken = text[: edit.start] + edit.new + text[edit.end :]
        before = broken[: edit.at]
        expected = (operator.code, before.count("\n") + 1, edit.at - before.rfind("\n"))
        path.write_text(broken, "utf-8")
        checked = check_flows(find_flows([path]), targets(), Options())
        path.write_text(text, "utf-8")
        errors = [one for one in checked.diagnostics if one.severity is Severity.ERROR]
        found = [(one.code, *((one.span.line, one.span.column) if one.span else (0, 0))) for one in errors]
        told = "\n".join(f"{one.span}: {one.code} {one.message}" for one in errors)
        assert found == [expected], f"{path.name}: {edit}\n{told}"
