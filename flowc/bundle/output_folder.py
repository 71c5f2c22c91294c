"""What stands in an output folder, and the words for what flowc cannot do there."""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Literal, NamedTuple, TypeGuard

MANIFEST = "manifest.json"
WORK = ".flowc"
FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ADVICE = {
    errno.ENOSPC: "free some space and run flowc again",
    errno.EDQUOT: "free some space and run flowc again",
    errno.EACCES: "check who may write there",
    errno.EPERM: "check who may write there",
    errno.EROFS: "choose another output folder",
    errno.ENOTDIR: "choose another output folder",
}


class BundleError(Exception):
    """The folder cannot be read or written; the text tells a person what was found, where, and what to do."""


class FileDigest(NamedTuple):
    """What tells one content from every other: its size in bytes, and its SHA-256."""

    size: int
    digest: str


def file_digest(data: bytes) -> FileDigest:
    """The print of a content."""
    return FileDigest(len(data), sha256(data).hexdigest())


def read_file_digest(size: object, digest: object) -> FileDigest:
    """A print that JSON has held; ValueError where it is something else."""
    if type(size) is not int or size < 0 or not isinstance(digest, str):
        raise ValueError("a print needs a size in bytes and a SHA-256")
    return FileDigest(size, digest)


@contextmanager
def bundle_errors(verb: str, root: str, state: str = "") -> Iterator[None]:
    """Turn an OSError into a BundleError that names the file, the reason, the advice and the state of things."""
    try:
        yield
    except OSError as error:
        what = f"cannot {verb} {error.filename2 or error.filename or root}: {(error.strerror or str(error)).lower()}"
        raise BundleError("; ".join(filter(None, (what, _ADVICE.get(error.errno or 0), state)))) from error


def is_safe(path: object) -> TypeGuard[str]:
    """Whether this is a relative POSIX path that stays inside the output folder and out of flowc's own."""
    if not isinstance(path, str) or "\\" in path or "\0" in path:
        return False
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    parts = path.split("/")
    return parts[0].casefold() != WORK and not any(part in ("", ".", "..") for part in parts)


def parent_folders(paths: Iterable[str]) -> set[str]:
    """All folders above the paths; the output folder itself ("") is not among them."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def read(path: str, size: int | None = None) -> bytes:
    """The content of a regular file, never through a symbolic link, and one byte of what exceeds the size; OSError."""
    file = os.open(path, os.O_RDONLY | FLAGS)
    try:
        there = os.fstat(file).st_size
        return os.read(file, (there if size is None else min(size, there)) + 1)
    finally:
        os.close(file)


class OutputFolder:
    """An output folder whose inner folders are looked at once each; files in `leaving` count as gone already."""

    def __init__(self, root: str, leaving: Collection[str] = ()) -> None:
        """Look at `root`, which need not exist; OSError."""
        self._root = root
        self._leaving = leaving
        self._device = os.stat(root).st_dev if os.path.isdir(root) else None
        # True: a folder of this file system, reached without a symbolic link. False: nothing. Text: why it is no such.
        self._known: dict[str, bool | str] = {"": self._device is not None}

    def has_folder(self, folder: str) -> bool:
        """Whether there is such a folder, reached without a symbolic link; OSError."""
        return self._folder(folder) is True

    def check_folder(self, folder: str) -> bool:
        """Like `holds`, but where there is none one could be made, or BundleError tells what is in the way."""
        known = self._folder(folder)
        if isinstance(known, str):
            raise BundleError(known)
        return known

    def is_file(self, path: str) -> bool:
        """Whether a regular file stands at the path, reached without a symbolic link; OSError."""
        info = self._lstat(path) if self.has_folder(path.rpartition("/")[0]) else None
        return info is not None and stat.S_ISREG(info.st_mode)

    def has_content(self, path: str, known: FileDigest) -> bool:
        """Whether a file of this content stands at the path, reached without a symbolic link; OSError."""
        return (
            self.has_folder(path.rpartition("/")[0]) and file_digest(read(f"{self._root}/{path}", known.size)) == known
        )

    def is_unchanged(self, path: str, known: FileDigest) -> bool:
        """Like `has`, but line ends may have become CRLF: git and editors do that, and no work is lost by it."""
        if not self.is_file(path):
            return False
        content = read(f"{self._root}/{path}", 2 * known.size)
        return known in (file_digest(content), file_digest(content.replace(b"\r\n", b"\n")))

    def difference(self, path: str, content: bytes, ours: bool) -> Literal["missing", "differs"] | None:
        """How the file at the path differs from `content`; BundleError when flowc must not put it there; OSError."""
        info = self._lstat(path) if self.check_folder(path.rpartition("/")[0]) else None
        if info is None:
            return "missing"
        where = f"{self._root}/{path}"
        if stat.S_ISDIR(info.st_mode):
            if self._becomes_empty(path):
                return "missing"
            raise BundleError(f"{where} is a folder, and flowc needs a file there: move it away")
        if not stat.S_ISREG(info.st_mode):
            raise BundleError(f"{where} is {_kind(info)}, and flowc needs a file there: remove it")
        if info.st_size == len(content) and read(where, len(content)) == content:
            return None
        if ours:
            return "differs"
        raise BundleError(f"{where} is in the way, and flowc did not write it: move it away")

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
        if info is None or (stat.S_ISREG(info.st_mode) and path in self._leaving):
            return False
        if not stat.S_ISDIR(info.st_mode):
            return f"{self._root}/{path} is {_kind(info)}, and flowc needs a folder there: move it away"
        if info.st_dev != self._device:
            return f"{self._root}/{path} is on another file system than {self._root}: unmount it"
        return True

    def _lstat(self, path: str) -> os.stat_result | None:
        try:
            return os.lstat(f"{self._root}/{path}")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _becomes_empty(self, folder: str) -> bool:
        """Whether nothing is left of the folder when the leaving files are gone."""
        leaving = parent_folders(self._leaving)
        for base, folders, names in os.walk(f"{self._root}/{folder}"):
            inside = base[len(self._root) + 1 :]
            if any(f"{inside}/{name}" not in self._leaving for name in names):
                return False
            if any(f"{inside}/{name}" not in leaving or os.path.islink(f"{base}/{name}") for name in folders):
                return False
        return folder in leaving


def _kind(info: os.stat_result) -> str:
    if stat.S_ISLNK(info.st_mode):
        return "a symbolic link"
    return "a file" if stat.S_ISREG(info.st_mode) else "a special file"
