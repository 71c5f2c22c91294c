"""The goals of `make measures` that are reached, and that each measure can be computed."""

from __future__ import annotations

import pytest

from tests.house.measures import MEASURES, idioms, long_constructions, main, prose_of_docs


def test_the_table_has_a_row_for_each_measure(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(MEASURES)


def test_records_of_more_than_five_fields_are_built_with_keywords() -> None:
    assert long_constructions() == []


def test_the_documentation_has_no_idioms() -> None:
    assert idioms(prose_of_docs()) == 0
