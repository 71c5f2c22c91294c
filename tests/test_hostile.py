"""What means harm costs flowc no more than any other fault: an answer, in 5 s of one core, and in 512 MiB.

Each is given to a process of its own, which the system ends where it takes more.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.conftest import ROOT
from tests.fuzzing import Rubbish
from tests.hostile import ATTACKS, DOCUMENTS, Attack

_SECONDS = 5
_BYTES = 512 * 1024 * 1024
#: Somebody who waits for what never comes takes no time of the processor.
_PATIENCE = 60


def bounded() -> None:
    """What a process may take, told to the system in that process."""
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))


def laid(attack: Attack, folder: Path) -> set[Path]:
    """The files of an attack, in a folder; all paths there are then."""
    for name, data in attack.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            os.mkfifo(path)
        elif isinstance(data, PurePosixPath):
            path.symlink_to(data)
        else:
            path.write_bytes(data)
    return {*folder.parent.rglob("*")}


def answered(*arguments: str, folder: Path) -> tuple[int, str]:
    """What flowc answers within its bounds, and what it tells."""
    done = subprocess.run(
        [sys.executable, "-m", "flowc", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=bounded,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_PATIENCE,
        check=False,
    )
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert "Traceback" not in told
    assert "MemoryError" not in told
    return done.returncode, told


@pytest.mark.parametrize("name", ATTACKS)
def test_an_answer(name: str, tmp_path: Path) -> None:
    attack = ATTACKS[name]
    folder = tmp_path / "project"
    folder.mkdir()
    before = laid(attack, folder)
    status, told = answered(*attack.arguments, folder=folder)
    assert status in attack.answers, told[-2000:]
    assert "root:x:" not in told
    # Nothing is written but a whole bundle where it belongs, and nothing of other files is in it.
    dist = folder / "dist"
    made = {path for path in {*tmp_path.rglob("*")} - before if dist not in (path, *path.parents)}
    assert made == set()
    assert status == 0 or not dist.is_dir()
    assert not any(b"root:x:" in path.read_bytes() for path in dist.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_answer_to_a_call(name: str, tmp_path: Path) -> None:
    server = Rubbish()
    document = b"<Response>" + DOCUMENTS[name].replace(b">/<", b">%s<" % server.url.encode()) + b"</Response>"
    server.data = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n" + document
    status, told = answered("simulate", server.url, "--target", "rcml", folder=tmp_path)
    assert (status in (0, 1), told.count(" ended ")) == (True, 1), told[-2000:]
