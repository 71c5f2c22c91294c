"""The results of checking and compiling flows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.findings import Diagnostic, Finding
from flowc.emit.host_checks import Wanted
from flowc.emit.link import BundlePlan, Unit
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.lower.ir import Program
from flowc.project.suppressions import SeverityResolver


class Origin(NamedTuple):
    """The sources of a flow: its file, the variables that it may use, and further files that it depends on."""

    file: str
    declared: frozenset[str]
    lists: Mapping[Path, bytes]


class CompiledFlow(NamedTuple):
    """The units of one flow, one per target, and its findings."""

    units: list[Unit]
    findings: list[Finding]


class Checked(NamedTuple):
    """Checked flows: diagnostics, the plan (None if there is an error), and the variables that the flows declare.

    `flows` are the flows with a model, by file, and `scenarios` their scenarios, by flow name. `programs` are the
    lowered flows by (flow, target), and `origins` the sources by flow name. `severities` gives the severity of later
    findings. `of_named_files` are the diagnostics in the parts and lists of a flow, by flow name; several may have
    one in common. `wanted` is the host of the build, if any. `skipped` are the files of flows for none of the requested
    targets.
    """

    diagnostics: tuple[Diagnostic, ...]
    plan: BundlePlan | None
    declared: frozenset[str]
    flows: Mapping[Path, Flow]
    scenarios: Mapping[str, tuple[Scenario, ...]]
    programs: Mapping[tuple[str, str], Program]
    origins: Mapping[str, Origin]
    of_named_files: Mapping[str, tuple[Diagnostic, ...]]
    severities: SeverityResolver
    wanted: Wanted | None
    skipped: tuple[str, ...]


class Bundle(NamedTuple):
    """Compiled flows: diagnostics, and the files and their manifest, both None if there is an error."""

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] | None
    manifest: Manifest | None
    checked: Checked

    @property
    def declared(self) -> frozenset[str]:
        """The variables that the flows declare."""
        return self.checked.declared
