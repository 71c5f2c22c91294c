"""The other process of test_interrupted: it runs real builds and kills them, fills the disk, and takes files away.

    python -m tests.hostile.build_killer killed|full|robbed|both|shared FOLDER NUMBER

Everything that flowc needs is imported once; each command runs in a child of its own, as `flowc` would run it. What is
found is printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import flowc.cli
import flowc.emit.assemble
import flowc.emit.host_config
from tests.unit.bundle_crash import FOREIGN, on_disk, put

WORK = ".flowc"
HEAD = (
    "flowc: 1\nname: line\ntargets: [plivo, rcml]\nbase_url: https://ivr.example.com\nhost: nginx\nentry: s0\nsteps:\n"
)


def sources(folder: Path) -> tuple[Path, Path]:
    """Two versions of a flow: documents that stay, change, come and go between them."""
    made = []
    for version, steps in (("old", [*range(7), *range(10, 14)]), ("new", [*range(7), *range(14, 18)])):
        path = folder / f"{version}.flow.yaml"
        rows = [f"  s{n}: [{{say: {version if n % 2 else 'Same'}}}, {{goto: s0}}]\n" for n in steps[1:]]
        keys = ", ".join(f'"{number}": s{step}' for number, step in zip("123456789*", steps[1:], strict=True))
        first = f"  s0: [{{gather: {{digits: 1, prompt: [{{say: A}}], then: {{{keys}, else: end}}}}}}]\n"
        path.write_text(HEAD + first + "".join(rows), "utf-8")
        made.append(path)
    return made[0], made[1]


def begin(*arguments: object) -> int:
    """Start a command of flowc in a child; its process id."""
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    status = 1
    try:
        sys.argv = ["flowc", *map(str, arguments)]
        flowc.cli.main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    finally:
        os._exit(status)


def end(child: int) -> int:
    """Wait for a child; its exit status, or less than 0 if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def runs(child: int) -> bool:
    """Whether a child has not come to its end."""
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def run(*arguments: object) -> int:
    return end(begin(*arguments))


class Ground:
    """An output folder, the two flows that are built there, and what each makes of it."""

    def __init__(self, place: Path, dist: Path) -> None:
        self.dist = dist
        self.flows = dict(zip(("old", "new"), sources(place), strict=True))
        self.whole = {}
        for name in self.flows:
            assert self.build(name, place / name) == 0
            self.whole[name] = on_disk(place / name) | FOREIGN

    def build(self, name: str, dist: Path | None = None, *options: str) -> int:
        return run("build", self.flows[name], "-q", "-o", dist or self.dist, *options)

    def reset(self) -> None:
        """The old bundle among files of somebody else."""
        for path in self.dist.iterdir() if self.dist.exists() else ():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        put(self.dist, FOREIGN)
        assert self.build("old") == 0
        assert self.found() == "old"

    def found(self) -> str:
        """Which bundle the folder holds whole, with nothing of flowc's work left and nobody's files lost."""
        return "neither: work is left" if (self.dist / WORK).exists() else self.bundle_in(on_disk(self.dist))

    def bundle_in(self, files: dict[str, bytes]) -> str:
        """Which bundle these files are, with no foreign file lost; flowc's work does not count."""
        files = {path: data for path, data in files.items() if not path.startswith(f"{WORK}/")}
        whole = [name for name, known in self.whole.items() if files == known]
        return whole[0] if whole else f"neither: {sorted(files)}"

    def told(self) -> str:
        """Which bundle `--check` says that the folder holds."""
        status = {name: self.build(name, None, "--check") for name in self.whole}
        return next((name for name in status if sorted(status.values()) == [0, 1] and not status[name]), str(status))


def killed(place: Path, number: int) -> Iterator[object]:
    """Builds that are killed: every other one at any moment, the rest at any moment after they began to write."""
    ground, dice = Ground(place, place / "dist"), random.Random(9)
    ground.reset()
    assert ground.build("new") == 0
    for count in range(number):
        if count % 10 == 0:  # what a build takes at this moment, where others may use the processor too
            began = time.perf_counter()
            assert run("build", ground.flows["new"], "-q", "-o", place / "elsewhere") == 0
            whole = time.perf_counter() - began
            shutil.rmtree(place / "elsewhere")
        # The bundle that is there is replaced by the other one, back and forth.
        other = "old" if ground.found() == "new" else "new"
        child = begin("build", ground.flows[other], "-q", "-o", ground.dist)
        if count % 2:
            while not (ground.dist / WORK).exists() and runs(child):
                time.sleep(0.0002)
        time.sleep(dice.uniform(0, whole / 10 if count % 2 else whole))
        os.kill(child, signal.SIGKILL)
        status = end(child)
        left, committed = ((ground.dist / name).exists() for name in (WORK, f"{WORK}/commit"))
        before = on_disk(ground.dist)
        found = other if committed else ground.bundle_in(before)
        said = ""
        if left and found in ground.flows:
            # A command that reads finds a bundle whole, or says that there is none yet; it changes nothing.
            after = dice.choice(["check", "openapi"])
            following = ground.build("old", None, "--check") if after == "check" else run("openapi", ground.dist)
            expected = 2 if committed else 0 if after == "openapi" or found == "old" else 1
            if following != expected or on_disk(ground.dist) != before:
                said = f", and {after} says {following}"
            # The next build finishes what was committed, or undoes the rest: here there is nothing more to do for it.
            ground.build(found)
        told = ground.told() if count % 10 == 0 else ground.found()
        yield [status, left, f"{found}{said}" if told == found else f"{found}{said}, then {told}"]


@contextmanager
def mounted(folder: Path) -> Iterator[None]:
    """A file system of its own, of 400 KiB."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "flowc", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def full(place: Path, number: int) -> Iterator[object]:
    """Builds on a disk with ever more room left, four pages each time; then one where nothing may be written."""
    ground = Ground(place, place / "disk" / "dist")
    ballast = place / "disk" / "ballast"
    with mounted(place / "disk"):
        for pages in range(0, 4 * number, 4):
            ground.reset()
            with suppress(OSError), ballast.open("wb", buffering=0) as stream:
                while stream.write(bytes(4096)):
                    pass
            os.truncate(ballast, ballast.stat().st_size // 4096 * 4096 - pages * 4096)
            status = ground.build("new")
            yield [status, ground.found(), ground.told()]
            ballast.unlink()
        ground.reset()
        subprocess.run(["mount", "-o", "remount,ro", place / "disk"], check=True)
        yield [ground.build("new"), ground.found(), ground.told()]


def robbed(place: Path, number: int) -> Iterator[object]:
    """Builds while somebody takes files out of the folder; what `--check` says then, and what the next build makes."""
    ground, dice = Ground(place, place / "dist"), random.Random(10)
    for _ in range(number):
        ground.reset()
        child = begin("build", ground.flows["new"], "-q", "-o", ground.dist)
        taken = 0
        while runs(child):
            # Documents, old and new ones, and new ones that wait to be put in place.
            files = [
                Path(folder, name)
                for folder, _, names in os.walk(ground.dist)
                for name in names
                if name.endswith(".xml") or folder.endswith("stage")
            ]
            with suppress(FileNotFoundError):
                dice.choice(files or [place / "nothing"]).unlink()
                taken += 1
            time.sleep(dice.uniform(0, 0.005))
        status = end(child)
        checked, left = ground.build("new", None, "--check"), ground.found()
        yield [status, taken > 0, checked, left == "new", ground.build("new"), ground.found()]


def both(place: Path, number: int) -> Iterator[object]:
    """Two builds into one folder at once."""
    ground = Ground(place, place / "dist")
    for _ in range(number):
        ground.reset()
        pair = [begin("build", flow, "-q", "-o", ground.dist) for flow in ground.flows.values()]
        statuses = [end(child) for child in pair]
        yield [statuses, ground.found(), ground.told()]


class Shared:
    """Three flows of one project, each in one of two versions, a cache, and what each state of the project makes."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.project = place / "project"
        self.project.mkdir()
        self.versions = dict.fromkeys("abc", "first")
        for name in self.versions:
            self.write(name)
        self.known: dict[tuple[str, ...], dict[str, bytes]] = {}

    def write(self, name: str) -> None:
        """Put a flow in place at once, as an editor does: nobody reads half of it."""
        text = HEAD.replace("name: line", f"name: {name}").replace("host: nginx\n", "")
        (self.place / "saved").write_text(f"{text}  s0: [{{say: {self.versions[name]}}}, hangup]\n", "utf-8")
        os.replace(self.place / "saved", self.project / f"{name}.flow.yaml")

    def changed(self, name: str) -> None:
        self.versions[name] = "second" if self.versions[name] == "first" else "first"
        self.write(name)

    def begin(self, what: Path, out: str) -> int:
        return begin("build", what, "-q", "--cache", self.place / "cache", "-o", self.place / out)

    def expected(self) -> dict[str, bytes]:
        """What a build without a cache makes of the project as it is."""
        state = tuple(self.versions.values())
        if state not in self.known:
            assert run("build", self.project, "-q", "--no-cache", "-o", self.place / "anew") == 0
            self.known[state] = on_disk(self.place / "anew")
        return self.known[state]


def shared(place: Path, number: int) -> Iterator[object]:
    """Builds with one cache at once, of a project and of a flow of it; one may be killed, and a flow may change."""
    ground, dice = Shared(place), random.Random(11)
    began = time.perf_counter()
    assert end(ground.begin(ground.project, "first")) == 0
    whole = time.perf_counter() - began
    for count in range(number):
        ground.changed(dice.choice("abc"))
        allowed = [ground.expected()]
        one = ground.begin(ground.project / "a.flow.yaml", "one")
        several = {out: ground.begin(ground.project, out) for out in ("first", "second", "third")}
        if count % 2:
            time.sleep(dice.uniform(0, whole))
            ground.changed(dice.choice("abc"))
        if count % 3:
            time.sleep(dice.uniform(0, whole))
            os.kill(several["third"], signal.SIGKILL)
        statuses = {out: end(child) for out, child in several.items()}
        allowed.append(ground.expected())
        right = [on_disk(place / out) in allowed for out, status in statuses.items() if status == 0]
        following = end(ground.begin(ground.project, "first"))
        yield [end(one), *statuses.values(), following, all(right) and on_disk(place / "first") == allowed[-1]]


if __name__ == "__main__":
    what = {one.__name__: one for one in (killed, full, robbed, both, shared)}[sys.argv[1]]
    print(json.dumps([*what(Path(sys.argv[2]), int(sys.argv[3]))]))
