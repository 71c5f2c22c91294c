"""The order of the passes: flow files in, a bundle and diagnostics out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from flowc.bundle.manifest import MANIFEST, Manifest, file_entry
from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Diagnostic, Finding, conclude, crash, unusable
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import Location
from flowc.diagnostics.wording import first_of, listing
from flowc.emit.host_checks import (
    Wanted,
    agree,
    check_configuration,
    check_documents,
    check_plan,
    check_signatures,
    may_be_too_large,
)
from flowc.emit.link import BundlePlan, PlannedDocument, Unit, check, link
from flowc.emit.spell import RAW, spell
from flowc.emit.spell.size import may_exceed
from flowc.flow.graph import build_graph
from flowc.flow.lists import Lists
from flowc.flow.model import Flow
from flowc.flow.read import build
from flowc.flow.read.own_urls import resolve_own_urls
from flowc.flow.rooms import Rooms
from flowc.flow.scenario import Scenario, check_scenarios, read_scenarios
from flowc.lint import analyze
from flowc.lint.played import check_played
from flowc.lint.subject import Subject
from flowc.lower import lower
from flowc.lower.ir import Program
from flowc.lower.limits import check_limits
from flowc.profiles.hosts import host_profiles
from flowc.profiles.profile import Profile
from flowc.profiles.targets import TargetError, Targets
from flowc.project.options import Options
from flowc.project.project import Found, NothingToBuild, root_of
from flowc.project.sources import Sources
from flowc.project.suppressions import SeverityResolver
from flowc.project.variables import unused
from flowc.schema.registry import SchemaRegistry
from flowc.schema.schemas import flow_schema
from flowc.syntax import locate_all


class Origin(NamedTuple):
    """What a flow was made of: its file, the variables that it may use, and further files that count."""

    file: str
    declared: frozenset[str]
    lists: Mapping[Path, bytes]


class Checked(NamedTuple):
    """Flows that were checked: diagnostics, the plan (None where an error stands), and the variables they declare.

    `flows` are those that could be built, by their files, and `scenarios` those of each flow, by its name. `programs`
    are what flows mean, by flow and target, and `origins` what flows, by name, were made of. `severities` gives the
    severity of findings that are made later. `wanted` is the host they are built for, if any.
    `skipped` are the files of flows that name none of the targets that were asked for.
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


class Bundle(NamedTuple):
    """Flows that were compiled: diagnostics, and (None where an error stands) the files with their manifest."""

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] | None
    manifest: Manifest | None
    checked: Checked

    @property
    def declared(self) -> frozenset[str]:
        """The variables that the flows declare."""
        return self.checked.declared


def check_flows(found: Found, targets: Targets, options: Options, progress: Progress = no_progress) -> Checked:
    """Everything but bytes: load through link. This is what `flowc lint` does.

    Raises NothingToBuild if no flow is compiled for any of the targets that were asked for.
    """
    run = _Run(targets, options, found.reader())
    units = [unit for flow, project in progress(found.flows, "checking") for unit in run.flow(flow, project)]
    run.outside(found.overlooked)
    run.findings += check(run.flows, options.base_url)
    if options.host is None:
        run.findings += agree(run.flows)
    plan, wanted = None, None
    diagnostics = run.concluded()
    told = len(run.findings)
    if not _failed(diagnostics):
        if not units:
            raise NothingToBuild(_no_target_message(run.flows, options.targets))
        base_url = options.base_url or next(str(flow.base_url.value) for flow in run.flows if flow.base_url)
        plan = link(units, base_url)
        wanted = run.wanted()
        run.findings += dict.fromkeys(check_signatures(units, targets, wanted.host if wanted else None))
        if wanted is not None:
            run.findings += check_plan(units, plan, wanted)
        if doubtful := [planned for planned in plan.documents if _is_doubtful(planned, targets)]:
            # Only who has XML of his own, or says very much, pays for the templates and the XML library.
            from flowc.emit.assemble import judge

            run.findings += judge(plan, doubtful, targets)
        if wanted is not None and may_be_too_large(plan, wanted):
            run.findings += _beyond_host(plan, wanted, targets)
        if not options.targets:
            # What is never reached while an error stands, or on another target, may well be of use there.
            run.findings += run.severities.unused()
        if len(run.findings) > told:
            diagnostics = run.concluded()
        plan = None if _failed(diagnostics) else plan
    programs = {(unit.flow.name, unit.target): unit.spelled.program for unit in units}
    return Checked(
        diagnostics=diagnostics,
        plan=plan,
        declared=frozenset(run.declared),
        flows=run.built,
        scenarios=run.scenarios,
        programs=programs,
        origins=run.origins,
        severities=run.severities,
        wanted=wanted,
        skipped=tuple(run.skipped()),
    )


def build_bundle(found: Found, targets: Targets, options: Options, progress: Progress = no_progress) -> Bundle:
    """The whole way: what `check_flows` does, then bytes and manifest."""
    bundle = emit_bundle(check_flows(found, targets, options, progress), targets, progress)
    if bundle.files is None or bundle.manifest is None:
        return bundle
    return bundle._replace(files={**bundle.files, MANIFEST: bundle.manifest.to_json()})


def emit_bundle(checked: Checked, targets: Targets, progress: Progress = no_progress) -> Bundle:
    """The bundle of flows that were checked; its files are those that the manifest names, the manifest itself not."""
    if checked.plan is None:
        return Bundle(checked.diagnostics, None, None, checked)
    # lint does not pay for the templates and the XML library.
    from flowc.emit.assemble import assemble

    files, manifest, findings = assemble(checked.plan, targets, progress)
    if checked.wanted is not None and not findings:
        manifest, findings = _configured(files, manifest, checked.plan, checked.wanted)
    diagnostics = (*checked.diagnostics, *conclude(findings, locate_all, checked.severities.severity))
    if _failed(diagnostics):
        return Bundle(diagnostics, None, None, checked)
    return Bundle(diagnostics, files, manifest, checked)


def _beyond_host(plan: BundlePlan, wanted: Wanted, targets: Targets) -> list[Finding]:
    """What of a bundle's bytes the host cannot take; nothing where they cannot be made, which a build reports."""
    from flowc.emit.assemble import assemble

    files, manifest, findings = assemble(plan, targets, no_progress)
    return [] if findings else _configured(files, manifest, plan, wanted)[1]


def _configured(
    files: dict[str, bytes], manifest: Manifest, plan: BundlePlan, wanted: Wanted
) -> tuple[Manifest, list[Finding]]:
    """Put the configuration of a host among the files of a bundle; what stands in the way."""
    findings = list(check_documents(plan, manifest, wanted))
    try:
        manifest, made = with_host(manifest, files, wanted)
    except TargetError as error:
        return manifest, [*findings, unusable(wanted.at, error)]
    except Exception as error:
        return manifest, [*findings, crash(f"a template of {wanted.host.name}", wanted.at, error)]
    findings += check_configuration(made, wanted)
    files |= made
    return manifest, findings


def with_host(manifest: Manifest, files: Mapping[str, bytes], wanted: Wanted) -> tuple[Manifest, Mapping[str, bytes]]:
    """The manifest with the files of a host's configuration, and these. Raises what its templates raise."""
    from flowc.emit.host_config import configure

    made = configure(manifest, files, wanted.host, wanted.root)
    others = sorted((*manifest.others, *(file_entry(path, data) for path, data in made.items())))
    return replace(manifest, others=tuple(others)), made


def _is_doubtful(planned: PlannedDocument, targets: Targets) -> bool:
    """Whether only the bytes of a document tell whether its target takes it."""
    most = targets.profiles[planned.target].limits.document_bytes
    raw = any(element.kind == RAW for element in planned.document.elements)
    return raw or (most is not None and may_exceed(planned.document, most))


def _failed(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _no_target_message(flows: Sequence[Flow], targets: Iterable[str]) -> str:
    """What is said where no flow is for any of the targets that were asked for."""
    theirs = first_of([f"{flow.at.file.path} is for {listing(flow.targets, 'and')}" for flow in flows])
    return f"no flow names {listing(targets)} among its targets: {theirs}"


def _errors(findings: Iterable[Finding]) -> set[Location]:
    """Where errors are that nobody may silence."""
    return {finding.at for finding in findings if CODES[finding.code].fixed}


def _merge_targets(refused: Mapping[str, list[Finding]]) -> list[Finding]:
    """The findings of several targets, those that every one of them has in the same words as one."""
    said: dict[Finding, list[str]] = {}
    for target, findings in refused.items():
        for finding in findings:
            words = finding.message.removeprefix(target)
            said.setdefault(finding._replace(message=words), []).append(target if words != finding.message else "")
    return [
        finding._replace(message=f"{_each(dict.fromkeys(targets))}{finding.message}")
        for finding, targets in said.items()
    ]


def _each(targets: Iterable[str]) -> str:
    names = list(targets)
    return names[0] if len(names) == 1 else f"each of {listing(names, 'and')}"


class _Run:
    """What the flows of one run share: profiles, the files they are read from, findings."""

    def __init__(self, targets: Targets, options: Options, reader: FileReader) -> None:
        self.flows: list[Flow] = []
        self.built: dict[Path, Flow] = {}
        self.scenarios: dict[str, tuple[Scenario, ...]] = {}
        self.origins: dict[str, Origin] = {}
        self._profiles = targets.profiles
        self._hosts = host_profiles(targets)
        self._options = options
        self._schemas = SchemaRegistry(self._profiles, self._hosts)
        self.severities = SeverityResolver(options.policy)
        self._reader = reader
        self._sources = Sources(options, reader, self._schemas, self.severities)
        self._rooms = Rooms(reader)
        self.findings = self._sources.findings
        self.declared = self._sources.declared

    def concluded(self) -> tuple[Diagnostic, ...]:
        """What is told of all that was found."""
        return tuple(conclude(self.findings, locate_all, self.severities.severity))

    def wanted(self) -> Wanted | None:
        """The host that the bundle is built for."""
        asked = next((flow.host for flow in self.flows if flow.host), None)
        name = self._options.host or (asked and str(asked.value))
        if not name:
            return None
        at = asked.at if asked and not self._options.host else self.flows[0].at
        return Wanted(self._hosts[name], self._hosts, at, self._options.root)

    def skipped(self) -> Iterator[str]:
        """The files of flows that are not compiled, since they name none of the targets that were asked for."""
        return (flow.at.file.path for flow in self.flows if not self._chosen(flow) and flow.targets)

    def outside(self, overlooked: Iterable[Path]) -> None:
        """Judge what is beside the flows, once all are read: files under other names, and values from outside."""
        self._sources.overlook(overlooked)
        files = self._sources.outside()
        known = self._sources.declared & self._options.given.keys()
        for name, origin in self.origins.items():
            self.origins[name] = origin._replace(declared=origin.declared | known, lists={**origin.lists, **files})

    def flow(self, path: Path, project_path: Path | None) -> list[Unit]:
        """Take one flow through the passes; its findings join the others, its units are returned."""
        source = self._sources.flow(path, project_path)
        if source is None:
            return []
        document, project, variables = source
        unset = [*variables.findings, *self._sources.inserted(document, variables)]
        found = self._schemas.findings(flow_schema, document.file, document.data)
        units: list[Unit] = []
        if not found:
            files = [read.file for read in (document, project) if read]
            root = root_of(path, project_path)
            lists = Lists(self._reader, path.parent, root)
            written = build(document, project, self._schemas.fields(*files), lists)
            profiles = self._chosen(written)
            names = (profile.name for profile in profiles)
            flow, own = resolve_own_urls(written, names, self._options.base_url)
            self.flows.append(flow)
            self.built[path] = flow
            self.origins[flow.name] = Origin(document.file.path, frozenset(variables.variables), lists.files)
            subject = self._subject(flow, profiles)
            units, found = self._compile(subject)
            found += own
            beside = list(self._sources.scenario_files(path, root, variables)) if self._options.scenarios else []
            for one in beside:
                self.severities.apply_policy(one.file, project)
            found += [*lists.findings, *self._rooms.check(flow, path, project_path, lists.files)]
            scenarios = tuple(scenario for one in (document, *beside) for scenario in read_scenarios(one))
            self.scenarios[flow.name] = scenarios
            found += [*check_scenarios(flow, scenarios), *check_played(subject, scenarios)]
            found += islice(unused(document, variables), MOST_FAULTS)
        self.findings += [*unset, *self._sources.outside_holes(found)]
        return units

    def _subject(self, flow: Flow, profiles: tuple[Profile, ...]) -> Subject:
        """A flow with what rules ask of it."""
        return Subject(flow, build_graph(flow), profiles, self._options.environment, self._options.base_url)

    def _compile(self, subject: Subject) -> tuple[list[Unit], list[Finding]]:
        """One flow, for each of its targets."""
        flow, graph, profiles = subject.flow, subject.graph, subject.profiles
        found = [] if profiles else self._no_targets(flow)
        found += analyze(subject)
        units = []
        refused: dict[str, list[Finding]] = {}
        for profile in profiles:
            try:
                program, meant = lower(flow, graph, profile)
                spelled, said = spell(program, profile)
            except Exception as error:
                found.append(crash(f"compiling for {profile.name}", flow.at, error))
                continue
            # A flow with faults is not what its author means: nobody knows how long that lasts.
            beyond = () if _errors(found) else check_limits(flow, program, profile)
            refused[profile.name] = [*meant, *said, *beyond]
            units.append(Unit(flow, profile.name, spelled))
        # What is wrong in itself is not held against the targets too, and what a target refuses not doubted besides.
        told = _merge_targets(refused)
        wrong, impossible = _errors(found), _errors(told)
        found = [finding for finding in found if finding.at in wrong or finding.at not in impossible]
        return units, [*found, *(finding for finding in told if finding.at not in wrong)]

    def _chosen(self, flow: Flow) -> tuple[Profile, ...]:
        names = flow.targets or self._options.targets
        chosen = self._options.targets or names
        return tuple(self._profiles[name] for name in names if name in chosen)

    def _no_targets(self, flow: Flow) -> list[Finding]:
        if flow.targets:
            return []
        help_ = "Write targets: in the flow or in flowc.yaml, or give --target."
        return [Finding("FC322", flow.at, "nothing says for which carrier this flow is compiled", help_)]
