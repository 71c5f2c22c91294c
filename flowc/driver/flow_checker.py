"""The passes over one flow: load, validate, read, analyze, lower and spell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Diagnostic, Finding, conclude, crash
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import Location
from flowc.diagnostics.wording import listing
from flowc.driver.results import Origin
from flowc.emit.host_checks import Wanted
from flowc.emit.link import Unit
from flowc.emit.spell import spell
from flowc.flow.graph import build_graph
from flowc.flow.lists import Lists
from flowc.flow.model import Flow
from flowc.flow.read import build
from flowc.flow.read.library import Library, Place
from flowc.flow.read.own_urls import resolve_own_urls
from flowc.flow.rooms import Rooms
from flowc.flow.scenario import Scenario, check_scenarios, read_scenarios
from flowc.flow.scenario_time import check_scenario_times
from flowc.lint import analyze
from flowc.lint.context import LintContext
from flowc.lint.scenario_facts import check_scenario_facts
from flowc.lower import lower
from flowc.lower.limits import check_limits
from flowc.profiles.hosts import host_profiles
from flowc.profiles.profile import Profile
from flowc.profiles.targets import Targets
from flowc.project.options import Options
from flowc.project.part_files import PartFiles, PartRead
from flowc.project.project import root_of
from flowc.project.sources import FlowSource, Sources
from flowc.project.suppressions import SeverityResolver
from flowc.project.variables import Scope, unused
from flowc.schema.registry import SchemaRegistry
from flowc.schema.schemas import flow_schema
from flowc.syntax import Map, locate_all


class CompiledFlow(NamedTuple):
    """The units of one flow, one per target, and its findings."""

    units: list[Unit]
    findings: list[Finding]


class FlowChecker:
    """Compiles the flows of one run, which share profiles and files, up to spelled programs.

    `flows` are those with a model, `scenarios` and `origins` belong to them, by name.
    """

    def __init__(self, targets: Targets, options: Options, reader: FileReader) -> None:
        """Start without flows."""
        self.flows: dict[Path, Flow] = {}
        self.scenarios: dict[str, tuple[Scenario, ...]] = {}
        self.origins: dict[str, Origin] = {}
        self.severities = SeverityResolver(options.policy)
        self._profiles = targets.profiles
        self._hosts = host_profiles(targets)
        self._options = options
        self._schemas = SchemaRegistry(self._profiles, self._hosts)
        self._reader = reader
        self._sources = Sources(options, reader, self._schemas, self.severities)
        self._rooms = Rooms(reader)
        self._parts: dict[tuple[Path, Path], PartRead] = {}

    @property
    def declared(self) -> frozenset[str]:
        """The variables that any file declares or uses."""
        return frozenset(self._sources.declared)

    def diagnostics(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of the findings, with the severities of this run."""
        return tuple(conclude(findings, locate_all, self.severities.severity))

    def wanted_host(self) -> Wanted | None:
        """Return the host that the bundle is built for, if any."""
        asked = next((flow.host for flow in self.flows.values() if flow.host), None)
        name = self._options.host or (asked and str(asked.value))
        if not name:
            return None
        at = asked.at if asked and not self._options.host else next(iter(self.flows.values())).at
        return Wanted(self._hosts[name], self._hosts, at, self._options.root)

    def skipped(self) -> Iterator[str]:
        """Yield the files of flows that are not compiled because none of their targets is requested."""
        return (flow.at.file.path for flow in self.flows.values() if not self._chosen(flow) and flow.targets)

    def check_other_files(self, ignored: Iterable[Path]) -> list[Finding]:
        """Check files with other names and variables from outside of the flows, after all flows."""
        found = self._sources.ignored_files(ignored)
        of_variables, files = self._sources.external_variables()
        known = self._sources.declared & self._options.given.keys()
        for name, origin in self.origins.items():
            self.origins[name] = origin._replace(declared=origin.declared | known, lists={**origin.lists, **files})
        return [*found, *of_variables]

    def check(self, path: Path, project_path: Path | None) -> CompiledFlow:
        """Run the passes on one flow."""
        source, found = self._sources.flow(path, project_path)
        if source is None:
            return CompiledFlow([], found)
        document, _, variables = source
        found += [*variables.findings, *self._sources.insert_variables(document, variables)]
        of_schema = self._schemas.findings(flow_schema, document.file, document.data)
        compiled = CompiledFlow([], of_schema) if of_schema else self._compile_source(path, project_path, source)
        return CompiledFlow(compiled.units, [*found, *self._sources.without_holes(compiled.findings)])

    def _compile_source(self, path: Path, project_path: Path | None, source: FlowSource) -> CompiledFlow:
        document, project, variables = source
        files = [read.file for read in (document, project) if read]
        root = root_of(path, project_path)
        lists = Lists(self._reader, path.parent, root)
        library = self._library(path, project_path, source)
        written = build(document, project, self._schemas.fields(*files), lists, library, variables)
        profiles = self._chosen(written)
        flow, of_urls = resolve_own_urls(written, (profile.name for profile in profiles), self._options.base_url)
        self.flows[path] = flow
        files_read = {**lists.files, **library.files}
        self.origins[flow.name] = Origin(document.file.path, frozenset(variables.variables), files_read)
        context = LintContext(
            flow=flow,
            graph=build_graph(flow),
            profiles=profiles,
            environment=self._options.environment,
            hosted=self._options.base_url,
            now=self._options.now,
            incomplete=any(CODES[finding.code].severity is Severity.ERROR for finding in library.findings),
        )
        units, found = self._compile(context)
        found += [
            *of_urls,
            *lists.findings,
            *library.findings,
            *self._rooms.check(flow, path, project_path, lists.files),
        ]
        further, of_scenarios = (
            self._sources.scenario_files(path, root, variables) if self._options.scenarios else ([], [])
        )
        for one in further:
            self.severities.apply_policy(one.file, project)
        scenarios = tuple(scenario for one in (document, *further) for scenario in read_scenarios(one))
        self.scenarios[flow.name] = scenarios
        found += [*check_scenarios(flow, scenarios), *check_scenario_facts(context, scenarios)]
        if not context.incomplete:
            found += check_scenario_times(flow, scenarios)
        found += islice(unused(document, variables), MOST_FAULTS)
        return CompiledFlow(units, [*found, *of_scenarios])

    def _library(self, path: Path, project_path: Path | None, source: FlowSource) -> Library:
        """Return the parts and tables that a flow may use."""
        document, project, variables = source
        root = root_of(path, project_path)
        shared = project.data.get("vars") if project else None
        names = shared if isinstance(shared, Map) else {}
        return Library(
            flow=Place(document, path.parent),
            project=Place(project, project_path.parent) if project and project_path else None,
            files=PartFiles(self._reader, root, project, self._schemas, self.severities, known=self._parts),
            lists=lambda folder: Lists(self._reader, folder, root),
            shared=Scope({name: one for name, one in variables.variables.items() if name in names}),
        )

    def _compile(self, context: LintContext) -> CompiledFlow:
        """Analyze one flow, then lower and spell it for each of its targets."""
        flow, graph, profiles = context.flow, context.graph, context.profiles
        found = [] if profiles else self._no_targets(flow)
        found += analyze(context)
        units = []
        refused: dict[str, list[Finding]] = {}
        for profile in profiles:
            try:
                program, of_lowering = lower(flow, graph, profile)
                spelled, of_spelling = spell(program, profile)
            except Exception as error:
                found.append(crash(f"compiling for {profile.name}", flow.at, error))
                continue
            # A flow with errors is not what its author means, so its limits are not checked.
            of_limits = () if _errors(found) else check_limits(flow, program, profile)
            refused[profile.name] = [*of_lowering, *of_spelling, *of_limits]
            units.append(Unit(flow, profile.name, spelled))
        # An error in the flow hides findings of targets at its place, and an error of targets hides doubts there.
        of_targets = _merge_targets(refused)
        wrong, impossible = _errors(found), _errors(of_targets)
        found = [finding for finding in found if finding.at in wrong or finding.at not in impossible]
        return CompiledFlow(units, [*found, *(finding for finding in of_targets if finding.at not in wrong)])

    def _chosen(self, flow: Flow) -> tuple[Profile, ...]:
        names = flow.targets or self._options.targets
        chosen = self._options.targets or names
        return tuple(self._profiles[name] for name in names if name in chosen)

    def _no_targets(self, flow: Flow) -> list[Finding]:
        if flow.targets:
            return []
        help_ = "Write targets: in the flow or in flowc.yaml, or give --target."
        return [Finding("FC322", flow.at, "this flow has no target", help_)]


def _errors(findings: Iterable[Finding]) -> set[Location]:
    """Return the locations of errors that cannot be disabled."""
    return {finding.at for finding in findings if CODES[finding.code].fixed}


def _merge_targets(refused: Mapping[str, list[Finding]]) -> list[Finding]:
    """Merge findings of several targets that differ only in the name of the target."""
    targets_of: dict[Finding, list[str]] = {}
    for target, findings in refused.items():
        for finding in findings:
            message = finding.message.removeprefix(target)
            merged = finding._replace(message=message)
            targets_of.setdefault(merged, []).append(target if message != finding.message else "")
    return [
        finding._replace(message=f"{_each(dict.fromkeys(targets))}{finding.message}")
        for finding, targets in targets_of.items()
    ]


def _each(targets: Iterable[str]) -> str:
    names = list(targets)
    return names[0] if len(names) == 1 else f"each of {listing(names, 'and')}"
