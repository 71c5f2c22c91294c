"""The files that a build has left in an output folder. Those with the same stamps are not read again."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from flowc.bundle.output_folder import MANIFEST, FileDigest, OutputFolder, read_file_digest
from flowc.diagnostics.stamp import is_settled, stamp


def digest_text(size: int, sha256: str) -> str:
    """Return a digest as one word, which is read and compared faster than a record."""
    return f"{size}-{sha256}"


def _digest(text: str) -> FileDigest:
    size, _, sha256 = text.partition("-")
    return read_file_digest(int(size), sha256)


class KnownFiles:
    """The files of a bundle by their paths: their digests, and stamps of files that had these digests.

    A stamp is empty if a later change could leave it the same.
    """

    def __init__(self, digests: Mapping[str, str], stamps: Mapping[str, str]) -> None:
        """Note what an earlier build left; `stamps` contains every path. `digests` are read if a stamp differs."""
        self._digests = digests
        self._stamps = stamps
        self._now = time.time_ns()
        self.kept: Collection[str] = ()
        #: Their stamps after this build.
        self.noted: Mapping[str, str] = {}

    def keep(self, folder: Path, digests: Mapping[str, str]) -> None:
        """Note as `kept` the files that still have their stamps, and the same digest in a new bundle."""
        with suppress(OSError):  # `write` reports it
            output = OutputFolder(os.fspath(folder))
            kept = self._same(output, self._stamps) if self.has_manifest(output) else ()
            self.kept = {path for path in kept if path != MANIFEST and digests.get(path) == self._digests.get(path)}

    def has_manifest(self, output: OutputFolder) -> bool:
        """Return whether no other bundle was written since: each has its own manifest. Raise OSError."""
        return MANIFEST in self._stamps and bool(self._same(output, (MANIFEST,)))

    def _same(self, output: OutputFolder, paths: Iterable[str]) -> set[str]:
        return {path for path, info in output.inspect(paths) if stamp(info) == self._stamps[path]}

    def are_in(self, output: OutputFolder) -> bool:
        """Return whether the files are in a folder, and note their stamps. Raise OSError, or ValueError for paths."""
        same = self._same(output, self._stamps)
        others = self._stamps.keys() - same
        before = dict(output.inspect(others))
        for path in others:
            if path not in before or not output.has_content(path, _digest(self._digests.get(path, ""))):
                return False
        new = {path: stamp(info) for path, info in before.items() if is_settled(info.st_mtime_ns, self._now)}
        self.noted = {path: mark if path in same else new.get(path, "") for path, mark in self._stamps.items()}
        return True

    def recorded(self) -> dict[str, FileDigest]:
        """Return the digests of all files."""
        return {path: _digest(text) for path, text in self._digests.items()}

    def note(self, output: OutputFolder, paths: Iterable[str], written: Collection[str]) -> None:
        """Note the stamps of the files of a new bundle, some of which were written just now. Raise OSError.

        A file that was compared may have been changed since: its stamp counts if it is older than the build.
        """
        now = time.time_ns()
        marks = {path: self._stamps[path] if path in self.kept else "" for path in paths}
        for path, info in output.inspect([path for path in marks if path not in self.kept]):
            if is_settled(info.st_mtime_ns, now if path in written else self._now):
                marks[path] = stamp(info)
        self.noted = marks
