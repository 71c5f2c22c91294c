"""Every ratio that flowc's speed is held to, with its target: ``python benchmarks/ratios.py``."""

from __future__ import annotations

import argparse
import marshal
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import flows
from run import NAIVE, ROOT, BenchmarkError, Cost, positive, spawn

FLOOR = NAIVE.with_name("floor.py")
FLOWC = [sys.executable, "-m", "flowc"]
#: Steps and files of the flows that are built.
SIZES = ((1_000, 1), (1_000, 100), (1_000, 1_000), (10_000, 1), (10_000, 100), (10_000, 1_000))
#: Where a part of a project changes, it has this many flows.
CHANGING = ((1_000, 1_000), (10_000, 1_000))
_SMALL = """\
flowc: 1
name: small
targets: [plivo]
base_url: https://flows.example.com
entry: start
steps:
  start: [{say: Please hold the line.}, {dial: {to: "+12025550123", then: end}}]
"""
#: A flow whose table uses a part of three steps for each row, and that part.
_DIRECTORY = """\
flowc: 1
name: directory
targets: [plivo]
base_url: https://flows.example.com
parts: {extension: extension.part.yaml}
tables: {people: {csv: people.csv, columns: {ext: digits, phone: phone}}}
entry: start
steps:
  start:
    - gather:
        digits: 4
        timeout: 12s
        prompt: [{say: Enter the extension.}]
        then: {rows: {table: people, key: ext, part: extension, with: {phone: "${row.phone}"}, then: end}, else: end}
"""
_EXTENSION = """\
flowc: 1
part: extension
inputs: {phone: {type: phone}}
exits: [done]
entry: ring
steps:
  ring: [{dial: {to: "${phone}", timeout: 20s, then: {completed: end, else: sorry}}}]
  sorry:
    - gather: {digits: 1, timeout: 12s, prompt: [{say: Press 1 to leave a message.}], then: {"1": tone, else: done}}
  tone: [{record: {max_length: 2m, then: done}}]
"""


class Ratio(NamedTuple):
    """One line of the table: what is divided by what, the ratio of each round, and the most it should be."""

    what: str
    rounds: list[float]
    target: float

    def line(self) -> str:
        """The line."""
        value = median(self.rounds)
        spread = f"{min(self.rounds):.2f}-{max(self.rounds):.2f}"
        verdict = "met" if value <= self.target else "not met"
        return f"{self.what:<58}{value:>7.2f}{spread:>14}{self.target:>8.2f}  {verdict}"


class Bench:
    """A folder to work in, and how often everything is measured."""

    def __init__(self, folder: Path, rounds: int, cores: set[int]) -> None:
        """`cores` are those of the whole machine; all runs but those of several processes are on the last one."""
        self.folder = folder
        self.rounds = rounds
        self.cores = cores

    def flowc(self, source: Path, *options: str, fresh: bool = True) -> Cost:
        """A build; a fresh one finds no cache and no bundle."""
        if fresh:
            shutil.rmtree(self.folder / "cache", ignore_errors=True)
            shutil.rmtree(self.folder / "out", ignore_errors=True)
        command = [*FLOWC, "build", str(source), "-o", str(self.folder / "out"), "--quiet", *options]
        return spawn(command, self.folder / "cache")

    def script(self, program: Path, source: Path, *further: str) -> Cost:
        """A script that writes a bundle."""
        out = self.folder / "written"
        shutil.rmtree(out, ignore_errors=True)
        paths = sorted(map(str, source.iterdir()))
        return spawn([sys.executable, str(program), *paths, *further, str(out)], self.folder / "cache")

    def on(self, cores: set[int]) -> None:
        """Keep what is started from now on on these cores."""
        if sys.platform == "linux":
            os.sched_setaffinity(0, cores)

    def source(self, steps: int, files: int) -> Path:
        """A project of that size."""
        folder = self.folder / f"{steps}-{files}"
        if not folder.exists():
            flows.write(folder, steps, files)
        return folder


def cold(bench: Bench) -> Iterator[Ratio]:
    """Builds that find nothing done."""
    for steps, files in SIZES:
        source = bench.source(steps, files)
        bench.flowc(source)
        out, pack = bench.folder / "out", bench.folder / "pack"
        made = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*.*")}
        pack.write_bytes(marshal.dumps(made))
        naive, floor, two = [], [], []
        for _ in range(bench.rounds):
            own = bench.flowc(source, "--jobs", "1", "--no-cache").cpu
            script = bench.script(NAIVE, source)
            naive.append(own / script.cpu)
            floor.append(own / bench.script(FLOOR, source, str(pack)).cpu)
            if files > 1:
                bench.on(bench.cores)
                two.append(bench.flowc(source, "--jobs", "2", "--no-cache").wall / script.wall)
                bench.on({max(bench.cores)})
        size = f"{steps:,} steps in {files:,} flow{'s' if files > 1 else ''}"
        yield Ratio(f"cold, one core / naive script: {size}", naive, 0.7)
        yield Ratio(f"cold, one core / floor: {size}", floor, 2.0)
        if two:
            yield Ratio(f"cold, two processes / naive script: {size}", two, 0.45)


def changed(bench: Bench) -> Iterator[Ratio]:
    """Builds that find most done."""
    for steps, files in CHANGING:
        source = bench.source(steps, files)
        one = min(source.iterdir())
        nothing, little = [], []
        for number in range(bench.rounds):
            whole = bench.flowc(source).cpu
            nothing.append(bench.flowc(source, fresh=False).cpu / whole)
            text = one.read_text("utf-8")
            one.write_text(text.replace("Goodbye.", f"Goodbye {number}."), encoding="utf-8")
            little.append(bench.flowc(source, fresh=False).cpu / whole)
            one.write_text(text, encoding="utf-8")
        size = f"{steps:,} steps in {files:,} flows"
        yield Ratio(f"nothing changed / cold: {size}", nothing, 0.05)
        yield Ratio(f"one flow changed / cold: {size}", little, 0.1)


def lint(bench: Bench) -> Iterator[Ratio]:
    """One small flow, as an editor or a hook checks it."""
    flow = bench.folder / "small.flow.yaml"
    flow.write_text(_SMALL, encoding="utf-8")
    yamllint = [str(Path(sys.executable).with_name("yamllint")), "-d", "relaxed", str(flow)]
    rounds = []
    for _ in range(bench.rounds * 5):
        own = spawn([*FLOWC, "lint", str(flow)], bench.folder / "cache").cpu
        rounds.append(own / spawn(yamllint, bench.folder / "cache").cpu)
    yield Ratio("lint of one small flow / yamllint", rounds, 2.0)


def growth(bench: Bench) -> Iterator[Ratio]:
    """Time and memory of a hundred times the steps, in flows of 1,000, and a flow of 20,000 steps."""
    small, large = bench.source(1_000, 1), bench.source(100_000, 100)
    time, memory = [], []
    for _ in range(max(1, bench.rounds // 3)):
        first, second = (_peak(bench, source) for source in (small, large))
        start = _peak(bench, bench.source(1, 1))
        time.append((second[0] - start[0]) / (first[0] - start[0]) / 100)
        memory.append((second[1] - start[1]) / (first[1] - start[1]) / 100)
        print(f"memory a step: {(second[1] - start[1]) / 100_000 / 1024:.1f} KiB")
    yield Ratio("time of 100,000 steps / 100 times that of 1,000", time, 1.15)
    yield Ratio("memory of 100,000 steps / 100 times that of 1,000", memory, 1.15)
    bench.flowc(bench.source(20_000, 1))
    print("one flow of 20,000 steps builds")


def _peak(bench: Bench, source: Path) -> tuple[float, float]:
    """Processor time (s) and peak memory (bytes) of a build without a cache."""
    shutil.rmtree(bench.folder / "out", ignore_errors=True)
    command = [*FLOWC, "build", str(source), "-o", str(bench.folder / "out"), "--quiet", "--no-cache", "--jobs", "1"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise BenchmarkError(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def rows(bench: Bench) -> Iterator[Ratio]:
    """Exploring the calls of a flow with a part for each row of a table; start-up and the first row taken off."""
    rounds = []
    _explored(bench, 1)
    for _ in range(bench.rounds):
        one, some, many = (_explored(bench, number) for number in (1, 101, 401))
        rounds.append((many - one) / (some - one) / 4)
    yield Ratio("explore of 400 rows / 4 times that of 100", rounds, 1.15)


def _explored(bench: Bench, number: int) -> float:
    folder = bench.folder / f"rows-{number}"
    folder.mkdir(exist_ok=True)
    lines = [f"{1000 + index},+1202555{index:04}\n" for index in range(number)]
    files = {"directory.flow.yaml": _DIRECTORY, "extension.part.yaml": _EXTENSION, "people.csv": "ext,phone\n"}
    for name, text in files.items():
        (folder / name).write_text(text + "".join(lines if name.endswith(".csv") else ()), encoding="utf-8")
    return spawn([*FLOWC, "explore", str(folder)], bench.folder / "cache").cpu


PARTS: dict[str, Callable[[Bench], Iterator[Ratio]]] = {
    "cold": cold,
    "changed": changed,
    "lint": lint,
    "growth": growth,
    "rows": rows,
}


def main() -> int:
    """Measure, print a line for each ratio and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure every ratio that has a target.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} (default: all)")
    parser.add_argument("--rounds", type=positive, default=3, help="rounds of each (default: 3)")
    parser.add_argument("--dir", type=Path, help="folder to work in (default: one in memory, if there is one)")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a target is not met")
    chosen = parser.parse_args()
    memory = Path("/dev/shm")
    where = chosen.dir or (memory if memory.is_dir() else None)
    cores = os.sched_getaffinity(0) if sys.platform == "linux" else set(range(os.cpu_count() or 1))
    print(f"{'':<58}{'ratio':>7}{'min-max':>14}{'target':>8}")
    ratios = []
    with tempfile.TemporaryDirectory(prefix="flowc-bench-", dir=where) as name:
        bench = Bench(Path(name), chosen.rounds, cores)
        bench.on({max(cores)})
        for part in chosen.parts or PARTS:
            for ratio in PARTS[part](bench):
                print(ratio.line(), flush=True)
                ratios.append(ratio)
    return 1 if chosen.strict and any(median(one.rounds) > one.target for one in ratios) else 0


if __name__ == "__main__":
    sys.exit(main())
