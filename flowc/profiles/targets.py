"""The folders of targets and hosts: where they are, and the profiles of targets.

A folder `targets/<name>/` of an extra templates folder adds a target, or replaces the packaged one of that name;
`hosts/<name>/` does the same for a host. A target that `extends` another contains only the differences.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs

from flowc.diagnostics.findings import conclude
from flowc.diagnostics.reader import FileReader, OutsideFolder
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import MAX_BYTES, SourceFile
from flowc.profiles.profile import Profile
from flowc.profiles.read_profile import build_profile
from flowc.syntax import load, locate_all

_Value = TypeVar("_Value")

PACKAGED = Path(__file__).parents[1] / "templates"
SCHEMAS = Path(__file__).parents[1] / "schema"
HOST_TABLE = "host.yaml"
_TABLE = "target.yaml"


class TargetError(Exception):
    """A target's or host's folder cannot be used; the message names the file and the cause."""


class TargetFolder(NamedTuple):
    """The folder of one target or host.

    `root` is the templates folder that must contain its files; None for a packaged folder.
    """

    path: Path
    root: Path | None

    @property
    def trusted(self) -> bool:
        """Whether the folder is packaged: templates of other folders are sandboxed."""
        return self.root is None

    def has(self, name: str) -> bool:
        """Whether a file of that name exists, even if it cannot be read."""
        return os.path.lexists(self.path / name)

    def contents(self, name: str, most: int = MAX_BYTES) -> bytes:
        """Return the bytes of a file. Raises TargetError if it cannot be read or has more than `most` bytes."""
        return read_bytes(self.path / name, self.root, most)

    def table(self, name: str) -> dict[str, Any]:
        """Return a table, read as flows are. Raises TargetError if the file is not one."""
        return read_table(self.path / name, self.root)

    def files(self) -> list[str]:
        """Return the paths of all files in the folder, relative to it and with slashes."""
        found = ((Path(place), names) for place, _, names in os.walk(self.path))
        return sorted((place / name).relative_to(self.path).as_posix() for place, names in found for name in names)


class Late(Mapping[str, _Value]):
    """Values by their names; each is made when it is first needed, by a function that takes the name."""

    def __init__(self, names: Iterable[str], make: Callable[[str], _Value]) -> None:
        """Take the names in their order."""
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, _Value] = {}

    def __getitem__(self, name: str) -> _Value:
        """Return the value of that name. Raises KeyError if there is none, and what making it raises."""
        if name not in self._made and name in self._names:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Targets:
    """All targets of a run, and the folders of all hosts, by name."""

    folders: Mapping[str, TargetFolder]
    hosts: Mapping[str, TargetFolder] = field(default_factory=dict)

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles of all targets in the order of their names; a table is read when its profile is first needed.

        That raises TargetError when a target.yaml cannot be read or does not fit target.schema.json.
        """
        validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "target.schema.json").read_text("utf-8")))
        return Late(sorted(self.folders), lambda name: self._profile(name, validator))

    def layers(self, name: str) -> tuple[TargetFolder, ...]:
        """Return the folder of a target, and those of the targets that it extends, nearest first.

        Raises TargetError if it extends an unknown target, or itself.
        """
        layers: list[TargetFolder] = []
        wanted: str | None = name
        while wanted is not None:
            folder = self.folders.get(wanted)
            if folder is None or folder in layers:
                raise TargetError(f"{layers[-1].path / _TABLE} extends {wanted}, which is not another target")
            layers.append(folder)
            wanted = self._tables[wanted].get("extends")
        return tuple(layers)

    @cached_property
    def _tables(self) -> Mapping[str, dict[str, Any]]:
        return Late(self.folders, lambda name: self.folders[name].table(_TABLE))

    def _profile(self, name: str, validator: Any) -> Profile:
        path = self.folders[name].path / _TABLE
        data: dict[str, Any] = {}
        for folder in reversed(self.layers(name)):
            data = merged(data, self._tables[folder.path.name])
        for fault in validator.iter_errors(data):
            meant = _meant(fault)
            where = "/".join(str(part) for part in meant.instance_path)
            raise TargetError(f"{path}: {where}: {meant.message}")
        if data["name"] != name:
            raise TargetError(f"{path}: the target is named {data['name']}, but its folder {name}")
        return build_profile(data)


def find_targets(extra: Path | None = None) -> Targets:
    """Return the packaged targets and hosts, and those of an extra templates folder.

    Raises TargetError if that is not a folder.
    """
    if extra is None:
        return _packaged()
    if not os.path.isdir(extra):  # false for a name that is too long for the system, too
        raise TargetError(
            f"{extra} is not a folder; --templates takes a folder that contains targets/<name>/ or hosts/<name>/"
        )
    return _targets((PACKAGED, None), (extra, extra))


@cache
def _packaged() -> Targets:
    """Return the packaged targets and hosts, whose tables are read once for all builds of a process."""
    return _targets((PACKAGED, None))


def _targets(*roots: tuple[Path, Path | None]) -> Targets:
    return Targets(_folders(roots, "targets", _TABLE), _folders(roots, "hosts", HOST_TABLE))


def _folders(roots: Sequence[tuple[Path, Path | None]], kind: str, table: str) -> dict[str, TargetFolder]:
    folders = (TargetFolder(path, within) for root, within in roots for path in sorted((root / kind).glob("*")))
    return {folder.path.name: folder for folder in folders if folder.has(table)}


def read_bytes(path: Path, root: Path | None, most: int = MAX_BYTES) -> bytes:
    """Return the bytes of a file that must be in `root` (None: anywhere).

    Raises TargetError if it cannot be read or has more than `most` bytes.
    """
    try:
        data = FileReader().contents(path, root, most)
    except OutsideFolder as error:
        raise TargetError(f"{path} cannot be read: it is outside {root}, the folder of --templates") from error
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(data) > most:
        raise TargetError(f"{path} cannot be read: it has more than {most:,} bytes")
    return data


def read_table(path: Path, root: Path | None = None) -> dict[str, Any]:
    """Return a table, read as flows are; without `root`, a packaged one. Raises TargetError if the file is not one."""
    data, findings = load(SourceFile(str(path), read_bytes(path, root)))
    for fault in conclude(findings, locate_all):
        line = f"line {fault.span.line}: " if fault.span else ""
        raise TargetError(f"{path} cannot be read: {line}{fault.message}")
    if not isinstance(data, dict):
        raise TargetError(f"{path} is not a table")
    table: dict[str, Any] = _plain(data)
    return table


def _plain(data: Any) -> Any:
    """Return the data without its places: parts of a table become schemas, whose compiler accepts only plain data."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    return list(map(_plain, data)) if isinstance(data, list) else data


def layered(layers: Sequence[TargetFolder], table: str, schema: str) -> dict[str, Any]:
    """Return another table of a target, merged with those of the targets that it extends; empty if no folder has one.

    Raises TargetError if one cannot be read, or the whole does not fit the schema of that name.
    """
    having = [folder for folder in reversed(layers) if folder.has(table)]
    data: dict[str, Any] = {}
    for folder in having:
        data = merged(data, folder.table(table))
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8")))
    for fault in validator.iter_errors(data) if having else ():
        meant = _meant(fault)
        where = "/".join(str(part) for part in meant.instance_path)
        raise TargetError(f"{having[-1].path / table}: {where}: {meant.message}")
    return data


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the changes of another: null removes a row; a row with `unsupported` replaces a whole row."""
    result = dict(base)
    for key, value in own.items():
        known = base.get(key)
        if value is None and key in base:
            del result[key]
        elif isinstance(value, dict) and isinstance(known, dict) and "unsupported" not in {*value, *known}:
            result[key] = merged(known, value)
        else:
            result[key] = value
    return result


def _meant(fault: Any) -> Any:
    """Return the fault of the most similar form, if a row can be written in several forms."""
    while forms := getattr(fault.kind, "context", None):
        fault = max((error for form in forms for error in form), key=lambda error: len(error.instance_path))
    return fault
