"""The programs of the benchmarks run, and their logic is right; how long something takes is for people to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import flows, record
from benchmarks.measure import Measured, measured, value
from benchmarks.programs import PROGRAMS, Run, Workplace, execute, installed
from benchmarks.run import BenchmarkError, Cost, spawn
from benchmarks.table import PARTS, TABLE, Row
from flowc import compile_flows
from flowc.project.options import Options

ROWS = {row.key: row for row in TABLE}
OVER, UNDER, LESS = Run("flowc lint", 10), Run("flowc lint", 1), Run("flowc lint", 0)
COSTS = {OVER: Cost(9, 12, 7), UNDER: Cost(3, 4, 5), LESS: Cost(1, 2, 3)}


def test_rows_are_distinct_and_name_programs() -> None:
    assert len(ROWS) == len(TABLE)
    assert {run.program for row in TABLE for run in row.runs} == {*PROGRAMS}


def test_the_ratios_in_the_repository_are_those_of_the_table() -> None:
    kept = {key: one for key, one in record.read().items() if key[0] in PARTS}
    assert list(kept) == list(ROWS)
    assert {key: one["target"] for key, one in kept.items()} == {key: row.target for key, row in ROWS.items()}


def test_flows_are_clean(tmp_path: Path) -> None:
    """Lint would otherwise be timed with its reports. The flow has 6,000 numbers, of every area code."""
    path = tmp_path / "bench.flow.yaml"
    path.write_text(flows.flow(3_000), encoding="utf-8")
    assert compile_flows([path], Options()).diagnostics == ()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    return Workplace(tmp_path_factory.mktemp("benchmarks"))


@pytest.mark.parametrize("name", [name for name in PROGRAMS if installed(Run(name))])
def test_a_program_runs(name: str, place: Workplace) -> None:
    assert execute(place, Run(name, 4, 2)).memory > 0


def test_a_program_that_writes_too_little_is_no_measurement(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flows, "FIXED_STEPS", 3)
    with pytest.raises(BenchmarkError, match="wrote 3 documents for 1 steps"):
        execute(place, Run("naive script"))


def test_a_program_that_fails_is_no_measurement() -> None:
    with pytest.raises(BenchmarkError, match="ended with 2"):
        spawn(["python3", "-c", "raise SystemExit(2)"], {})


def test_what_is_divided_by_runs_before(place: Workplace) -> None:
    rows = [row for row in TABLE if row.part == "changed"][:2]
    small = [row._replace(over=Run(row.over.program), under=Run("build that fills the cache")) for row in rows]
    found = list(measured(place, small, 2))
    assert [(one.key, len(one.values)) for one in found] == [(row.key, 2) for row in rows]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (Row("part", "", "", OVER, UNDER), 3),
        (Row("part", "", "", OVER, UNDER, cost="memory"), 1.4),
        (Row("part", "", "", OVER, UNDER, less=LESS, unit=5), 1),
        (Row("part", "", "", OVER, cost="wall"), 9),
    ],
)
def test_a_ratio(row: Row, wanted: float) -> None:
    assert value(row, COSTS) == wanted


@pytest.mark.parametrize(
    ("values", "target", "least", "verdict"),
    [
        ((1, 2, 9), 2.0, False, "met"),
        ((1, 3, 9), 2.0, False, "not met"),
        ((1, 3, 9), 2.0, True, "met"),
        ((1, 1, 9), 2.0, True, "not met"),
        ((1, 3, 9), None, False, ""),
    ],
)
def test_a_verdict_is_that_of_the_median(
    values: tuple[float, ...], target: float | None, least: bool, verdict: str
) -> None:
    assert Measured("part", "what", "size", values, target, least).verdict == verdict


def test_the_quick_form_tolerates_a_quarter_more_than_the_ratio_in_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record, "read", lambda: {key: {"value": 2.0} for key in ROWS})
    quick = list(record.quick())
    assert [row.key for row in quick] == [row.key for row in TABLE if row.quick]
    assert {row.target for row in quick} == {2.5}


def test_ratios_are_written_and_read_in_the_order_of_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RATIOS", tmp_path / "ratios.json")
    monkeypatch.setattr(record, "generate", lambda: None)
    first, second = (Measured(row.part, row.what, row.size, (1, 2, 6), row.target) for row in TABLE[:2])
    server = Measured("hosts", "route by value / file", "nginx", (0.9,), 0.8, least=True)
    record.write([server, second])
    record.write([first, second._replace(values=(4, 4, 4))])
    kept = record.read()
    assert list(kept) == [first.key, second.key, server.key]
    assert [one["value"] for one in kept.values()] == [2, 4, 0.9]
