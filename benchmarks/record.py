"""The ratios in the repository, ratios.json, from which docs/generate.py writes the tables of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Measured
from benchmarks.run import ROOT
from benchmarks.table import PARTS, TABLE, Key, Row

RATIOS = Path(__file__).resolve().with_name("ratios.json")
#: How many times the ratio in the repository a ratio may be.
TOLERANCE = 1.25

Records = dict[Key, dict[str, Any]]


def read() -> Records:
    """The ratios in the repository."""
    kept = json.loads(RATIOS.read_text("utf-8"))["ratios"] if RATIOS.exists() else []
    return {(one["part"], one["what"], one["size"]): one for one in kept}


def write(found: Iterable[Measured]) -> None:
    """Replace ratios by those that were found, and write the tables of the documentation."""
    kept = {**read(), **{one.key: one.record() for one in found}}
    order = [row.key for row in TABLE]
    order += [key for key in kept if key[0] not in PARTS]  # those of servers
    lines = [json.dumps(kept[key]) for key in order if key in kept]
    text = f'{{"machine": {json.dumps(machine())}, "ratios": [\n' + ",\n".join(lines) + "\n]}\n"
    RATIOS.write_text(text, encoding="utf-8")
    generate()


def generate() -> None:
    """Write the tables of the documentation."""
    subprocess.run([sys.executable, "docs/generate.py"], cwd=ROOT, check=True)


def quick() -> Iterator[Row]:
    """The rows of the quick form; the target of each is the ratio in the repository, and what is tolerated."""
    kept = read()
    return (row._replace(target=TOLERANCE * kept[row.key]["value"]) for row in TABLE if row.quick)


def machine() -> str:
    """What this machine is called: its processor, cores, Python and system."""
    cores = os.cpu_count()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {cores} cores, {python}, {platform.system()}"


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text("utf-8").splitlines() if about.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
