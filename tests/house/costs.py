"""What a change of flowc costs: the table of CONTRIBUTING, and the files that a trial change touches."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

_TABLE = re.compile(r"^\| (?P<change>an? [^|]+) \| (?P<files>[0-9]+) \| [^|]+ \|$", re.MULTILINE)


def costs() -> dict[str, int]:
    """Read how many files of the package each change costs, as CONTRIBUTING promises."""
    _, _, section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Where things go\n")
    rows = _TABLE.finditer(section.partition("\n## ")[0])
    return {row["change"]: int(row["files"]) for row in rows}


def copy_package(folder: Path) -> Path:
    """Copy the package into a folder, where a trial can change it."""
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(ROOT / "flowc", folder / "flowc", ignore=ignored))


def insert(path: Path, before: str, added: str) -> None:
    """Insert text before other text that a file contains once."""
    text = path.read_text("utf-8")
    assert text.count(before) == 1, (path, before)
    path.write_text(text.replace(before, added + before), "utf-8")


def touched(package: Path) -> set[str]:
    """Return the files of a copied package that were written or changed; a new folder counts as one."""
    found = set()
    for path in package.rglob("*"):
        name = path.relative_to(package)
        own = ROOT / "flowc" / name
        if path.is_file() and "__pycache__" not in name.parts and not _is_same(path, own):
            new = [parent for parent in name.parents if not (ROOT / "flowc" / parent).is_dir()]
            found.add((new[-1] if new else name).as_posix())
    return found


def _is_same(path: Path, other: Path) -> bool:
    return other.is_file() and path.read_bytes() == other.read_bytes()


def run_copy(package: Path, *arguments: str) -> str:
    """Run the copied package in its parent folder, and return what it prints."""
    command = [sys.executable, "-m", "flowc", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(command, cwd=package.parent, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
