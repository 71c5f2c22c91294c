"""The folders of targets and hosts: where they are, and the profiles that those of targets hold.

A folder `targets/<name>/` of an extra templates folder adds a target, or stands in for the packaged one of that name;
`hosts/<name>/` does the same for a host.
One that `extends` another says only what is different there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jsonschema_rs

from flowc.diagnostics.findings import conclude
from flowc.diagnostics.reader import FileReader, OutsideFolder
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
    """A target's or host's folder cannot be used; the message says which and why."""


class TargetFolder(NamedTuple):
    """The folder of one target or host.

    `root` is the templates folder that its files must lie in; None for what is packaged.
    """

    path: Path
    root: Path | None

    @property
    def trusted(self) -> bool:
        """Whether the folder is packaged: the templates of others are sandboxed."""
        return self.root is None

    def has(self, name: str) -> bool:
        """Whether there is a file of that name, even one that cannot be read."""
        return os.path.lexists(self.path / name)

    def contents(self, name: str, most: int = MAX_BYTES) -> bytes:
        """The bytes of a file. Raises TargetError if it cannot be read or has more than `most` bytes."""
        return read_bytes(self.path / name, self.root, most)

    def table(self, name: str) -> dict[str, Any]:
        """A table, read as flows are. Raises TargetError if the file is not one."""
        return read_table(self.path / name, self.root)

    def files(self) -> list[str]:
        """The paths of all files in the folder, from the folder and with slashes."""
        found = ((Path(place), names) for place, _, names in os.walk(self.path))
        return sorted((place / name).relative_to(self.path).as_posix() for place, names in found for name in names)


class Late(Mapping[str, _Value]):
    """Values by their names; each is made when it is first asked for, by a function that takes the name."""

    def __init__(self, names: Iterable[str], make: Callable[[str], _Value]) -> None:
        """The names in their order."""
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, _Value] = {}

    def __getitem__(self, name: str) -> _Value:
        """The value of that name. Raises KeyError if there is none, and what making it raises."""
        if name not in self._made and name in self._names:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._names)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._names)


@dataclass(frozen=True, eq=False)
class Targets:
    """All targets of a run, and the folders of all hosts, by name."""

    folders: Mapping[str, TargetFolder]
    hosts: Mapping[str, TargetFolder] = field(default_factory=dict)

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """The profile of every target, in the order of their names; a table is read when its profile is asked for.

        That raises TargetError when a target.yaml cannot be read or does not fit target.schema.json.
        """
        validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "target.schema.json").read_text("utf-8")))
        return Late(sorted(self.folders), lambda name: self._profile(name, validator))

    def layers(self, name: str) -> tuple[TargetFolder, ...]:
        """The folder of a target, and those that it extends, nearest first.

        Raises TargetError if it extends a target that there is not, or itself.
        """
        layers: list[TargetFolder] = []
        wanted: str | None = name
        while wanted is not None:
            folder = self.folders.get(wanted)
            if folder is None or folder in layers:
                raise TargetError(f"{layers[-1].path / _TABLE} extends {wanted}, which is no other target")
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
            raise TargetError(f"{path}: the target is named {data['name']} but its folder {name}")
        return build_profile(data)


def find_targets(extra: Path | None = None) -> Targets:
    """The packaged targets and hosts, and those of an extra templates folder.

    Raises TargetError if that is no folder.
    """
    if extra is None:
        return _packaged()
    if not os.path.isdir(extra):  # a name too long for the system is no folder either
        raise TargetError(
            f"{extra} is not a folder; --templates takes a folder that holds targets/<name>/ or hosts/<name>/"
        )
    return _targets((PACKAGED, None), (extra, extra))


@cache
def _packaged() -> Targets:
    """What is packaged does not change while a process lives: its tables are read once for all its builds."""
    return _targets((PACKAGED, None))


def _targets(*roots: tuple[Path, Path | None]) -> Targets:
    return Targets(_folders(roots, "targets", _TABLE), _folders(roots, "hosts", HOST_TABLE))


def _folders(roots: Sequence[tuple[Path, Path | None]], kind: str, table: str) -> dict[str, TargetFolder]:
    folders = (TargetFolder(path, within) for root, within in roots for path in sorted((root / kind).glob("*")))
    return {folder.path.name: folder for folder in folders if folder.has(table)}


def read_bytes(path: Path, root: Path | None, most: int = MAX_BYTES) -> bytes:
    """The bytes of a file that must lie in `root` (None: anywhere).

    Raises TargetError if it cannot be read or has more than `most` bytes.
    """
    try:
        data = FileReader().contents(path, root, most)
    except OutsideFolder as error:
        raise TargetError(f"{path} cannot be read: it lies outside of {root}, the folder of --templates") from error
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(data) > most:
        raise TargetError(f"{path} cannot be read: it has more than {most:,} bytes")
    return data


def read_table(path: Path, root: Path | None = None) -> dict[str, Any]:
    """A table, read as flows are; without `root` a packaged one. Raises TargetError if the file is not one."""
    data, findings = load(SourceFile(str(path), read_bytes(path, root)))
    for fault in conclude(findings, locate_all):
        line = f"line {fault.span.line}: " if fault.span else ""
        raise TargetError(f"{path} cannot be read: {line}{fault.message}")
    if not isinstance(data, dict):
        raise TargetError(f"{path} holds no table")
    table: dict[str, Any] = _plain(data)
    return table


def _plain(data: Any) -> Any:
    """The same without its places: parts of a table become schemas, whose compiler takes nothing else."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    return list(map(_plain, data)) if isinstance(data, list) else data


def layered(layers: Sequence[TargetFolder], table: str, schema: str) -> dict[str, Any]:
    """A further table of a target, over those of the targets that it extends; empty where no folder has one.

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
    """A table with what another says otherwise: null takes a row away, and what cannot be said is no row to add to."""
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
    """Where a row can be written in several ways, the fault of the one that it fits for the longest."""
    while ways := getattr(fault.kind, "context", None):
        fault = max((error for way in ways for error in way), key=lambda error: len(error.instance_path))
    return fault
