"""The results of checking and compiling flows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.findings import Diagnostic
from flowc.emit.host_checks import Wanted
from flowc.emit.link import BundlePlan
from flowc.flow.links import Links
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.lower.ir import Program
from flowc.project.project import Found
from flowc.project.suppressions import SeverityResolver


class Origin(NamedTuple):
    """The sources of a flow: its file, the variables that it may use, and further files that it depends on."""

    file: str
    declared: frozenset[str]
    lists: Mapping[Path, bytes]


class Checked(NamedTuple):
    """Checked flows: diagnostics, the plan (None if there is an error), and the variables that the flows declare.

    `flows` are the flows with a model, by file, and `scenarios` their scenarios, by flow name. `programs` are the
    lowered flows by (flow, target), and `origins` the sources by flow name. `severities` gives the severity of later
    findings. `wanted` is the host of the build, if any. `skipped` are the files of flows for none of the requested
    targets. `links` are the ways in which the flows lead to each other.
    """

    diagnostics: tuple[Diagnostic, ...]
    plan: BundlePlan | None
    declared: frozenset[str]
    flows: Mapping[Path, Flow]
    scenarios: Mapping[str, tuple[Scenario, ...]]
    programs: Mapping[tuple[str, str], Program]
    origins: Mapping[str, Origin]
    severities: SeverityResolver
    wanted: Wanted | None
    skipped: tuple[str, ...]
    links: Links

    def asked(self, found: Found) -> list[Flow]:
        """Return the flows that were found, without those that links have added."""
        return [self.flows[path] for path, _ in found.flows if path in self.flows]

    def linked(self, flow: str, target: str) -> list[Program]:
        """Return the lowered flows in which the calls of a flow may continue."""
        others = self.links.of(self.links.flows[flow]).flows
        return [self.programs[name, target] for name in others if (name, target) in self.programs]


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
