"""The other process of test_bundle: it writes bundles and dies in the middle of it. Imports nothing slow."""

import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from flowc import bundle
from flowc.bundle.journal import recover
from flowc.bundle.lock import locked

CALLS = ("open", "write", "close", "replace", "unlink", "mkdir", "rmdir", "fsync", "sync")
KILLED = 9
FOREIGN = {"notes.txt": b"mine", "plivo/a/README": b"mine too", "old/keep/x": b"stays"}


def with_manifest(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files and a manifest that lists them."""
    entries = [{"path": p, "sha256": sha256(c).hexdigest(), "size": len(c)} for p, c in sorted(files.items())]
    return {**files, bundle.MANIFEST: json.dumps({"generator": "flowc", "files": entries}).encode()}


def small() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Two bundles with every kind of change between them."""
    old = {"plivo/a/same.xml": b"s", "plivo/a/edit.xml": b"1", "old/gone.xml": b"g", "old/deep/er/x.xml": b"x"}
    new = {"plivo/a/same.xml": b"s", "plivo/a/edit.xml": b"2", "new/deep/er/y.xml": b"y", "new/z.xml": b"z"}
    turned = {"file-to-folder": b"f", "folder-to-file/x": b"x"}, {"file-to-folder/x/y": b"f", "folder-to-file": b"x"}
    return with_manifest(old | turned[0]), with_manifest(new | turned[1])


def large(version: int) -> dict[str, bytes]:
    """A bundle of some hundred files, a third of them in all versions the same, a third in this version only."""
    content = {"same": b"s", "edit": b"v%d" % version, f"only-{version}": b"o"}
    return with_manifest({f"plivo/{kind}/{i % 7}/{i}.xml": c * 500 for kind, c in content.items() for i in range(40)})


def on_disk(folder: Path) -> dict[str, bytes]:
    """All files below the folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if not p.is_dir()}


def put(folder: Path, files: dict[str, bytes]) -> None:
    """Write files as a person would."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def finish(folder: Path) -> None:
    """What a write does first: finish or undo one that was interrupted."""
    with locked(str(folder)):
        recover(str(folder))


def _dying(action: Callable[[], object], count: int) -> bool:
    """Run the action in a child that dies, as by kill -9, at its `count`th system call; whether it came that far."""
    child = os.fork()
    if child == 0:
        left = count

        def counted(name: str) -> Callable[..., object]:
            call = getattr(os, name)

            def instead(*args: object, **named: object) -> object:
                nonlocal left
                left -= 1
                if left == 0:
                    if name == "write":  # a write can be cut short, too
                        call(args[0], bytes(args[1])[:5])  # type: ignore[call-overload]
                    os._exit(KILLED)
                # What is flushed makes no difference to a process that dies, only to how long the test takes.
                return None if "sync" in name else call(*args, **named)

            return instead

        for name in CALLS:
            setattr(os, name, counted(name))
        try:
            action()
        except BaseException as error:
            print("unexpected", repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), status
    return status == KILLED


def every_call(place: Path) -> None:
    """Die at each system call of a write, then at some system call of the recovery; print what came out."""
    old, new = small()
    dice = random.Random(1)
    outcomes = ""
    for count in range(1, 1000):
        folder = place / str(count)
        put(folder, FOREIGN)
        bundle.write(old, folder)
        died = _dying(lambda: bundle.write(new, folder), count)  # noqa: B023
        for _ in range(3):
            _dying(lambda: finish(folder), dice.randint(1, 40))  # noqa: B023
        finish(folder)
        found = on_disk(folder)
        outcomes += "o" if found == old | FOREIGN else "n" if found == new | FOREIGN else "?"
        empty = [p for p in folder.rglob("*") if p.is_dir() and not any(p.iterdir())]
        assert not empty, (count, empty)
        assert bundle.write(new, folder) == bundle.WriteResult(*((6, 1, 4) if outcomes[-1] == "o" else (0, 7, 0))), (
            count
        )
        assert on_disk(folder) == new | FOREIGN, count
        shutil.rmtree(folder)
        if not died:
            break
    print(outcomes)


def write_on_signal(folder: Path, version: int) -> None:
    """Get ready, wait for a line, write."""
    files = large(version)
    print("ready", flush=True)
    sys.stdin.readline()
    bundle.write(files, folder)
    print("done", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "every-call":
        every_call(Path(sys.argv[2]))
    else:
        write_on_signal(Path(sys.argv[2]), int(sys.argv[3]))
