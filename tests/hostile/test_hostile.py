"""What means harm costs flowc no more than any other fault: an answer, in 5 s of one core, and in 512 MiB.

Each is given to a process of its own, which the system ends where it takes more. A processor that others use too, or a
slow one, does less in a second: there the bound is 20 times what the smallest flow takes at that moment.
"""

from __future__ import annotations

import math
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
import yaml
from click.testing import CliRunner

from flowc.cli import commands
from tests.conftest import PATIENCE, ROOT
from tests.hostile.attacks import ATTACKS, BUILD, DOCUMENTS, FLOW, GOOD, LINKS, SECRET, Attack
from tests.properties.invariants import Rubbish

_SECONDS = 5
_TIMES = 20
_BYTES = 512 * 1024 * 1024
#: The beginning of /etc/passwd, and what is outside of the project.
_SECRETS = ("root:x:", SECRET)
_SAID = re.compile(r"(error|warning|note)\[(FC[0-9]{3})\] (.{0,45})")
#: How the first message of each code begins, by the names of attacks.
_BEGINS = Path(__file__).with_name("attacks.yaml")


@pytest.fixture(scope="module")
def seconds(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The bound on the time of the processor, in seconds."""
    folder = tmp_path_factory.mktemp("good")
    (folder / FLOW).write_bytes(GOOD)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert answered(*BUILD, folder=folder, seconds=60)[0] == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return max(_SECONDS, math.ceil(_TIMES * taken))


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


def answered(*arguments: str, folder: Path, seconds: int) -> tuple[int, str]:
    """What flowc answers within its bounds, and what it tells."""

    def bounded() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))

    done = subprocess.run(
        [sys.executable, "-m", "flowc", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TOKEN": SECRET},
        preexec_fn=bounded,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )
    told = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert "Traceback" not in told
    assert "MemoryError" not in told
    return done.returncode, told


@pytest.mark.parametrize("name", ATTACKS)
def test_an_answer(name: str, tmp_path: Path, seconds: int, regenerate: bool) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    before = laid(ATTACKS[name], folder)
    status, told = answered(*ATTACKS[name].arguments, folder=folder, seconds=seconds)
    judge(ATTACKS[name], folder, before, status, told)
    assert begins(told) == expected(name, begins(told), regenerate)


@pytest.mark.parametrize("name", LINKS)
def test_no_link_leads_out_of_the_project(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, regenerate: bool
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    before = laid(LINKS[name], folder)
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(commands, LINKS[name].arguments)
    judge(LINKS[name], folder, before, done.exit_code, done.output)
    assert begins(done.output) == expected(name, begins(done.output), regenerate)


def judge(attack: Attack, folder: Path, before: set[Path], status: int, told: str) -> None:
    """The answer is the expected one, shows no secret, and nothing but a whole bundle is written, where it belongs."""
    codes = attack.codes.split()
    found = sorted({code for severity, code, _ in _SAID.findall(told) if severity == "error" or code in codes})
    assert (status, found) == (attack.status, codes), told[-2000:]
    assert attack.says in told
    assert not any(secret in told for secret in _SECRETS)
    dist = folder / "dist"
    made = {path for path in {*folder.parent.rglob("*")} - before if dist not in (path, *path.parents)}
    assert made == set()
    assert status == 0 or not dist.is_dir()
    written = [path.read_text("utf-8") for path in dist.rglob("*") if path.is_file()]
    assert not any(secret in text for text in written for secret in _SECRETS)


def begins(told: str) -> dict[str, str]:
    """How the first message of each code begins."""
    return {code: message.rstrip() for _, code, message in reversed(_SAID.findall(told))}


@cache
def table() -> dict[str, Mapping[str, str]]:
    """What the file of these messages holds."""
    known: dict[str, Mapping[str, str]] = yaml.safe_load(_BEGINS.read_text("utf-8"))
    return known


def expected(name: str, found: Mapping[str, str], regenerate: bool) -> Mapping[str, str]:
    """How these messages should begin; where they are written anew, as they do."""
    known = table()
    if regenerate:
        known[name] = dict(sorted(found.items()))
        kept = {one: known[one] for one in (*ATTACKS, *LINKS) if known.get(one)}
        _BEGINS.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=200), "utf-8")
    return known.get(name, {})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_answer_to_a_call(name: str, tmp_path: Path, seconds: int) -> None:
    server = Rubbish()
    document = b"<Response>" + DOCUMENTS[name].replace(b">/<", b">%s<" % server.url.encode()) + b"</Response>"
    server.data = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n" + document
    status, told = answered("simulate", server.url, "--target", "rcml", folder=tmp_path, seconds=seconds)
    assert (status in (0, 1), told.count(" ended ")) == (True, 1), told[-2000:]
