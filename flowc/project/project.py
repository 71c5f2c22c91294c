"""Finds what a build is made of: the flow files, the project file above them, and the environment file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader, OutsideFolder
from flowc.diagnostics.source import SourceFile, TextRange
from flowc.diagnostics.wording import listing, suggestion

PROJECT_FILE = "flowc.yaml"
FLOW_SUFFIX = ".flow.yaml"
SCENARIOS_SUFFIX = ".test.yaml"
_OTHER_ENDING = ".yml"
_YAML = (".yaml", _OTHER_ENDING)
_LIKE_A_FLOW = re.compile(rb"^(?:flowc|steps)[ \t]*:", re.MULTILINE)
_STAY_INSIDE = (
    "Put a copy of the file into the project: flowc follows no link that leads out of it. A flow may lie elsewhere if"
    " the command line names it."
)
#: So many files are read to find those that look like flows.
_MOST_READ = 1000


class Found(NamedTuple):
    """The flow files of one build, each with the project file above it (None where there is none).

    `texts` holds what counts in place of a file's own bytes. `overlooked` are files that flowc would read if their
    names ended in .yaml: flows in a folder that was searched, and project files. `named` are the flows that the user
    named themselves: they alone may lie outside of the project.
    """

    flows: tuple[tuple[Path, Path | None], ...]
    texts: Mapping[Path, bytes] = {}
    overlooked: tuple[Path, ...] = ()
    named: frozenset[Path] = frozenset()

    def reader(self) -> FileReader:
        """What reads the files of one run."""
        return FileReader(self.named, self.texts)


class NothingToBuild(Exception):
    """No flow was found; the message says where it was looked for."""


def find_flows(paths: Iterable[Path]) -> Found:
    """The flows that paths name: files as they are, folders searched for `*.flow.yaml`; none means the project.

    Raises NothingToBuild when a path does not exist or nothing is found. Hidden folders are not searched and links to
    folders not followed.
    """
    named = list(paths) or [_project_root()]
    files: dict[str, Path] = {}
    overlooked: dict[str, Path] = {}
    for path in named:
        if not os.path.lexists(path):
            raise NothingToBuild(f"{path} does not exist")
        if not os.path.isdir(path):
            files.setdefault(os.path.realpath(path), path)
            continue
        for real, file in _below(path, (FLOW_SUFFIX, f".flow{_OTHER_ENDING}")):
            (files if file.name.endswith(FLOW_SUFFIX) else overlooked).setdefault(real, file)
    if not files:
        where = ", ".join(str(path) for path in named)
        raise NothingToBuild(f"no *{FLOW_SUFFIX} was found in {where}{_unsearched(named)}")
    ordered = sorted(files.values(), key=shown_path)
    above = cache(project_above)
    flows = tuple((file, above(file.parent)) for file in ordered)
    others = [*filter(_looks_like_a_flow, overlooked.values()), *_other_projects(flows)]
    return Found(flows, overlooked=tuple(others), named=frozenset(path for path in paths if not os.path.isdir(path)))


def flow_from_text(path: Path, text: bytes) -> Found:
    """One flow whose text is given, as if it stood in a file; there need be no such file."""
    flows = ((path, project_above(path.parent)),)
    return Found(flows, {path: text}, tuple(_other_projects(flows)))


def _unsearched(folders: Iterable[Path]) -> str:
    """Which files look like flows where none was found, and how they are to be named; empty if there are none."""
    found = (file for folder in folders for _, file in _below(folder, _YAML))
    like = [file for file in islice(found, _MOST_READ) if _looks_like_a_flow(file)]
    if not like:
        return ""
    first, more = like[0], f" (and {len(like) - 1} more)" if len(like) > 1 else ""
    name = first.stem.removesuffix(".flow")
    return f"; {shown_path(first)} looks like a flow{more}: rename it to {name}{FLOW_SUFFIX}"


def _looks_like_a_flow(path: Path) -> bool:
    try:
        return _LIKE_A_FLOW.search(FileReader().contents(path, path.parent)) is not None
    except OSError:
        return False


def _other_projects(flows: Iterable[tuple[Path, Path | None]]) -> Iterator[Path]:
    """Project files with another ending, above flows and below their project file."""
    for folder, project in sorted({(_absolute(file.parent), project) for file, project in flows}, key=str):
        for place in (folder, *folder.parents):
            if project is not None and place == project.parent:
                break
            if (other := (place / PROJECT_FILE).with_suffix(_OTHER_ENDING)).is_file():
                yield other
                break


def _project_root() -> Path:
    here = _upwards(Path.cwd())
    if here is None:
        other = Path(PROJECT_FILE).with_suffix(_OTHER_ENDING)
        advice = f"rename {other} to {PROJECT_FILE}" if os.path.isfile(other) else "name a flow file or a folder"
        raise NothingToBuild(f"there is no {PROJECT_FILE} here or above; {advice}")
    return Path(os.path.relpath(here.parent))


def others_of(project: Path | None, flows: Iterable[Path]) -> Iterator[Path]:
    """The flows and the files of scenarios of a project besides these flows; of their folders where it is None.

    What lies beside one of the flows counts wherever that is: a link may lead out of the project's folder.
    """
    seen = {os.path.realpath(flow): flow for flow in flows}
    folders: dict[Path, Callable[[str], bool]] = {flow.parent: _never for flow in seen.values()}
    if project is not None:
        folders[project.parent] = _has_no_project
    for folder, enters in folders.items():
        for real, file in _below(folder, (FLOW_SUFFIX, SCENARIOS_SUFFIX), enters):
            if seen.setdefault(real, file) is file:
                yield file


def _never(_: str) -> bool:
    return False


def _has_no_project(folder: str) -> bool:
    return not os.path.isfile(os.path.join(folder, PROJECT_FILE))


def _below(
    folder: Path, suffixes: tuple[str, ...] = (FLOW_SUFFIX,), enters: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Path]]:
    """The files in a folder, and in those that it enters, each after what it is once links are followed."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if enters is not None:
            folders[:] = [name for name in folders if enters(os.path.join(place, name))]
        real = os.path.realpath(place)
        for name in sorted(name for name in names if name.endswith(suffixes)):
            file = os.path.join(place, name)
            yield os.path.realpath(file) if os.path.islink(file) else os.path.join(real, name), Path(file)


def project_above(folder: Path) -> Path | None:
    """The project file in a folder or above it, if there is one."""
    return _upwards(_absolute(folder))


def _absolute(folder: Path) -> Path:
    """The path from the root; links are followed only to resolve `..`, since the folder above a/.. is not a."""
    return Path(os.path.realpath(folder)) if os.pardir in folder.parts else folder.absolute()


def _upwards(folder: Path) -> Path | None:
    for place in (folder, *folder.parents):
        if (place / PROJECT_FILE).is_file():
            return place / PROJECT_FILE
    return None


def shown_path(path: Path) -> str:
    """The path as messages and the manifest show it: relative to the working folder, with forward slashes.

    A file's name is bytes; they are read as UTF-8 whatever the locale, so that the same input gives the same manifest.
    """
    shown = os.path.normpath(path)
    if os.path.isabs(shown) or shown.startswith(os.pardir):  # else it is relative already, which is dear to find out
        shown = os.path.relpath(shown)
    return os.fsencode(shown.replace(os.sep, "/")).decode("utf-8", "replace")


def environment_file(flow: Path, project: Path | None, name: str) -> Path:
    """Where the values of an environment stand for a flow, and for the project file above it."""
    return root_of(flow, project) / "env" / f"{name}.yaml"


def missing_environment(path: Path) -> Finding | None:
    """What is said where there is no environment file, with the names of those there are."""
    if os.path.lexists(path):
        return None
    # A link may lead out of the project: then not even the names of its files are shown.
    known = [] if path.parent.is_symlink() else sorted(file.stem for file in path.parent.glob("*.yaml"))
    message = f"there is no environment {path.stem}: this file does not exist"
    other = path.with_suffix(_OTHER_ENDING)
    help_ = f"Rename {shown_path(other)} to {path.name}." if os.path.isfile(other) else ""
    help_ = (
        help_
        or suggestion(path.stem, known)
        or (f"There is {listing(known, 'and')}." if known else "Write it, or leave --env out.")
    )
    return Finding("FC124", TextRange(SourceFile(shown_path(path), b"")), message, help_)


def root_of(flow: Path, project: Path | None) -> Path:
    """The folder in which the files of a flow must lie: that of its project file, else that of the flow."""
    return (project or flow).parent


def read(reader: FileReader, path: Path, root: Path) -> tuple[SourceFile, list[Finding]]:
    """Read a file of a project whose folder is `root`; one that cannot be read is an empty file and a finding (FC101).

    The finding says why, and shows nothing of the file.
    """
    try:
        return SourceFile(shown_path(path), reader.contents(path, root)), []
    except OutsideFolder as error:
        reason, help_ = str(error.strerror), _STAY_INSIDE
    except OSError as error:
        reason, help_ = (error.strerror or str(error)).lower(), "Check its name and its permissions."
    file = SourceFile(shown_path(path), b"")
    return file, [Finding("FC101", TextRange(file), f"this file cannot be read: {reason}", help_)]
