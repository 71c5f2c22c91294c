"""One writer at a time in an output folder."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flowc.bundle.output_folder import FLAGS, WORK, BundleError

if sys.platform != "win32":
    import fcntl

PATIENCE = 60.0  # seconds that a build waits for another one in the same folder
_RACES = 100  # how often folders may vanish under a build that wants the lock, before that is taken for a failure


@contextmanager
def locked(root: str) -> Iterator[None]:
    """Hold the folder alone, made where it is missing; neither the lock nor empty folders stay behind.

    The system lets go of the lock when the process dies. Raises BundleError when waiting takes too long; OSError.
    """
    made: list[str] = []
    deadline = time.monotonic() + PATIENCE
    races = 0
    try:
        while True:
            try:
                file = _take(root, made)
            except FileNotFoundError:  # another process took its empty folders away, or there really is no way
                file, races = None, races + 1
                if races > _RACES:
                    raise
            if file is not None:
                break
            _wait(root, deadline)
        try:
            yield
        finally:
            # While it is still held: who waits for this very file finds it gone from here once it gets it.
            with suppress(OSError):
                os.unlink(f"{root}/{WORK}/lock")
            os.close(file)
    finally:
        for path in (f"{root}/{WORK}", *reversed(made)):
            with suppress(OSError):
                os.rmdir(path)


def interrupted(root: str) -> bool:
    """Whether a build committed a change there and did not finish it. Waits for one that is at work; writes nothing.

    Raises BundleError when waiting takes too long; OSError.
    """
    deadline = time.monotonic() + PATIENCE
    lock, commit = f"{root}/{WORK}/lock", f"{root}/{WORK}/commit"
    while True:
        try:
            file = _open(lock, writes=False)
        except (FileNotFoundError, NotADirectoryError):  # no build is at work
            if not os.path.lexists(commit):
                return False
            if not os.path.lexists(lock):  # else a build has begun meanwhile; it may be done, too
                return os.path.lexists(commit)
        else:
            if file is not None:
                found = os.path.lexists(commit)
                os.close(file)
                return found
        _wait(root, deadline)


def _wait(root: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BundleError(f"another flowc is writing {root} (waited {PATIENCE:g} s): run this one after it")
    time.sleep(0.005)


def _take(root: str, made: list[str]) -> int | None:
    """One try: the open lock file, or None when another process holds it. FileNotFoundError: folders vanished."""
    if os.path.exists(root) and not os.path.isdir(root):
        raise BundleError(f"{root} is a file, not a folder: choose another output folder")
    work, path = f"{root}/{WORK}", f"{root}/{WORK}/lock"
    _make(root, made)
    with suppress(FileExistsError):
        os.mkdir(work)
    if not stat.S_ISDIR(os.lstat(work).st_mode):
        raise BundleError(f"{work} is not a folder, and flowc needs it for its own work: move it away")
    return _open(path, writes=True)


def _open(path: str, writes: bool) -> int | None:
    """The lock file, held; None when another process holds it. FileNotFoundError where there is none to read."""
    file = os.open(path, FLAGS | (os.O_RDWR | os.O_CREAT if writes else os.O_RDONLY), 0o666)
    try:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_NB | (fcntl.LOCK_EX if writes else fcntl.LOCK_SH))
        if os.path.samestat(os.fstat(file), os.stat(path)):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(file)
        raise
    os.close(file)
    return None


def _make(path: str, made: list[str]) -> None:
    """Make a folder and what is missing above it, noting what was made, outermost first."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder)
            made.append(folder)
