"""The results of checking and compiling flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flowc.bundle.manifest import Manifest
from flowc.diagnostics.findings import Diagnostic, Finding
from flowc.diagnostics.records import NamedTuple
from flowc.emit.host_checks import Wanted
from flowc.emit.link import BundlePlan
from flowc.flow.links import Links
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.lower.ir import Program
from flowc.lower.measures import WorstCase
from flowc.lower.worst_case import longest
from flowc.profiles.profile import Profile
from flowc.project.project import Found
from flowc.project.suppressions import SeverityResolver


class Origin(NamedTuple):
    """The sources of a flow: its file, the variables that it may use, and further files that it depends on."""

    file: str
    declared: frozenset[str]
    lists: Mapping[Path, bytes]


class ReadFlow(NamedTuple):
    """A flow or part that was read: its model (None after an error that prevents one), and what was found.

    `incomplete` says that parts or tables have errors, so that the steps are not what the author means. `alone` selects
    the further findings of a part that is compiled alone; then it belongs to the build only if it `is_played`.
    """

    path: Path
    flow: Flow | None
    findings: list[Finding]
    profiles: tuple[Profile, ...] = ()
    incomplete: bool = False
    scenarios: tuple[Scenario, ...] = ()
    alone: Callable[[list[Finding]], list[Finding]] | None = None
    is_played: bool = True


class Checked(NamedTuple):
    """Checked flows: diagnostics, the plan (None if there is an error), and the variables that the flows declare.

    `flows` are the flows with a model, by file, and `scenarios` their scenarios, by flow name. `programs` are the
    lowered flows by (flow, target), and `origins` the sources by flow name. `severities` gives the severity of later
    findings. `of_named_files` are the diagnostics in the parts and lists of a flow, by flow name; several may have
    one in common. `wanted` is the host of the build, if any. `skipped` are the files of flows for none of the requested
    targets. `links` are the ways in which the flows lead to each other.
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
    links: Links

    def asked(self, found: Found) -> list[Flow]:
        """Return the flows that were found, without those that links have added."""
        return [self.flows[path] for path, _ in found.flows if path in self.flows]

    def linked(self, flow: str, target: str) -> list[Program]:
        """Return the lowered flows in which the calls of a flow may continue."""
        # Links do not know a part that is played alone.
        own = self.links.flows.get(flow) or next(one for one in self.flows.values() if one.name == flow)
        others = self.links.of(own).flows
        return [self.programs[name, target] for name in others if (name, target) in self.programs]

    def worst_case(self, flow: str, profile: Profile) -> WorstCase:
        """Return the longest call through a flow on a target."""
        return longest(self.programs[flow, profile.name], profile, self.linked(flow, profile.name))


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
