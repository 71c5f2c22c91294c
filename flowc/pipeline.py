"""The order of the passes: flow files in, a bundle and diagnostics out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from flowc.analyze import analyze
from flowc.analyze.subject import Subject
from flowc.build import build
from flowc.diagnostics import CODES, MOST_FAULTS, Diagnostic, Finding, Severity, conclude, crash
from flowc.graph import build_graph
from flowc.hosting import Wanted, agree, check_configuration, check_documents, check_plan
from flowc.hosts import host_profiles
from flowc.ir import Program
from flowc.judge import Judge
from flowc.limits import check_limits
from flowc.link import Plan, PlannedDocument, Unit, check, link
from flowc.lists import Lists
from flowc.load import Map, load, locate
from flowc.lower import lower
from flowc.manifest import MANIFEST, Manifest, file_entry
from flowc.model import Flow
from flowc.options import Options
from flowc.profile import Profile
from flowc.project import (
    FLOW_SUFFIX,
    SCENARIOS_SUFFIX,
    Found,
    NothingToBuild,
    environment_file,
    missing_environment,
    read,
    shown_path,
)
from flowc.resolve import Document, Scope, scope, substitute, unused
from flowc.ruling import Ruling, check_policy
from flowc.scenario import Scenario, check_scenarios, read_scenarios
from flowc.schemas import environment_schema, flow_schema, project_schema, scenarios_schema
from flowc.source import Place, SourceFile, Where
from flowc.spell import RAW, spell
from flowc.spell.size import may_exceed
from flowc.targets import Targets
from flowc.validate import Validator
from flowc.watch import Watch, unwatched
from flowc.wording import listing, shown, suggestion


class Origin(NamedTuple):
    """What a flow was made of: its file, the variables that it may use, and the further files that it names."""

    file: str
    declared: frozenset[str]
    lists: Mapping[Path, bytes]


class Checked(NamedTuple):
    """Flows that were checked: diagnostics, the plan (None where an error stands), and the variables they declare.

    `flows` are those that could be built, by their files, and `scenarios` those of each flow, by its name. `programs`
    are what flows mean, by flow and target, and `origins` what flows, by name, were made of. `ruling` says how bad a
    finding is that is made later. `wanted` is the host they are built for, if any.
    """

    diagnostics: tuple[Diagnostic, ...]
    plan: Plan | None
    declared: frozenset[str]
    flows: Mapping[Path, Flow]
    scenarios: Mapping[str, tuple[Scenario, ...]]
    programs: Mapping[tuple[str, str], Program]
    origins: Mapping[str, Origin]
    ruling: Ruling
    wanted: Wanted | None


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


def check_flows(found: Found, targets: Targets, options: Options, watch: Watch = unwatched) -> Checked:
    """Everything but bytes: load through link. This is what `flowc lint` does.

    Raises NothingToBuild if no flow is compiled for any of the targets that were asked for.
    """
    run = _Run(targets, options, found.texts)
    units = [unit for flow, project in watch(found.flows, "checking") for unit in run.flow(flow, project)]
    if run.flows and not units and not run.findings:
        raise NothingToBuild(f"no flow names {listing(options.targets)} among its targets")
    run.findings += check(run.flows, options.base_url)
    if options.host is None:
        run.findings += agree(run.flows)
    plan, wanted = None, None
    diagnostics = run.concluded()
    if not _failed(diagnostics):
        base_url = options.base_url or next(str(flow.base_url.value) for flow in run.flows if flow.base_url)
        plan = link(units, base_url)
        wanted = run.wanted()
        if wanted is not None:
            run.findings += check_plan(units, plan, wanted)
        if doubtful := [planned for planned in plan.documents if _is_doubtful(planned, targets)]:
            # Only who has XML of his own, or says very much, pays for the templates and the XML library.
            from flowc.assemble import judge

            run.findings += judge(plan, doubtful, targets)
        if not options.targets:
            # What is never reached while an error stands, or on another target, may well be of use there.
            run.findings += run.ruling.unused()
        diagnostics = run.concluded()
        plan = None if _failed(diagnostics) else plan
    programs = {(unit.flow.name, unit.target): unit.spelled.program for unit in units}
    return Checked(
        diagnostics, plan, frozenset(run.declared), run.built, run.scenarios, programs, run.origins, run.ruling, wanted
    )


def build_bundle(found: Found, targets: Targets, options: Options, watch: Watch = unwatched) -> Bundle:
    """The whole way: what `check_flows` does, then bytes and manifest."""
    bundle = emit_bundle(check_flows(found, targets, options, watch), targets, watch)
    if bundle.files is None or bundle.manifest is None:
        return bundle
    return bundle._replace(files={**bundle.files, MANIFEST: bundle.manifest.to_json()})


def emit_bundle(checked: Checked, targets: Targets, watch: Watch = unwatched) -> Bundle:
    """The bundle of flows that were checked; its files are those that the manifest names, the manifest itself not."""
    if checked.plan is None:
        return Bundle(checked.diagnostics, None, None, checked)
    # lint does not pay for the templates and the XML library.
    from flowc.assemble import assemble

    files, manifest, findings = assemble(checked.plan, targets, watch)
    if checked.wanted is not None and not findings:
        manifest, findings = _configured(files, manifest, checked.plan, checked.wanted, targets)
    diagnostics = (*checked.diagnostics, *conclude(findings, locate, checked.ruling.severity))
    if _failed(diagnostics):
        return Bundle(diagnostics, None, None, checked)
    return Bundle(diagnostics, files, manifest, checked)


def _configured(
    files: dict[str, bytes], manifest: Manifest, plan: Plan, wanted: Wanted, targets: Targets
) -> tuple[Manifest, list[Finding]]:
    """Put the configuration of a host among the files of a bundle; what stands in the way."""
    findings = list(check_documents(plan, manifest, wanted))
    try:
        manifest, made = with_host(manifest, files, wanted, targets)
    except Exception as error:
        return manifest, [*findings, crash(f"a template of {wanted.host.name}", wanted.at, error)]
    findings += check_configuration(made, wanted)
    files |= made
    return manifest, findings


def with_host(
    manifest: Manifest, files: Mapping[str, bytes], wanted: Wanted, targets: Targets
) -> tuple[Manifest, Mapping[str, bytes]]:
    """The manifest with the files of a host's configuration, and these. Raises what its templates raise."""
    from flowc.configure import configure

    made = configure(manifest, files, wanted.host, wanted.root, targets)
    others = sorted((*manifest.others, *(file_entry(path, data) for path, data in made.items())))
    return replace(manifest, others=tuple(others)), made


def _is_doubtful(planned: PlannedDocument, targets: Targets) -> bool:
    """Whether only the bytes of a document tell whether its target takes it."""
    most = targets.profiles[planned.target].limits.document_bytes
    raw = any(element.kind == RAW for element in planned.document.elements)
    return raw or (most is not None and may_exceed(planned.document, most))


def _failed(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _errors(findings: Iterable[Finding]) -> set[Where]:
    """Where errors are that nobody may silence."""
    return {finding.at for finding in findings if CODES[finding.code].fixed}


def _broken(wanted: object, read: Document | None) -> bool:
    """Whether a file that is wanted could not be used."""
    return wanted is not None and read is None


def _told_once(refused: Mapping[str, list[Finding]]) -> list[Finding]:
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
    """What the flows of one run share: profiles, compiled schemas, project files, findings."""

    def __init__(self, targets: Targets, options: Options, texts: Mapping[Path, bytes]) -> None:
        self.findings: list[Finding] = []
        self.flows: list[Flow] = []
        self.built: dict[Path, Flow] = {}
        self.scenarios: dict[str, tuple[Scenario, ...]] = {}
        self.origins: dict[str, Origin] = {}
        self.declared: set[str] = set()
        self._profiles = targets.profiles
        self._hosts = host_profiles(targets)
        self._options = options
        self._texts = texts
        self._judge = Judge(self._profiles, self._hosts)
        self._projects: dict[Path, Document | None] = {}
        self._environments: dict[Path, Document | None] = {}
        self._holes: set[Place] = set()
        self.ruling = Ruling(options.policy)

    def concluded(self) -> tuple[Diagnostic, ...]:
        """What is told of all that was found."""
        return tuple(conclude(self.findings, locate, self.ruling.severity))

    def wanted(self) -> Wanted | None:
        """The host that the bundle is built for."""
        asked = next((flow.host for flow in self.flows if flow.host), None)
        name = self._options.host or (asked and str(asked.value))
        if not name:
            return None
        at = asked.at if asked and not self._options.host else self.flows[0].at
        return Wanted(self._hosts[name], self._hosts, at, self._options.root)

    def flow(self, path: Path, project_path: Path | None) -> list[Unit]:
        """Take one flow through the passes; its findings join the others, its units are returned."""
        project = self._project(project_path)
        environment = self._environment(path, project_path)
        document = self._document(path)
        if document is None or _broken(project_path, project) or _broken(self._options.environment, environment):
            # What could not be read may declare, or give, whatever is missing.
            self.declared |= set(self._options.given)
            return []
        self.ruling.govern(document.file, project)
        variables = self._scope(document, project, environment)
        unset = [*variables.findings, *self._inserted(document, variables)]
        found = self._judge.findings(flow_schema, document.file, document.data)
        units: list[Unit] = []
        if not found:
            lists = Lists(path.parent, (project_path or path).parent)
            files = [source.file for source in (document, project) if source]
            flow = build(document, project, self._judge.fields(*files), lists)
            self.flows.append(flow)
            self.built[path] = flow
            self.origins[flow.name] = Origin(document.file.path, frozenset(variables.variables), lists.files)
            units, found = self._compile(flow)
            beside = list(self._beside(path, variables)) if self._options.scenarios else []
            for source in beside:
                self.ruling.govern(source.file, project)
            found += lists.findings
            scenarios = tuple(one for source in (document, *beside) for one in read_scenarios(source))
            self.scenarios[flow.name] = scenarios
            found += [*check_scenarios(flow, scenarios), *islice(unused(document, variables), MOST_FAULTS)]
        self.findings += [*unset, *self._outside_holes(found)]
        return units

    def _compile(self, flow: Flow) -> tuple[list[Unit], list[Finding]]:
        """One flow, for each of its targets."""
        profiles = self._chosen(flow)
        graph = build_graph(flow)
        found = [] if profiles else self._no_targets(flow)
        found += analyze(Subject(flow, graph, profiles, self._options.environment, self._options.base_url))
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
        told = _told_once(refused)
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

    # Files

    def _document(self, path: Path) -> Document | None:
        """A loaded file; None (and findings) if it cannot be read as a mapping."""
        text = self._texts.get(path)
        file, found = read(path) if text is None else (SourceFile(shown_path(path), text), [])
        if found:
            self.findings += found
            return None
        data, found = load(file)
        self.findings += found
        if isinstance(data, Map):
            self.findings += self.ruling.read(file)
            return Document(file, data)
        if not found:
            help_ = "Write keys with values, such as flowc: 1 on the first line of a flow."
            message = f"found {shown(data)} where the keys of the file should stand"
            self.findings.append(Finding("FC203", Place(file, 0), message, help_))
        return None

    def _beside(self, path: Path, variables: Scope) -> Iterator[Document]:
        """The files of scenarios that stand beside a flow and name it, the flow's variables put in."""
        for file in sorted(path.parent.glob(f"*{SCENARIOS_SUFFIX}")):
            document = self._document(file)
            if document is None or "flow" not in document.data:
                continue
            named = str(document.data["flow"])
            if named == path.name:
                unset = self._inserted(document, variables)
                found = self._judge.findings(scenarios_schema, document.file, document.data)
                self.findings += [*unset, *self._outside_holes(found)]
                if not found:
                    yield document
            elif not os.path.isfile(path.parent / named):
                near = suggestion(named, (flow.name for flow in path.parent.glob(f"*{FLOW_SUFFIX}")))
                at = Place(document.file, document.data.node, "flow")
                self.findings.append(
                    Finding("FC341", at, f"there is no flow {shown(named)} beside this file", near or "Name one.")
                )

    def _project(self, path: Path | None) -> Document | None:
        if path is None:
            return None
        if path not in self._projects:
            document = self._document(path)
            if document is not None:
                variables = self._scope(None, document, self._environment(path, path))
                unset = [*variables.findings, *self._inserted(document, variables)]
                found = self._judge.findings(project_schema, document.file, document.data)
                self.findings += [*unset, *self._outside_holes(found)]
                document = None if found else document
            if document is not None:
                self.findings += check_policy(document)
                self.ruling.govern(document.file, document)
            self._projects[path] = document
        return self._projects[path]

    def _environment(self, flow: Path, project: Path | None) -> Document | None:
        if self._options.environment is None:
            return None
        path = environment_file(flow, project, self._options.environment)
        if path not in self._environments:
            self._environments[path] = self._read_environment(path)
        return self._environments[path]

    def _read_environment(self, path: Path) -> Document | None:
        missing = missing_environment(path)
        if missing is not None:
            self.findings.append(missing)
            return None
        document = self._document(path)
        if document is not None:
            found = Validator(environment_schema()).findings(document.file, document.data)
            self.findings += found
            document = None if found else document
        return document

    # Variables

    def _inserted(self, document: Document, variables: Scope) -> list[Finding]:
        found = substitute(document, variables)
        self._holes |= variables.holes
        return found

    def _outside_holes(self, found: Iterable[Finding]) -> list[Finding]:
        """Findings without those where a variable has no value: there nothing else can be judged."""
        return [finding for finding in found if finding.at not in self._holes]

    def _scope(self, flow: Document | None, project: Document | None, environment: Document | None) -> Scope:
        result = scope(flow, project, environment, self._options.given)
        self.declared |= set(result.variables)
        return result
