"""The inputs of a build, by their digests. A file that has its stamp of the last build is not read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from itertools import chain
from pathlib import Path

from flowc import __version__
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import MAX_AUDIO_BYTES, MAX_BYTES
from flowc.diagnostics.stamp import is_settled, stamp
from flowc.driver.records import BuildRequest
from flowc.project.project import environment_file, other_flows, root_of

_PACKAGE = Path(__file__).parents[1]


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


class BuildKey:
    """The inputs of a build: its name in the cache, and what all flows and each of them depend on."""

    def __init__(self, request: BuildRequest) -> None:
        """Name the build. No file is read yet."""
        found, options = request.found, request.options
        self._request = request
        arguments = (os.getcwd(), options, request.templates, request.with_summary)
        self.name = _digest([*arguments, *(path for path, _ in found.flows), *found.overlooked])
        self.whole = f"{self.name}-whole"  # the cached build, which shows whether the output is up to date

    def read(self, known: Mapping[str, str]) -> None:
        """Take the digests of the files, of which some are `known`."""
        found, environment = self._request.found, self._request.options.environment
        self.inputs = Inputs(found.reader(), known)
        digest = self.inputs.digest
        self.others = list(other_flows(found))
        others = [digest(path, root) for path, root in self.others]
        self.common = _digest([self.name, *_environment(self._request.templates), *others])
        self.each: dict[Path, list[tuple[Path, Path]]] = {}
        for path, project in found.flows:
            root = root_of(path, project)
            given = environment_file(path, project, environment) if environment else None
            self.each[path] = [(file, root) for file in (path, project, given) if file is not None]

    @cached_property
    def keys(self) -> Mapping[Path, str]:
        """A digest for each flow."""
        return {path: _digest([self.common, *self._parts(files)]) for path, files in self.each.items()}

    @cached_property
    def key(self) -> str:
        """The digest of all flows."""
        return _digest([self.common, *self._parts(chain.from_iterable(self.each.values()))])

    def _parts(self, files: Iterable[tuple[Path, Path]]) -> Iterator[object]:
        for path, root in files:
            yield path
            yield self.inputs.digest(path, root)

    def read_for(self, flows: Iterable[Path]) -> bool:
        """Read the files that the compilation of some flows needs; return whether none has changed meanwhile."""
        files = [*self.others, *(file for path in flows for file in self.each[path])]
        return all([self.inputs.read(path, root) for path, root in files])


def _environment(templates: Path | None) -> Iterable[str]:
    """Yield everything else that determines the result: flowc, the installed libraries, further templates."""
    yield from (__version__, sys.version)
    for folder in sys.path:
        if os.path.isdir(folder):
            yield from sorted(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    for root, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            info = os.stat(f"{root}/{name}")
            yield f"{root}/{name} {info.st_size} {info.st_mtime_ns}"
    for path in sorted(templates.rglob("*")) if templates and os.path.isdir(templates) else ():
        digest = ""  # an unreadable file counts too: the build reports it
        with suppress(OSError):
            digest = sha256_hex(FileReader().contents(path, templates))
        yield f"{path} {digest}"


def _digest(values: Iterable[object]) -> str:
    return sha256_hex("\0".join(map(str, values)))
