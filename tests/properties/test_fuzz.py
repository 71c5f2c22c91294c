"""The fuzzers of fuzz.py for so many inputs, always the same, and what they notice. `make fuzz`: longer."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, ROOT, TIMES
from tests.properties.fuzz import SEEDS, command, sow

# What is measured takes longer, and so do inputs whose ways are watched.
pytestmark = pytest.mark.foreign

#: How many inputs each is given.
RUNS: Mapping[str, int] = {
    "load": 2000 * TIMES,
    "compile": 15 * TIMES,
    "beside": 15 * TIMES,
    "documents": 100 * TIMES,
    "answers": 100 * TIMES,
    "flows": 15 * TIMES,
    "calls": 8 * TIMES,
}
_SEEDS = 20
#: How long an input may take is bounded in `make fuzz`: the clock says little where others use the processor too.
_NO_HURRY = f"-timeout={PATIENCE}"


@pytest.fixture(autouse=True)
def there() -> None:
    """Leaves the tests out where atheris is not installed: there is none for every Python and system."""
    if importlib.util.find_spec("atheris") is None:
        why = "atheris is not there for this Python, so that no fuzzer runs"
        if os.environ.get("CI") and sys.version_info < (3, 15):
            pytest.fail(why)
        pytest.skip(f"left out: {why}")


@pytest.mark.parametrize("name", SEEDS)
def test_every_input_is_answered(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    sow(name, folder, _SEEDS)
    options = (f"-runs={RUNS[name]}", "-seed=1", _NO_HURRY)
    done = subprocess.run(command(name, folder, *options), cwd=ROOT, capture_output=True, text=True, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-3000:]
    assert "Done " in told
    assert "no interesting inputs" not in told, "atheris does not see into flowc"


@pytest.mark.parametrize(
    ("check", "patience", "noticed"),
    [
        ("lambda data: data.decode('ascii')", _NO_HURRY, "UnicodeDecodeError"),
        ("lambda data: bytearray(10**9)", _NO_HURRY, "MemoryError"),
        ("lambda data: sum(iter(int, 1))", "-timeout=1", "ALARM"),
    ],
)
def test_what_breaks_is_noticed(check: str, patience: str, noticed: str, tmp_path: Path) -> None:
    corpus, kept = tmp_path / "corpus", tmp_path / "kept"
    corpus.mkdir()
    kept.mkdir()
    (corpus / "seed").write_bytes(b"\xff")
    options = [str(corpus), "-runs=100", "-seed=1", patience, f"-artifact_prefix={kept}/"]
    code = f"from tests.properties.fuzz import fuzz; fuzz({check}, {options})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert noticed in done.stdout + done.stderr
    assert [*kept.iterdir()] != []
