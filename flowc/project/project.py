"""Find the files of a build: flow files, the project file above them, and the environment file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
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
PART_SUFFIX = ".part.yaml"
SCENARIOS_SUFFIX = ".test.yaml"
_OTHER_ENDING = ".yml"
_YAML = (".yaml", _OTHER_ENDING)
_LIKE_A_FLOW = re.compile(rb"^(?:flowc|steps)[ \t]*:", re.MULTILINE)
_STAY_INSIDE = (
    "Put a copy of the file into the project: flowc does not follow links out of it. A flow may be elsewhere if the"
    " command line names it."
)
#: Limit for files that are read to find those that look like flows.
_MOST_READ = 1000


class Found(NamedTuple):
    """The flow files of one build, each with the project file above it (None if there is none).

    `texts` are contents that replace those of files. `overlooked` are files that flowc would read if their names ended
    in .yaml: flows in a searched folder, and project files. `named` are the files that the user has named: only they
    may be outside of the project. `parts` are to be compiled alone. `is_partial` says that the projects may contain
    other flows.
    """

    flows: tuple[tuple[Path, Path | None], ...]
    texts: Mapping[Path, bytes] = {}
    overlooked: tuple[Path, ...] = ()
    named: frozenset[Path] = frozenset()
    parts: tuple[tuple[Path, Path | None], ...] = ()
    is_partial: bool = False

    def reader(self) -> FileReader:
        """Return the reader of the files of one run."""
        return FileReader(self.named, self.texts)


class NothingToBuild(Exception):
    """No flow was found; the message names the places that were searched."""


def find_flows(paths: Iterable[Path], parts: bool = False) -> Found:
    """Return the flows for paths, which are files or folders with `*.flow.yaml`; without paths, the project.

    With `parts`, return the parts too; otherwise a part is taken for a flow, and refused as one.

    Raise NothingToBuild if a path does not exist or no flow is found. Hidden folders are not searched, and links to
    folders are not followed.
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
        for real, file in _below(path, (FLOW_SUFFIX, f".flow{_OTHER_ENDING}", *([PART_SUFFIX] if parts else []))):
            (overlooked if file.name.endswith(_OTHER_ENDING) else files).setdefault(real, file)
    if not files:
        where = ", ".join(str(path) for path in named)
        raise NothingToBuild(f"no *{FLOW_SUFFIX} was found in {where}{_unsearched(named)}")
    ordered = sorted(files.values(), key=shown_path)
    above = cache(project_above)
    every = tuple((file, above(file.parent)) for file in ordered)
    alone = tuple(one for one in every if parts and one[0].name.endswith(PART_SUFFIX))
    flows = tuple(one for one in every if one not in alone)
    others = [*filter(_looks_like_a_flow, overlooked.values()), *_other_projects(flows)]
    return Found(
        flows,
        overlooked=tuple(others),
        named=frozenset(path for path in named if not os.path.isdir(path)),
        parts=alone,
        is_partial=not all(map(_is_project, named)),
    )


def flow_from_text(path: Path, text: bytes) -> Found:
    """Return one flow or part with a given text in place of the content of its file, which need not exist."""
    flows = ((path, project_above(path.parent)),)
    others = tuple(_other_projects(flows))
    is_part = path.name.endswith(PART_SUFFIX)
    return Found(() if is_part else flows, {path: text}, others, parts=flows if is_part else (), is_partial=True)


def _is_project(folder: Path) -> bool:
    """Whether a folder contains whole projects: no project file is above it."""
    return os.path.isdir(folder) and project_above(_absolute(folder).parent) is None


def _unsearched(folders: Iterable[Path]) -> str:
    """Describe files that look like flows but have other names; empty if there are none."""
    found = (file for folder in folders for _, file in _below(folder, _YAML))
    like = [file for file in islice(found, _MOST_READ) if _looks_like_a_flow(file)]
    if not like:
        return ""
    first, more = like[0], f" (and {len(like) - 1} more)" if len(like) > 1 else ""
    name = first.stem.removesuffix(".flow")
    return f"; {shown_path(first)} looks like a flow{more}: rename it to {name}{FLOW_SUFFIX}"


def _looks_like_a_flow(path: Path) -> bool:
    return _contains(path, _LIKE_A_FLOW)


def _contains(path: Path, text: re.Pattern[bytes]) -> bool:
    try:
        return text.search(FileReader().contents(path, path.parent)) is not None
    except OSError:
        return False


def _other_projects(flows: Iterable[tuple[Path, Path | None]]) -> Iterator[Path]:
    """Yield project files with another ending, above flows and below their project file."""
    folders = {(file.parent, project) for file, project in flows}
    for folder, project in sorted({(_absolute(folder), project) for folder, project in folders}, key=str):
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
    """Yield the other flows and the files of scenarios of a project; without a project, those in the same folders.

    The folders of the flows always count, because a link may lead out of the project's folder.
    """
    seen = {os.path.realpath(flow): flow for flow in flows}
    folders: dict[Path, Callable[[str], bool]] = {flow.parent: _never for flow in seen.values()}
    if project is not None:
        folders[project.parent] = _has_no_project
    for folder, enters in folders.items():
        for real, file in _below(folder, (FLOW_SUFFIX, PART_SUFFIX, SCENARIOS_SUFFIX), enters):
            if seen.setdefault(real, file) is file:
                yield file


def find_connected(
    project: Path | None, flows: Iterable[Path], named: Collection[str], naming: Collection[str]
) -> dict[Path, Path | None]:
    """Return the other flows of a project that have some names, or that lead to steps of others (`naming`).

    Each has its project file.
    """
    texts = []
    if named:
        texts.append(rb"^name[ \t]*:[ \t]*[\"']?(?:%s)[\"']?[ \t]*(?:#.*)?\r?$" % "|".join(sorted(named)).encode())
    if naming:
        texts.append(rb":\s+[\"']?(?:%s)/[a-z][a-z0-9-]*[\"']?[ \t]*(?=[,}\r\n])" % "|".join(sorted(naming)).encode())
    wanted = re.compile(b"|".join(texts), re.MULTILINE)
    others = (file for file in others_of(project, flows) if file.name.endswith(FLOW_SUFFIX))
    return {file: project_above(file.parent) for file in others if _contains(file, wanted)}


def by_project(files: Iterable[tuple[Path, Path | None]]) -> dict[Path | None, list[Path]]:
    """Return files by their project file."""
    projects: dict[Path | None, list[Path]] = {}
    for path, project in files:
        projects.setdefault(project, []).append(path)
    return projects


def other_flows(found: Found) -> Iterator[tuple[Path, Path]]:
    """Yield the flows that links may add to those that were found, each with the folder of its project."""
    for project, flows in by_project(found.flows if found.is_partial else ()).items():
        for path in others_of(project, flows):
            if path.name.endswith(FLOW_SUFFIX):
                yield path, root_of(path, project)


def _never(_: str) -> bool:
    return False


def _has_no_project(folder: str) -> bool:
    return not os.path.isfile(os.path.join(folder, PROJECT_FILE))


def _below(
    folder: Path, suffixes: tuple[str, ...] = (FLOW_SUFFIX,), enters: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Path]]:
    """Yield the files in a folder and the folders that `enters` accepts, as pairs (real path, path)."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if enters is not None:
            folders[:] = [name for name in folders if enters(os.path.join(place, name))]
        real = os.path.realpath(place)
        for name in sorted(name for name in names if name.endswith(suffixes)):
            file = os.path.join(place, name)
            yield os.path.realpath(file) if os.path.islink(file) else os.path.join(real, name), Path(file)


def project_above(folder: Path) -> Path | None:
    """Return the project file in a folder or above it, if there is one."""
    return _upwards(_absolute(folder))


def _absolute(folder: Path) -> Path:
    """Return the absolute path. Links are followed only to resolve `..`."""
    return Path(os.path.realpath(folder)) if os.pardir in folder.parts else folder.absolute()


def _upwards(folder: Path) -> Path | None:
    for place in (folder, *folder.parents):
        if (place / PROJECT_FILE).is_file():
            return place / PROJECT_FILE
    return None


def shown_path(path: Path) -> str:
    """Return the path for messages and the manifest: relative to the working folder, with forward slashes.

    File names are decoded as UTF-8 whatever the locale, so that the same input gives the same manifest.
    """
    shown = str(path)
    if os.pardir in shown:  # everything else is normal in a Path
        shown = os.path.normpath(shown)
    if os.path.isabs(shown) or shown.startswith(os.pardir):  # others are relative already, and relpath is slow
        shown = os.path.relpath(shown)
    shown = shown.replace(os.sep, "/")
    return shown if shown.isascii() else os.fsencode(shown).decode("utf-8", "replace")


def environment_file(flow: Path, project: Path | None, name: str) -> Path:
    """Return the path of an environment file for a flow and the project file above it."""
    return root_of(flow, project) / "env" / f"{name}.yaml"


def missing_environment(path: Path) -> Finding | None:
    """Return a finding if an environment file does not exist, with the names of existing ones."""
    if os.path.lexists(path):
        return None
    # A link may lead out of the project: then even the names of its files are not shown.
    known = [] if path.parent.is_symlink() else sorted(file.stem for file in path.parent.glob("*.yaml"))
    message = f"there is no environment {path.stem}: this file does not exist"
    other = path.with_suffix(_OTHER_ENDING)
    help_ = f"Rename {shown_path(other)} to {path.name}." if os.path.isfile(other) else ""
    help_ = (
        help_
        or suggestion(path.stem, known)
        or (
            f"There {'is' if len(known) == 1 else 'are'} {listing(known, 'and')}."
            if known
            else "Create it, or leave --env out."
        )
    )
    return Finding("FC124", TextRange(SourceFile(shown_path(path), b"")), message, help_)


def root_of(flow: Path, project: Path | None) -> Path:
    """Return the folder that must contain the files of a flow: that of its project file, else that of the flow."""
    return (project or flow).parent


def read(reader: FileReader, path: Path, root: Path) -> tuple[SourceFile, list[Finding]]:
    """Read a file of a project whose folder is `root`. If that fails, return an empty file and a finding (FC101).

    The finding gives the reason, and shows nothing of the file.
    """
    try:
        return SourceFile(shown_path(path), reader.contents(path, root)), []
    except OutsideFolder as error:
        reason, help_ = str(error.strerror), _STAY_INSIDE
    except OSError as error:
        reason, help_ = (error.strerror or str(error)).lower(), "Check its name and its permissions."
    file = SourceFile(shown_path(path), b"")
    return file, [Finding("FC101", TextRange(file), f"this file cannot be read: {reason}", help_)]
