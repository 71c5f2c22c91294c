"""The tables of docs/performance.md, from benchmarks/ratios.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

_RATIOS = Path(__file__).parent.parent / "benchmarks" / "ratios.json"


@cache
def _read() -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(_RATIOS.read_text("utf-8"))
    return kept


def machine() -> str:
    """On what the ratios were measured."""
    return f"{_read()['machine']}.\n"


def listed(*parts: str) -> str:
    """Ratios of these parts, a line for each."""
    lines = (
        (
            f"{one['what']}: {one['size']}",
            f"{one['value']:.2f}",
            f"{one['min']:.2f} to {one['max']:.2f}",
            _target(one),
        )
        for one in _of(*parts)
    )
    return _table(("ratio", "measured", "min to max", "target"), lines)


def by_size(part: str) -> str:
    """Ratios of a part: a line for each size, a column for each pair of programs; targets come first."""
    ratios = _of(part)
    columns = list(dict.fromkeys(one["what"] for one in ratios))
    values = {(one["size"], one["what"]): f"{one['value']:.2f}" for one in ratios}
    targets = {one["what"]: _target(one) for one in ratios}
    lines = [("target", *(targets[what] for what in columns))]
    for size in dict.fromkeys(one["size"] for one in ratios):
        lines.append((size, *(values.get((size, what), "") for what in columns)))
    return _table(("ratio", *columns), lines)


def _of(*parts: str) -> list[dict[str, Any]]:
    return [one for one in _read()["ratios"] if one["part"] in parts]


def _target(one: dict[str, Any]) -> str:
    return "" if one["target"] is None else f"{one['target']:.2f}"


def _table(heads: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    titles = list(heads)
    rows = (f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n{''.join(rows)}"
