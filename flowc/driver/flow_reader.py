"""The passes that read one flow: load, validate and build the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from flowc.bundle.audio import audio_path
from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Diagnostic, Finding, conclude
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import NodeRef
from flowc.driver.part_reader import PartReader
from flowc.driver.results import Origin, ReadFlow
from flowc.emit.host_checks import Wanted
from flowc.flow.audio import AudioFiles
from flowc.flow.lists import Lists
from flowc.flow.model import Flow
from flowc.flow.read import build
from flowc.flow.read.library import Library, Place
from flowc.flow.read.own_urls import resolve_own_urls
from flowc.flow.rooms import Rooms
from flowc.flow.scenario import Scenario, read_scenarios
from flowc.profiles.hosts import host_profiles
from flowc.profiles.profile import Profile
from flowc.profiles.targets import Targets
from flowc.project.options import Options
from flowc.project.part_files import PartFiles, PartRead
from flowc.project.project import root_of, shown_path
from flowc.project.sources import FlowSource, Sources
from flowc.project.suppressions import SeverityResolver
from flowc.project.variables import LoadedFile, Scope, unused
from flowc.schema.registry import SchemaRegistry
from flowc.schema.schemas import flow_schema
from flowc.syntax import Map, locate_all

_NO_BASE_URL = "https://bundle.example.com"


class FlowReader:
    """Reads the flows of one run, which share profiles and files.

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
        self._schemas = SchemaRegistry(targets)
        self._reader = reader
        self._sources = Sources(options, reader, self._schemas, self.severities)
        self._rooms = Rooms(reader)
        self._parts: dict[tuple[Path, Path], PartRead] = {}
        self._alone = PartReader(
            options=options,
            sources=self._sources,
            schemas=self._schemas,
            known=self._parts,
            files=self._part_files,
            model=self._model,
        )

    @property
    def declared(self) -> frozenset[str]:
        """The variables that any file declares or uses."""
        return frozenset(self._sources.declared)

    def diagnostics(self, findings: Iterable[Finding]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics of the findings, with the severities of this run."""
        return tuple(conclude(findings, locate_all, self.severities.severity))

    def of_named_files(self, found: Iterable[tuple[Path, Iterable[Finding]]]) -> dict[str, tuple[Diagnostic, ...]]:
        """Return which of its findings a flow has in the parts and lists that it names, by its name."""
        own_files = {}
        for path, findings in found:
            origin = self.origins[self.flows[path].name] if path in self.flows else None
            files = {shown_path(file) for file in origin.lists} if origin else set()
            if origin and (own := [finding for finding in findings if finding.at.file.path in files]):
                own_files[self.flows[path].name] = self.diagnostics(own)
        return own_files

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

    def read(self, path: Path, project_path: Path | None) -> ReadFlow:
        """Read one flow and its scenarios."""
        source, found = self._sources.flow(path, project_path)
        if source is None:
            return ReadFlow(path, None, found)
        document, _, variables = source
        found += [*variables.findings, *self._sources.insert_variables(document, variables)]
        of_schema = self._schemas.findings(flow_schema, document.file, document.data)
        read = ReadFlow(path, None, of_schema) if of_schema else self._model(path, project_path, source)
        return read._replace(findings=[*found, *self.without_holes(read.findings)])

    def read_part(self, path: Path, project_path: Path | None, is_named: bool) -> ReadFlow:
        """Read a part alone; in a run without scenarios only if nothing has used it, or if it is named."""
        return self._alone.read(path, project_path, is_named)

    def without_holes(self, found: Iterable[Finding]) -> list[Finding]:
        """Drop findings where a variable has no value: nothing else can be checked there."""
        return self._sources.without_holes(found)

    def _model(
        self,
        path: Path,
        project_path: Path | None,
        source: FlowSource,
        ends: Mapping[str, NodeRef] | None = None,
    ) -> ReadFlow:
        document, project, variables = source
        files = [read.file for read in (document, project) if read]
        root = root_of(path, project_path)
        lists = Lists(self._reader, path.parent, root)
        library = self._library(path, project_path, source)
        audio = AudioFiles(self._reader, root, self._base_url(document, project), audio_path)
        written = build(document, project, self._schemas.fields(*files), lists, library, variables, audio, ends)
        profiles = self._chosen(written)
        flow, of_urls = resolve_own_urls(written, (profile.name for profile in profiles), self._options.base_url)
        kept = ends is None or self._options.scenarios  # a part that is only checked does not belong to the build
        if kept:
            self.flows[path] = flow
            files_read = {**lists.files, **library.files, **audio.files}
            self.origins[flow.name] = Origin(document.file.path, frozenset(variables.variables), files_read)
        found = [
            *of_urls,
            *lists.findings,
            *library.findings,
            *audio.findings,
            *self._rooms.check(flow, path, project_path, lists.files),
        ]
        further, of_scenarios = (
            self._sources.scenario_files(path, root, variables) if self._options.scenarios else ([], [])
        )
        for one in further:
            self.severities.apply_policy(one.file, project)
        scenarios = tuple(scenario for one in (document, *further) for scenario in read_scenarios(one))
        if kept:
            self.scenarios[flow.name] = scenarios
        found += islice(unused(document, variables), MOST_FAULTS)
        incomplete = any(CODES[finding.code].severity is Severity.ERROR for finding in library.findings)
        return ReadFlow(
            path=path,
            flow=flow,
            findings=[*found, *of_scenarios],
            profiles=profiles,
            incomplete=incomplete,
            scenarios=scenarios,
        )

    def _base_url(self, document: LoadedFile, project: LoadedFile | None) -> str:
        """Return the address of the bundle; one that is never used where no file gives it."""
        written = (read.data.get("base_url") for read in (document, project) if read)
        return self._options.base_url or next((str(url) for url in written if url), _NO_BASE_URL)

    def _library(self, path: Path, project_path: Path | None, source: FlowSource) -> Library:
        """Return the parts and tables that a flow may use."""
        document, project, variables = source
        root = root_of(path, project_path)
        shared = project.data.get("vars") if project else None
        names = shared if isinstance(shared, Map) else {}
        return Library(
            flow=Place(document, path.parent),
            project=Place(project, project_path.parent) if project and project_path else None,
            files=self._part_files(root, project),
            lists=lambda folder: Lists(self._reader, folder, root),
            shared=Scope({name: one for name, one in variables.variables.items() if name in names}),
        )

    def _part_files(self, root: Path, project: LoadedFile | None) -> PartFiles:
        return PartFiles(self._reader, root, project, self._schemas, self.severities, known=self._parts)

    def _chosen(self, flow: Flow) -> tuple[Profile, ...]:
        names = flow.targets or self._options.targets
        chosen = self._options.targets or names
        return tuple(self._profiles[name] for name in names if name in chosen)
