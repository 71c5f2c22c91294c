"""How contracts and tables differ from the carriers' SDKs, as tests/carriers/sdk_differences.yaml lists it.

A difference is named `Element@attribute`, `Parent/Child`, or by the parameter of a request to the carrier's API.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from tests.conftest import TESTS


@cache
def vocabulary() -> Mapping[str, Any]:
    """The file: per target the SDK, its version, and per kind of difference the groups with their reasons."""
    data: dict[str, Any] = yaml.safe_load((TESTS / "carriers" / "sdk_differences.yaml").read_text("utf-8"))
    return data


@cache
def listed(target: str, kind: str) -> Mapping[str, str]:
    """The differences of a kind that are known, each with its reason."""
    groups = vocabulary()[target][kind]
    found = {name: group["why"] for group in groups for name in group["of"]}
    assert len(found) == sum(len(group["of"]) for group in groups), f"{target} {kind}: a name is listed twice"
    return found


def by_element(names: Mapping[str, str], sign: str) -> dict[str, set[str]]:
    """The attributes (`@`) or children (`/`) among the names of differences, by element."""
    found: dict[str, set[str]] = {}
    for name in names:
        element, mark, rest = name.partition(sign)
        if mark:
            found.setdefault(element, set()).add(rest)
    return found
