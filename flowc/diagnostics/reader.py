"""Reads the files that a project names: only regular files, up to a limit, and none outside of the project."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from flowc.diagnostics.source import MAX_BYTES

#: Opening a pipe or a device must not wait for another program, and a terminal must not become that of this process.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_KINDS = {
    stat.S_IFDIR: (errno.EISDIR, "it is a folder"),
    stat.S_IFIFO: (errno.EINVAL, "it is a pipe"),
    stat.S_IFCHR: (errno.EINVAL, "it is a device"),
    stat.S_IFBLK: (errno.EINVAL, "it is a device"),
}


class OutsideFolder(OSError):
    """A file is outside of the folder that may be read, after links are followed."""


class FileReader:
    """Reads the files of one run, and resolves each folder once."""

    def __init__(self, named: Collection[Path] = (), texts: Mapping[Path, bytes] | None = None) -> None:
        """`named` may be anywhere, since the user named them; `texts` contains bytes that replace those of files."""
        self._named = named
        self._texts = texts or {}
        self._real: dict[str, str] = {}

    def contents(self, path: Path, root: Path | None, most: int = MAX_BYTES) -> bytes:
        """Return the bytes of a file, at most one more than `most`, so that a huge file costs nothing.

        `root` is the folder that must contain the file; None permits any. Raises OutsideFolder if it does not, and
        OSError if the file cannot be read or is not a regular file.
        """
        text = self._texts.get(path)
        if text is not None:
            return text
        if root is not None and path not in self._named and not self._is_in(root, path):
            raise OutsideFolder(errno.EPERM, "it is outside of the project")
        file = os.open(path, _FLAGS)
        try:
            info = os.fstat(file)
            if not stat.S_ISREG(info.st_mode):
                raise OSError(*_KINDS.get(stat.S_IFMT(info.st_mode), (errno.EINVAL, "it is not a regular file")))
            found = os.read(file, min(info.st_size, most) + 1)
            # The file has grown, was read in parts, or has no size that is known in advance.
            while len(found) <= most and (more := os.read(file, most + 1 - len(found))):
                found += more
            return found
        finally:
            os.close(file)

    def inspect(self, path: Path, root: Path | None) -> os.stat_result | None:
        """Return what the file system notes of a regular file that `contents` would read; None for links and others."""
        with suppress(OSError):
            info = os.lstat(path)
            # A file is where its folder is, unless it is a link.
            inside = root is None or path in self._named or self.contains(root, path.parent)
            if stat.S_ISREG(info.st_mode) and inside and path not in self._texts:
                return info
        return None

    def contains(self, root: Path, folder: Path) -> bool:
        """Return whether a folder is in another one, after links are followed, or the same."""
        return self._resolved(os.fspath(folder)).startswith(self._resolved(os.fspath(root)))

    def _is_in(self, root: Path, path: Path) -> bool:
        folder, name = os.path.split(path)
        real = os.path.realpath(path) if os.path.islink(path) else self._resolved(folder) + name
        return real.startswith(self._resolved(os.fspath(root)))

    def _resolved(self, folder: str) -> str:
        """Return the real path of a folder, with a separator at its end."""
        if folder not in self._real:
            self._real[folder] = os.path.join(os.path.realpath(folder), "")
        return self._real[folder]
