"""Whatever happens to a build, the next one finds the old bundle whole, or the new one; no command reads a mix of them.

These are real builds: killed at any moment, on a disk that is full, in a folder that is read only, with somebody who
takes files away, two at once, and several with one cache. tests/unit/test_bundle.py does the same to the writing alone,
one system call after the other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.foreign

#: What a shell is run with so that it may mount, whoever runs the tests.
_ALONE = ("unshare", "--map-root-user", "--mount")


def _found(what: str, place: Path, number: int, *before: str) -> list[Any]:
    command = [*before, sys.executable, "-m", "tests.hostile.build_killer", what, str(place), str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def test_kill_at_200_moments_leaves_old_or_new(tmp_path: Path) -> None:
    found = _found("killed", tmp_path, 200)
    assert {bundle for _, _, bundle in found} == {"old", "new"}
    assert {status for status, _, _ in found} <= {-9, 0}
    assert len(found) == 200
    # So many were killed while they wrote, and left work to do.
    assert sum(left for _, left, _ in found) > 20


def _may_mount(place: Path) -> None:
    """Leaves the test out where nobody may mount, or fails it with CI in the environment."""
    able = (
        shutil.which("unshare") is not None
        and not subprocess.run(
            [*_ALONE, "mount", "-t", "tmpfs", "flowc", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not able:
        why = "nothing can be mounted here, so that no disk can be filled"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(f"left out: {why}")


def test_a_full_disk_leaves_the_old_bundle(tmp_path: Path) -> None:
    _may_mount(tmp_path)
    *found, unwritable = _found("full", tmp_path, 9, *_ALONE)
    room = [[2, "old", "old"], [0, "new", "new"]]
    assert found == sorted(found, key=room.index)
    assert all(one in found for one in room)
    assert unwritable == [2, "old", "old"]


def test_files_taken_away_meanwhile(tmp_path: Path) -> None:
    found = _found("robbed", tmp_path, 10)
    for status, _, checked, whole, again, bundle in found:
        assert status in (0, 2)
        assert checked == (0 if whole else 1)
        assert (again, bundle) == (0, "new")
    assert any(taken and not whole for _, taken, _, whole, *_ in found)


def test_two_builds_at_once(tmp_path: Path) -> None:
    for statuses, bundle, told in _found("both", tmp_path, 5):
        assert statuses == [0, 0]
        assert bundle in ("old", "new")
        assert told == bundle


def test_builds_that_share_a_cache(tmp_path: Path) -> None:
    found = _found("shared", tmp_path, 12)
    for one, first, second, third, following, right in found:
        assert (one, first, second, following) == (0, 0, 0, 0)
        assert third in (0, -9)
        assert right
    assert {third for *_, third, _, _ in found} == {0, -9}
    assert any(path.suffix != ".new" for path in (tmp_path / "cache" / "flowc-1").iterdir())
