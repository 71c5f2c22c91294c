"""What is run: flowc, and what a user would take instead."""

from __future__ import annotations

import marshal
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from benchmarks import flows
from benchmarks.run import ROOT, BenchmarkError, Cost, cores, keep_on, spawn

HERE = Path(__file__).resolve().parent
#: Where `make bench` installs what the script for Node.js requires.
NODE_MODULES = ROOT / ".cache" / "benchmarks" / "node_modules"
_BIN = Path(sys.executable).parent
#: As after an installation that compiles nothing, such as in a layer of a container.
_NO_BYTECODE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/nonexistent"}
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
#: `flowc build` with changes of the garbage collector; see flowc/cli/__init__.py.
_BUILD = (
    "from flowc.cli import commands; commands(['build', sys.argv[1], '-o', sys.argv[2], '--no-cache', '-q', '-j1'])"
)
_COLLECTING = f"import gc, sys; {_BUILD}"
_NOT_COLLECTING = f"import gc, sys; gc.disable(); {_BUILD}"
_FROZEN = f"import gc, sys\ntry:\n    gc.disable(); {_BUILD}\nfinally:\n    gc.freeze()"


class Run(NamedTuple):
    """A program and the size of what it reads: so many steps in so many flows."""

    program: str
    steps: int = 1
    flows: int = 1


class Workplace:
    """A folder with all that runs read and write."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists and is empty."""
        self.folder = folder
        self.bundle = folder / "bundle"
        self.written = folder / "written"
        self.cache = folder / "cache"
        self.cores = cores()
        self._changes = 0

    def source(self, run: Run) -> Path:
        """The folder of the flows of that size."""
        folder = self.folder / f"{run.steps}-{run.flows}"
        if not folder.exists():
            flows.write(folder, run.steps, run.flows)
        return folder

    def paths(self, run: Run) -> list[str]:
        """The flows of that size."""
        return sorted(map(str, self.source(run).iterdir()))

    def change_one(self, run: Run) -> None:
        """Change a sentence of the first flow."""
        self._changes += 1
        first = min(self.source(run).iterdir())
        text = re.sub(r"Goodbye.*", f"Goodbye {self._changes}.", first.read_text("utf-8"))
        first.write_text(text, encoding="utf-8")

    def pack(self, run: Run) -> str:
        """The files of the bundle of that size, which the build before wrote, in one file."""
        pack = self.folder / f"{run.steps}-{run.flows}.pack"
        if not pack.exists():
            files = {str(path.relative_to(self.bundle)): path.read_bytes() for path in self.bundle.rglob("*.*")}
            pack.write_bytes(marshal.dumps(files))
        return str(pack)

    def schema(self) -> str:
        """The schema of flows, for other validators."""
        path = self.folder / "flow.schema.json"
        with path.open("wb") as file:
            subprocess.run(_flowc("schema", "flow"), stdout=file, check=True)
        return str(path)

    def rows(self, run: Run) -> str:
        """A project whose table has as many rows as the run has steps."""
        folder = self.folder / f"rows-{run.steps}"
        folder.mkdir(exist_ok=True)
        table = "".join(f"{1000 + index},+1202555{index:04}\n" for index in range(run.steps))
        (folder / "directory.flow.yaml").write_text(_DIRECTORY, encoding="utf-8")
        (folder / "extension.part.yaml").write_text(_EXTENSION, encoding="utf-8")
        (folder / "people.csv").write_text(f"ext,phone\n{table}", encoding="utf-8")
        return str(folder)


class Program(NamedTuple):
    """How a run is prepared and what its command line is."""

    command: Callable[[Workplace, Run], list[str]]
    #: Whether it begins without a bundle and a cache.
    fresh: bool = False
    #: The folder into which it writes a document for each step.
    into: str = ""
    #: Whether it runs on all cores, and not on one.
    parallel: bool = False
    environment: Mapping[str, str] = {}


def _flowc(*words: str) -> list[str]:
    return [str(_BIN / "flowc"), *words]


def _build(*options: str) -> Callable[[Workplace, Run], list[str]]:
    return lambda place, run: _flowc("build", str(place.source(run)), "-o", str(place.bundle), "--quiet", *options)


def _changed(place: Workplace, run: Run) -> list[str]:
    place.change_one(run)
    return _build()(place, run)


def _lint(place: Workplace, run: Run) -> list[str]:
    return _flowc("lint", *place.paths(run))


def _yamllint(place: Workplace, run: Run) -> list[str]:
    return [str(_BIN / "yamllint"), "-d", "relaxed", *place.paths(run)]


def _check_jsonschema(place: Workplace, run: Run) -> list[str]:
    return [str(_BIN / "check-jsonschema"), "--schemafile", place.schema(), *place.paths(run)]


def _naive(place: Workplace, run: Run) -> list[str]:
    return [sys.executable, str(HERE / "naive.py"), *place.paths(run), str(place.written)]


def _floor(place: Workplace, run: Run) -> list[str]:
    return [sys.executable, str(HERE / "floor.py"), *place.paths(run), place.pack(run), str(place.written)]


def _node(place: Workplace, run: Run) -> list[str]:
    return ["node", str(HERE / "naive.cjs"), *place.paths(run), str(place.written)]


def _collector(program: str) -> Callable[[Workplace, Run], list[str]]:
    return lambda place, run: [sys.executable, "-c", program, str(place.source(run)), str(place.bundle)]


def _python(place: Workplace, run: Run) -> list[str]:
    return [sys.executable, "-c", "pass"]


PROGRAMS: dict[str, Program] = {
    "python -c pass": Program(_python),
    "flowc --version": Program(lambda place, run: _flowc("--version")),
    "flowc lint": Program(_lint, fresh=True),
    "yamllint": Program(_yamllint),
    "check-jsonschema": Program(_check_jsonschema),
    "flowc lint, no bytecode": Program(_lint, fresh=True, environment=_NO_BYTECODE),
    "yamllint, no bytecode": Program(_yamllint, environment=_NO_BYTECODE),
    "cold build": Program(_build("--jobs", "1", "--no-cache"), fresh=True, into="bundle"),
    "cold build, two processes": Program(_build("--jobs", "2", "--no-cache"), fresh=True, into="bundle", parallel=True),
    "naive script": Program(_naive, into="written"),
    "Node script": Program(_node, into="written", environment={"NODE_PATH": str(NODE_MODULES)}),
    "floor": Program(_floor),
    "build that fills the cache": Program(_build(), fresh=True, into="bundle"),
    "nothing changed": Program(_build()),
    "one flow changed": Program(_changed),
    "explore": Program(lambda place, run: _flowc("explore", place.rows(run)), fresh=True),
    "build, collector on": Program(_collector(_COLLECTING), fresh=True, into="bundle"),
    "build, collector off": Program(_collector(_NOT_COLLECTING), fresh=True, into="bundle"),
    "build, collector off, frozen at the end": Program(_collector(_FROZEN), fresh=True, into="bundle"),
}


def installed(run: Run) -> bool:
    """Whether the program is there: Node.js and its packages are optional."""
    return run.program != "Node script" or (shutil.which("node") is not None and (NODE_MODULES / "plivo").is_dir())


def execute(place: Workplace, run: Run) -> Cost:
    """Prepare a run, and return what it takes."""
    program = PROGRAMS[run.program]
    if program.fresh:
        shutil.rmtree(place.bundle, ignore_errors=True)
        shutil.rmtree(place.cache, ignore_errors=True)
    shutil.rmtree(place.written, ignore_errors=True)
    command = program.command(place, run)
    environment = {"XDG_CACHE_HOME": str(place.cache), **program.environment}
    kept = cores()
    if program.parallel:
        keep_on(place.cores)
    try:
        cost = spawn(command, environment)
    finally:
        keep_on(kept)
    written = sum(1 for _ in (place.folder / program.into).rglob("*.xml")) if program.into else 0
    if program.into and written < run.steps + run.flows * flows.FIXED_STEPS:
        raise BenchmarkError(f"{' '.join(command)}\nwrote {written} documents for {run.steps} steps")
    return cost
