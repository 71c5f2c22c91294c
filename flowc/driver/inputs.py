"""The files that a build reads, by their digests. A file that has its stamp of the last build is not read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import MAX_AUDIO_BYTES, MAX_BYTES
from flowc.diagnostics.stamp import is_settled, stamp


class Inputs:
    """The files of one build: their digests, and the contents of those that were read."""

    def __init__(self, reader: FileReader, known: Mapping[str, str]) -> None:
        """`known` are the notes of the last build."""
        self._reader = reader
        self._known = known
        self._now = time.time_ns()
        self.contents: dict[Path, bytes] = {}
        #: By path a digest and, after a space, a stamp; that is empty if a later change could leave it the same.
        self.notes: dict[str, str] = {}

    def digest(self, path: Path, root: Path) -> str:
        """Return the SHA-256 of a file in a folder; empty if it cannot be read, which the build reports."""
        name = str(path)
        if name not in self.notes and (data := self._note(path, root, MAX_BYTES)) is not None:
            self.contents[path] = data
        return self.notes[name].partition(" ")[0]

    def is_unchanged(self, path: str, digest: str) -> bool:
        """Return whether a file that a flow names, which may be large, still has this SHA-256."""
        if path not in self.notes:
            self._note(Path(path), None, MAX_AUDIO_BYTES)
        return self.notes[path].partition(" ")[0] == digest != ""

    def read(self, path: Path, root: Path) -> bool:
        """Read a file even if its stamp is known; return whether its digest is as it was."""
        digest = self.digest(path, root)
        if path not in self.contents and digest:
            with suppress(OSError):
                self.contents[path] = self._reader.contents(path, root)
            return path in self.contents and sha256_hex(self.contents[path]) == digest
        return True

    def _note(self, path: Path, root: Path | None, most: int) -> bytes | None:
        """Note the digest and stamp of a file; return its content if it was read."""
        name = str(path)
        known = self._known.get(name, "")
        info = self._reader.inspect(path, root)
        mark = stamp(info) if info else ""
        if mark and known.partition(" ")[2] == mark:
            self.notes[name] = known
            return None
        data = None
        with suppress(OSError):
            data = self._reader.contents(path, root, most)
        settled = info and is_settled(max(info.st_mtime_ns, info.st_ctime_ns), self._now)
        self.notes[name] = f"{'' if data is None else sha256_hex(data)} {mark if settled else ''}"
        return data
