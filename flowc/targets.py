"""The folders of the targets: where they are, and the profiles they hold.

A folder `targets/<name>/` of an extra templates folder adds a target, or stands in for the packaged one of that name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jsonschema_rs
import yaml

from flowc.profile import Profile, build_profile

PACKAGED = Path(__file__).parent / "templates"
SCHEMAS = Path(__file__).parent / "schema"


class TargetError(Exception):
    """A target's folder cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class TargetFolder:
    """One target's folder. `trusted` is False for folders that are not packaged: their templates are sandboxed."""

    path: Path
    trusted: bool


@dataclass(frozen=True, eq=False)
class Targets:
    """All targets of a run, by name."""

    folders: Mapping[str, TargetFolder]

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """The profile of every target, in the order of their names.

        Raises TargetError when a target.yaml cannot be read or does not fit target.schema.json.
        """
        return {name: _load(folder.path) for name, folder in sorted(self.folders.items())}


def find_targets(extra: Path | None = None) -> Targets:
    """The packaged targets, and those of an extra templates folder. Raises TargetError if that is no folder."""
    roots = [(PACKAGED, True)]
    if extra is not None:
        if not extra.is_dir():
            raise TargetError(f"{extra} is not a folder; --templates takes a folder that holds targets/<name>/")
        roots.append((extra, False))
    return Targets(
        {
            folder.name: TargetFolder(folder, trusted)
            for root, trusted in roots
            for folder in sorted((root / "targets").glob("*"))
            if (folder / "target.yaml").is_file()
        }
    )


def _load(folder: Path) -> Profile:
    path = folder / "target.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=loader)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TargetError(f"{path} cannot be read: {error}") from error
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "target.schema.json").read_text("utf-8")))
    for fault in validator.iter_errors(data):
        where = "/".join(str(part) for part in fault.instance_path)
        raise TargetError(f"{path}: {where}: {fault.message}")
    if data["name"] != folder.name:
        raise TargetError(f"{path}: the target is named {data['name']} but its folder {folder.name}")
    return build_profile(data)
