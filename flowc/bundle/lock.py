"""The lock of an output folder, which admits one writer."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flowc.bundle.output_folder import FLAGS, WORK, BundleError

if sys.platform != "win32":
    import fcntl

PATIENCE = 60.0  # seconds that a build waits for another build into the same folder
_RACES = 100  # attempts to take the lock while other processes remove its folder


@contextmanager
def locked(root: str) -> Iterator[None]:
    """Lock the folder, and create it if it is missing. The lock and empty folders are removed at the end.

    The system releases the lock if the process dies. Raise BundleError if waiting takes too long; OSError.
    """
    made: list[str] = []
    deadline = time.monotonic() + PATIENCE
    races = 0
    try:
        while True:
            try:
                file = _take(root, made)
            except FileNotFoundError:  # another process removed its empty folders, or the path is invalid
                file, races = None, races + 1
                if races > _RACES:
                    raise
            if file is not None:
                break
            _wait(root, deadline)
        try:
            yield
        finally:
            # While the lock is still held, so that a process waiting for this file notices that it was removed.
            with suppress(OSError):
                os.unlink(f"{root}/{WORK}/lock")
            os.close(file)
    finally:
        for path in (f"{root}/{WORK}", *reversed(made)):
            with suppress(OSError):
                os.rmdir(path)


def interrupted(root: str) -> bool:
    """Return whether a build committed a change there but did not complete it. Wait for a running build.

    Raise BundleError if waiting takes too long; OSError.
    """
    deadline = time.monotonic() + PATIENCE
    lock, commit = f"{root}/{WORK}/lock", f"{root}/{WORK}/commit"
    while True:
        try:
            file = _open(lock, writes=False)
        except (FileNotFoundError, NotADirectoryError):  # no build is running
            if not os.path.lexists(commit):
                return False
            if not os.path.lexists(lock):  # else another build has started meanwhile
                return os.path.lexists(commit)
        else:
            if file is not None:
                found = os.path.lexists(commit)
                os.close(file)
                return found
        _wait(root, deadline)


def _wait(root: str, deadline: float) -> None:
    if time.monotonic() > deadline:
        raise BundleError(f"another flowc is writing to {root} (waited {PATIENCE:g} s): try again when it has ended")
    time.sleep(0.005)


def _take(root: str, made: list[str]) -> int | None:
    """Try to lock: return the open lock file, or None if it is locked. Raise FileNotFoundError if a folder vanished."""
    if os.path.exists(root) and not os.path.isdir(root):
        raise BundleError(f"{root} is a file, not a folder: choose another output folder")
    work, path = f"{root}/{WORK}", f"{root}/{WORK}/lock"
    _make(root, made)
    with suppress(FileExistsError):
        os.mkdir(work)
    if not stat.S_ISDIR(os.lstat(work).st_mode):
        raise BundleError(f"{work} is not a folder, but flowc needs a folder there: move it away")
    return _open(path, writes=True)


def _open(path: str, writes: bool) -> int | None:
    """Return the locked file, or None if another process has locked it. Raise FileNotFoundError if it is missing."""
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
    """Create a folder and its parents, and add those that were created to `made`, outermost first."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        with suppress(FileExistsError):
            os.mkdir(folder)
            made.append(folder)
