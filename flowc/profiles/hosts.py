"""Hosts: what a web server or platform can do that serves bundles, by the host.yaml of its folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jsonschema_rs

from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import HOST_TABLE, SCHEMAS, Late, TargetError, TargetFolder, Targets


class HostLimits(NamedTuple):
    """The largest document and audio file, and the largest file, line and word of the configuration; None: no limit.

    Sizes are in bytes. `line` maps patterns of file names to limits.
    """

    document: int | None = None
    configuration: int | None = None
    line: Mapping[str, int] = MappingProxyType({})
    word: int | None = None
    audio: int | None = None


class Values(NamedTuple):
    """The values of cases that a host can compare: a pattern for a whole value, and its description in words."""

    pattern: re.Pattern[str]
    description: str


class Host(NamedTuple):
    """One host.

    `documents` are the methods that it answers with a file, `routes` those by which it branches (GET on the query,
    POST on the form body), `prefixes` whether it compares the beginning of a value, `signatures` whether it can
    refuse unsigned requests, `hours` how it decides by the time (empty: it cannot), `notifies` whether it notifies
    servers. `leniencies` describe, by the variant of the probe, its answers that differ from the manifest;
    `install` are lines that may contain {root}.
    """

    name: str
    title: str
    documents: tuple[str, ...]
    routes: tuple[str, ...]
    prefixes: bool
    signatures: bool
    limits: HostLimits
    values: Values | None
    leniencies: Mapping[str, str]
    install: tuple[str, ...]
    folder: TargetFolder
    hours: str = ""
    notifies: bool = False

    def installed(self, root: str) -> tuple[str, ...]:
        """Return the instructions for installing a bundle on it."""
        return tuple(line.replace("{root}", root) for line in self.install)


@lru_cache(maxsize=4)
def host_profiles(targets: Targets) -> Mapping[str, Host]:
    """Return all hosts in the order of their names; a table is read when its host is first needed.

    That raises TargetError when a host.yaml cannot be read or does not fit host.schema.json.
    """
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "host.schema.json").read_text("utf-8")))
    return Late(sorted(targets.hosts), lambda name: _host(name, targets.hosts[name], validator))


def _host(name: str, folder: TargetFolder, validator: Any) -> Host:
    path = folder.path / HOST_TABLE
    data = folder.table(HOST_TABLE)
    for fault in validator.iter_errors(data):
        raise TargetError(f"{path}: {'/'.join(map(str, fault.instance_path))}: {fault.message}")
    if data["name"] != name:
        raise TargetError(f"{path}: the host is named {data['name']} but its folder {name}")
    values = data.get("values")
    try:
        compared = Values(re.compile(values["fits"]), values["description"]) if values else None
    except re.error as error:
        raise TargetError(f"{path}: values/fits: {error}") from error
    return Host(
        name=name,
        title=data["title"],
        documents=tuple(data["documents"]),
        routes=tuple(data["routes"]),
        prefixes=data.get("prefixes", False),
        signatures=data["signatures"],
        limits=HostLimits(**data.get("limits", {})),
        values=compared,
        leniencies=data.get("leniencies", {}),
        install=tuple(data["install"]),
        folder=folder,
        hours=data.get("hours", ""),
        notifies=data.get("notifies", False),
    )
