"""Measure rows of the table, with all their programs in turn."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Any, NamedTuple

from benchmarks.programs import Run, Workplace, execute, installed
from benchmarks.run import Cost
from benchmarks.table import Key, Row

_WIDTH = 90


class Measured(NamedTuple):
    """A ratio or a figure: one value a round, and the most, or least, that it should be."""

    part: str
    what: str
    size: str
    values: tuple[float, ...]
    target: float | None
    least: bool = False

    @property
    def value(self) -> float:
        """What is reported of all rounds."""
        return median(self.values)

    @property
    def key(self) -> Key:
        """By what the ratio is found."""
        return self.part, self.what, self.size

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        if self.target is None:
            return ""
        low, high = (self.target, self.value) if self.least else (self.value, self.target)
        return "met" if low <= high else "not met"

    def line(self) -> str:
        """A line of the printed table."""
        spread = f"{min(self.values):.2f}-{max(self.values):.2f}"
        target = "" if self.target is None else f"{self.target:.2f}"
        called = f"{self.what}: {self.size}"
        return f"{called:<{_WIDTH}}{self.value:>8.2f}{spread:>14}{target:>8}  {self.verdict}".rstrip()

    def record(self) -> dict[str, Any]:
        """What the repository keeps."""
        return {
            "part": self.part,
            "what": self.what,
            "size": self.size,
            "value": round(self.value, 3),
            "min": round(min(self.values), 3),
            "max": round(max(self.values), 3),
            "rounds": len(self.values),
            "target": self.target,
        }


HEAD = f"{'':<{_WIDTH}}{'ratio':>8}{'min-max':>14}{'target':>8}"


def measured(place: Workplace, rows: Iterable[Row], rounds: int | None) -> Iterator[Measured]:
    """Measure rows that share a size together, each in so many rounds, or in its own number of them."""
    warm: set[str] = set()
    present = (row for row in rows if all(installed(run) for run in row.runs))
    for _, group in itertools.groupby(present, key=lambda row: (row.part, row.size)):
        together = list(group)
        runs = dict.fromkeys(run for row in together for run in row.runs)
        for run in runs:
            if run.program not in warm:
                execute(place, Run(run.program))  # reads programs into memory, and writes their bytecode
                warm.add(run.program)
        wanted = rounds or max(row.rounds for row in together)
        costs = [{run: execute(place, run) for run in runs} for _ in range(wanted)]
        for row in together:
            yield Measured(row.part, row.what, row.size, tuple(value(row, turn) for turn in costs), row.target)


def value(row: Row, costs: dict[Run, Cost]) -> float:
    """The ratio of a row in one round."""
    less = getattr(costs[row.less], row.cost) if row.less else 0.0
    over = getattr(costs[row.over], row.cost) - less
    under = getattr(costs[row.under], row.cost) - less if row.under else 1.0
    return float(over / under / row.unit)
