"""Hosts: what a place that serves bundles can do, as its folder tells."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import jsonschema_rs

from flowc.profiles.targets import HOST_TABLE, SCHEMAS, Late, TargetError, TargetFolder, Targets


class HostLimits(NamedTuple):
    """The largest document, and of the configuration the largest file, line and word, in bytes; None: no such limit.

    `line` is by patterns of the names of files.
    """

    document: int | None = None
    configuration: int | None = None
    line: Mapping[str, int] = MappingProxyType({})
    word: int | None = None


class Values(NamedTuple):
    """Which values of a case a host can compare: an expression for all of a value, and the same in words."""

    pattern: re.Pattern[str]
    description: str


class Host(NamedTuple):
    """One host.

    `documents` are the methods it answers with a file, `routes` those by which it branches (GET on the query, POST on
    the form body), `signatures` whether it can refuse what the carrier did not sign. `leniencies` say, by the variant
    of the probe, what it answers otherwise than the manifest says; `install` are lines with {root} in them.
    """

    name: str
    title: str
    documents: tuple[str, ...]
    routes: tuple[str, ...]
    signatures: bool
    limits: HostLimits
    values: Values | None
    leniencies: Mapping[str, str]
    install: tuple[str, ...]
    folder: TargetFolder

    def installed(self, root: str) -> tuple[str, ...]:
        """The lines that tell how to put it to work."""
        return tuple(line.replace("{root}", root) for line in self.install)


@lru_cache(maxsize=4)
def host_profiles(targets: Targets) -> Mapping[str, Host]:
    """Every host, in the order of their names; a table is read when its host is asked for.

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
        signatures=data["signatures"],
        limits=HostLimits(**data.get("limits", {})),
        values=compared,
        leniencies=data.get("leniencies", {}),
        install=tuple(data["install"]),
        folder=folder,
    )
