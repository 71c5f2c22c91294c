"""The goals of `make measures`, and that each measure can be computed."""

from __future__ import annotations

import pytest

from tests.house.measures import MEASURES, Measure, long_constructions, main


def test_the_table_has_a_row_for_each_measure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(MEASURES)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_the_goal_is_reached(measure: Measure) -> None:
    value = measure.measure()
    assert measure.is_reached(value), f"{measure.name}: {value}, and the goal is {measure.goal}"


def test_check_fails_if_a_goal_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.house.measures.MEASURES", (Measure("many", lambda: 3, most=2),))
    assert main([]) == 0
    assert main(["--check"]) == 1


def test_records_of_more_than_five_fields_are_built_with_keywords() -> None:
    assert long_constructions() == []
