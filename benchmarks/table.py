"""The ratios that flowc's speed is held to: what is divided by what, and the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from benchmarks.programs import Run

#: By what a ratio is found: its part, what is divided by what, and the size.
Key = tuple[str, str, str]


class Row(NamedTuple):
    """A ratio: what `over` costs, divided by what `under` costs, or a figure, where nothing is divided."""

    part: str
    what: str
    size: str
    over: Run
    under: Run | None = None
    #: The most that it should be.
    target: float | None = None
    #: Which cost: processor time, wall time, or memory.
    cost: Literal["cpu", "wall", "memory"] = "cpu"
    #: A run whose cost is taken off both.
    less: Run | None = None
    #: What the ratio is divided by: the size of `over` as a multiple of that of `under`, or a unit.
    unit: float = 1
    rounds: int = 5
    #: Whether `make bench-quick` measures it, too: its spread is small, and it takes little time.
    quick: bool = False

    @property
    def key(self) -> Key:
        """By what the ratio is found."""
        return self.part, self.what, self.size

    @property
    def runs(self) -> list[Run]:
        """What is run; what it is divided by comes first, since it fills the cache of the other."""
        return [run for run in (self.under, self.over, self.less) if run is not None]


_MIB = 1024 * 1024
#: Steps and flows of the projects that are built, and whether the quick form builds them, too.
_SIZES = (
    (1_000, 1, False),
    (1_000, 100, True),
    (1_000, 1_000, False),
    (10_000, 1, False),
    (10_000, 100, False),
    (10_000, 1_000, False),
)
_CHANGING = ((1_000, 1_000), (10_000, 1_000))
#: A flow of nearly 4 MiB, which is the most that flowc reads.
_LARGEST = 22_000


def _named(steps: int, flows: int) -> str:
    return f"{steps:,} steps in {flows:,} flow{'s' if flows > 1 else ''}"


def _start() -> Iterator[Row]:
    for over, under, size, target, quick in (
        ("flowc --version", "python -c pass", "start-up", 2.5, True),
        ("flowc lint", "yamllint", "one step", 1.3, True),
        ("cold build", "naive script", "one step", 0.7, True),
        ("flowc lint, no bytecode", "yamllint, no bytecode", "one step, no bytecode", 1.3, False),
    ):
        what = f"{over} / {under}".replace(", no bytecode", "")
        runs = Run(over), Run(under)
        yield Row("start", what, size, *runs, target=target, rounds=11 if quick else 5, quick=quick)


def _cold() -> Iterator[Row]:
    for steps, flows, quick in _SIZES:
        build, size = Run("cold build", steps, flows), _named(steps, flows)
        for name, target in (("naive script", 1.0), ("Node script", None), ("floor", 2.0)):
            under = Run(name, steps, flows)
            measured_quickly = quick and name == "naive script"
            yield Row("cold", f"cold build / {name}", size, build, under, target=target, quick=measured_quickly)
        if flows > 1:
            two, naive = Run("cold build, two processes", steps, flows), Run("naive script", steps, flows)
            yield Row("cold", f"{two.program} / naive script", size, two, naive, target=0.6, cost="wall")


def _lint() -> Iterator[Row]:
    lint = Run("flowc lint", 1_000)
    for name in ("yamllint", "check-jsonschema"):
        under = Run(name, 1_000)
        yield Row("lint", f"flowc lint / {name}", "1,000 steps", lint, under, target=1.0, quick=name == "yamllint")


def _changed() -> Iterator[Row]:
    for steps, flows in _CHANGING:
        cold, size = Run("build that fills the cache", steps, flows), _named(steps, flows)
        for name, target in (("nothing changed", 0.05), ("one flow changed", 0.1)):
            yield Row("changed", f"{name} / cold", size, Run(name, steps, flows), cold, target=target)


def _growth() -> Iterator[Row]:
    for name, called in (("cold build", "build"), ("flowc lint", "lint")):
        # The first 1,000 steps are taken off, and with them start-up.
        few, some, many = Run(name, 1_000), Run(name, 10_000, 10), Run(name, 100_000, 100)
        row = Row("growth", "", f"{called}, 100,000 steps", many, less=few)
        linear = row._replace(under=some, target=1.15, unit=(many.steps - few.steps) / (some.steps - few.steps))
        yield linear._replace(what="time a step / in 10,000 steps")
        yield linear._replace(what="memory a step / in 10,000 steps", cost="memory")
        yield row._replace(what="memory a step, KiB", cost="memory", unit=(many.steps - few.steps) * 1024)
        row = Row("growth", "", f"{called}, one flow of 4 MiB", Run(name, _LARGEST))
        yield row._replace(what="seconds", target=10)
        yield row._replace(what="MiB", target=512, cost="memory", unit=_MIB)
    one, some, many = Run("explore"), Run("explore", 101), Run("explore", 401)
    what, size = "time / 4 times that of 100", "explore, 400 rows of a part"
    yield Row("growth", what, size, many, some, target=1.15, less=one, unit=4)


def _collector() -> Iterator[Row]:
    for steps, flows, over, under, target in (
        (3_000, 1, "build, collector off", "build, collector on", 0.9),
        (2_000, 20, "build, collector off, frozen at the end", "build, collector off", 0.98),
    ):
        over_run, under_run = Run(over, steps, flows), Run(under, steps, flows)
        yield Row("collector", f"{over} / {under}", _named(steps, flows), over_run, under_run, target=target)


TABLE: tuple[Row, ...] = (*_start(), *_cold(), *_lint(), *_changed(), *_growth(), *_collector())
PARTS = tuple(dict.fromkeys(row.part for row in TABLE))
