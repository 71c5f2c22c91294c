"""The contracts of RCML's relatives against whole documents: what they take over, and what they say otherwise."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.carriers.contract_grammar import contract
from tests.conftest import TESTS

FAMILY = ("callapi", "twiml", "texml", "cxml")


def _documents() -> list[Any]:
    return [
        pytest.param(target, case, id=f"{target}-{case['id']}")
        for target in FAMILY
        for case in yaml.safe_load((TESTS / "carriers" / "contract" / f"{target}.yaml").read_text("utf-8"))
    ]


@pytest.mark.parametrize(("target", "case"), _documents())
def test_documents(target: str, case: dict[str, Any]) -> None:
    assert case.keys() == {"id", "valid", "why", "xml"}
    faults = contract(target).faults(case["xml"])
    assert (not faults) is case["valid"], faults or case["why"]
