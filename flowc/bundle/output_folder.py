"""The contents of an output folder, compared with a bundle, and the messages about obstacles there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeGuard

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple

#: The file name of the manifest in a bundle.
MANIFEST = "manifest.json"
#: The folder for the lock, the journal and staged files, inside of the output folder.
WORK = ".flowc"
FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ADVICE = {
    errno.ENOSPC: "free some space and run flowc again",
    errno.EDQUOT: "free some space and run flowc again",
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.EROFS: "choose another output folder",
    errno.ENOTDIR: "choose another output folder",
}


class BundleError(Exception):
    """The folder cannot be read or written. The message gives the reason, the path and what to do."""


class FileDigest(NamedTuple):
    """The size in bytes and the SHA-256 of a file's content."""

    size: int
    sha256: str


def file_digest(data: bytes) -> FileDigest:
    """Return the digest of a content."""
    return FileDigest(len(data), sha256_hex(data))


def read_file_digest(size: object, sha256: object) -> FileDigest:
    """Return a digest from JSON values. Raise ValueError if they are not a digest."""
    if type(size) is not int or size < 0 or not isinstance(sha256, str):
        raise ValueError("a digest needs a size in bytes and a SHA-256")
    return FileDigest(size, sha256)


@contextmanager
def bundle_errors(verb: str, root: str, state: str = "") -> Iterator[None]:
    """Turn an OSError into a BundleError with the file, the reason, advice and the state of the bundle."""
    try:
        yield
    except OSError as error:
        what = f"cannot {verb} {error.filename2 or error.filename or root}: {(error.strerror or str(error)).lower()}"
        raise BundleError("; ".join(filter(None, (what, _ADVICE.get(error.errno or 0), state)))) from error


def is_safe(path: object) -> TypeGuard[str]:
    """Return whether this is a relative POSIX path inside the output folder, and outside of the folder WORK."""
    if not isinstance(path, str) or "\\" in path or "\0" in path:
        return False
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    parts = path.split("/")
    return parts[0].casefold() != WORK and not any(part in ("", ".", "..") for part in parts)


def parent_folders(paths: Iterable[str]) -> set[str]:
    """Return all folders above the paths, without the output folder itself ("")."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def read(path: str, size: int | None = None) -> bytes:
    """Read a regular file, but not through a symbolic link; at most one byte more than the size. Raise OSError."""
    file = os.open(path, os.O_RDONLY | FLAGS)
    try:
        there = os.fstat(file).st_size
        return os.read(file, (there if size is None else min(size, there)) + 1)
    finally:
        os.close(file)


class OutputFolder:
    """An output folder. Each inner folder is inspected once; files in `removed` count as removed already."""

    def __init__(self, root: str, removed: Collection[str] = ()) -> None:
        """Inspect `root`, which need not exist. Raise OSError."""
        self._root = root
        self._removed = removed
        self._device = os.stat(root).st_dev if os.path.isdir(root) else None
        # True: a folder on this file system, reached without symbolic links. False: nothing. Text: why it is unusable.
        self._known: dict[str, bool | str] = {"": self._device is not None}

    def has_folder(self, folder: str) -> bool:
        """Return whether the folder exists and is reached without symbolic links. Raise OSError."""
        return self._folder(folder) is True

    def check_folder(self, folder: str) -> bool:
        """Return whether the folder exists. Raise BundleError if it does not and cannot be created."""
        known = self._folder(folder)
        if isinstance(known, str):
            raise BundleError(known)
        return known

    def is_file(self, path: str) -> bool:
        """Return whether the path is a regular file, reached without symbolic links. Raise OSError."""
        info = self._lstat(path) if self.has_folder(path.rpartition("/")[0]) else None
        return info is not None and stat.S_ISREG(info.st_mode)

    def inspect(self, paths: Iterable[str]) -> Iterator[tuple[str, os.stat_result]]:
        """Yield the existing files among some paths, reached without symbolic links, with what the system notes."""
        last, exists = "", self.has_folder("")
        for path in paths:
            folder = path.rpartition("/")[0]
            if folder != last:  # most files follow others of their folder
                last, exists = folder, self.has_folder(folder)
            info = self._lstat(path) if exists else None
            if info is not None:
                yield path, info

    def has_content(self, path: str, known: FileDigest) -> bool:
        """Return whether the path is a file with this content, reached without symbolic links. Raise OSError."""
        return (
            self.has_folder(path.rpartition("/")[0]) and file_digest(read(f"{self._root}/{path}", known.size)) == known
        )

    def is_unchanged(self, path: str, known: FileDigest) -> bool:
        """Like `has_content`, but accept CRLF line ends: git and editors convert them, which is not an edit."""
        if not self.is_file(path):
            return False
        content = read(f"{self._root}/{path}", 2 * known.size)
        return file_digest(content) == known or file_digest(content.replace(b"\r\n", b"\n")) == known

    def difference(self, path: str, content: bytes, ours: bool) -> Literal["missing", "differs"] | None:
        """Return how the file at the path differs from `content`. Raise BundleError if it may not be written."""
        info = self._lstat(path) if self.check_folder(path.rpartition("/")[0]) else None
        if info is None:
            return "missing"
        where = f"{self._root}/{path}"
        if stat.S_ISDIR(info.st_mode):
            if self._becomes_empty(path):
                return "missing"
            raise BundleError(f"{where} is a folder, but flowc needs a file there: move it away")
        if not stat.S_ISREG(info.st_mode):
            raise BundleError(f"{where} is {_kind(info)}, but flowc needs a file there: remove it")
        if info.st_size == len(content) and read(where, len(content)) == content:
            return None
        if ours:
            return "differs"
        raise BundleError(f"{where} already exists and was not written by flowc: move it away")

    def _folder(self, folder: str) -> bool | str:
        if folder in self._known:
            return self._known[folder]
        known, here = self._known[""], ""
        for part in folder.split("/"):
            here = f"{here}/{part}" if here else part
            if here not in self._known:
                self._known[here] = self._inspect_folder(here) if known is True else known
            known = self._known[here]
        return known

    def _inspect_folder(self, path: str) -> bool | str:
        info = self._lstat(path)
        if info is None or (stat.S_ISREG(info.st_mode) and path in self._removed):
            return False
        if not stat.S_ISDIR(info.st_mode):
            return f"{self._root}/{path} is {_kind(info)}, but flowc needs a folder there: move it away"
        if info.st_dev != self._device:
            return f"{self._root}/{path} is on a different file system than {self._root}: unmount it"
        return True

    def _lstat(self, path: str) -> os.stat_result | None:
        try:
            return os.lstat(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _becomes_empty(self, folder: str) -> bool:
        """Return whether the folder is empty once the removed files are gone."""
        removed = parent_folders(self._removed)
        for base, folders, names in os.walk(f"{self._root}/{folder}"):
            inside = base[len(self._root) + 1 :]
            if any(f"{inside}/{name}" not in self._removed for name in names):
                return False
            if any(f"{inside}/{name}" not in removed or os.path.islink(f"{base}/{name}") for name in folders):
                return False
        return folder in removed


def _kind(info: os.stat_result) -> str:
    if stat.S_ISLNK(info.st_mode):
        return "a symbolic link"
    return "a file" if stat.S_ISREG(info.st_mode) else "a special file"
