"""The order of the passes: flow files in, a bundle and diagnostics out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from flowc.bundle.manifest import MANIFEST
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic, Finding, conclude
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.wording import first_of, listing
from flowc.driver.flow_compiler import FlowCompiler
from flowc.driver.flow_reader import FlowReader
from flowc.driver.host_files import check_host_files, host_files
from flowc.driver.results import Bundle, Checked, ReadFlow
from flowc.emit.host_checks import Wanted, agree, check_plan, check_signatures, may_be_too_large
from flowc.emit.link import BundlePlan, PlannedDocument, Unit, check, link
from flowc.emit.notifications import check_notifications, notified
from flowc.emit.spell.size import may_exceed
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.flow.values import flow_of
from flowc.flow.verbs import RAW
from flowc.profiles.targets import Targets
from flowc.project.options import Options
from flowc.project.project import Found, NothingToBuild, by_project, find_connected, shown_path
from flowc.syntax import locate_all


def check_flows(found: Found, targets: Targets, options: Options, progress: Progress = no_progress) -> Checked:
    """Run all passes that make no bytes: load through link. This is what `flowc lint` does.

    Raise NothingToBuild if no flow is compiled for any of the requested targets.
    """
    reader = FlowReader(targets, options, found.reader())
    flows_read, parts_read = _read(found, reader, progress)
    read = [*flows_read, *parts_read]
    compiler = FlowCompiler(flows_read, parts_read, options)
    compiled = [compiler.compile(one) for one in progress(read, "checking")]
    units = [unit for one in compiled for unit in one.units]
    own = {
        one.path: [*one.findings, *reader.without_holes(more.findings)]
        for one, more in zip(read, compiled, strict=True)
    }
    findings = [finding for found_here in own.values() for finding in found_here]
    findings += reader.check_other_files(found.overlooked)
    flows = list(reader.flows.values())
    findings += check(flows, options.base_url)
    if options.host is None:
        findings += agree(flows)
    plan, wanted = None, None
    diagnostics = reader.diagnostics(findings)
    if not _failed(diagnostics):
        if not units and flows:
            raise NothingToBuild(_no_target_message(flows, options.targets))
        of_plan: list[Finding] = []
        if units:
            base_url = options.base_url or next(str(flow.base_url.value) for flow in flows if flow.base_url)
            plan = notified(link(units, base_url), units)
            wanted = reader.wanted_host()
            of_plan += _check_plan(plan, units, wanted, targets)
        if not options.targets:
            # With errors, or on another target, a comment may suppress a finding.
            of_plan += reader.severities.unused(options.now)
        if of_plan:
            diagnostics = reader.diagnostics([*findings, *of_plan])
        plan = None if _failed(diagnostics) else plan
    return Checked(
        diagnostics=diagnostics,
        plan=plan,
        declared=reader.declared,
        flows=reader.flows,
        # The flows in which the calls of parts continue are played with the flows.
        scenarios=reader.scenarios if found.flows else {**dict.fromkeys(reader.scenarios, ()), **_own(parts_read)},
        programs={(unit.flow.name, unit.target): unit.spelled.program for unit in units},
        origins=reader.origins,
        of_named_files=reader.of_named_files(own.items()),
        severities=reader.severities,
        wanted=wanted,
        skipped=tuple(reader.skipped()),
        links=compiler.links,
    )


def _own(parts: Iterable[ReadFlow]) -> dict[str, tuple[Scenario, ...]]:
    return {part.flow.name: part.scenarios for part in parts if part.flow}


def _read(found: Found, reader: FlowReader, progress: Progress) -> tuple[list[ReadFlow], list[ReadFlow]]:
    """Read the flows that were found, those of their projects that links connect with them, and the parts."""
    flows = {path: reader.read(path, project) for path, project in progress(found.flows, "reading")}
    projects = dict(found.flows)

    def connect(parts: Mapping[Path, ReadFlow]) -> None:
        while further := _connected(flows, parts, projects, found.is_partial):
            projects.update(further)
            flows.update((path, reader.read(path, project)) for path, project in further.items())

    connect({})
    # Only now is known which parts the flows use.
    parts = {path: reader.read_part(path, project, path in found.named) for path, project in found.parts}
    projects |= dict(found.parts)
    if parts:
        connect(parts)
    return [flows[path] for path in sorted(flows, key=shown_path)], list(parts.values())


def _connected(
    flows: Mapping[Path, ReadFlow],
    parts: Mapping[Path, ReadFlow],
    projects: Mapping[Path, Path | None],
    is_partial: bool,
) -> dict[Path, Path | None]:
    """Return the files of flows that were not read and that links connect with those that were."""
    known = {one.flow.name for one in flows.values() if one.flow}
    read = {**flows, **parts}
    files: dict[Path, Path | None] = {}
    for project, paths in by_project((path, projects[path]) for path in read).items():
        own = [flow for path in paths if (flow := read[path].flow)]
        missing = {flow_of(to.step) for flow in own for to in flow.links} - known
        naming = {flow.name for flow in own} & known if is_partial else set()
        if missing or naming:
            files |= find_connected(project, read, missing, naming)
    return files


def build_bundle(found: Found, targets: Targets, options: Options, progress: Progress = no_progress) -> Bundle:
    """Run all passes: those of `check_flows`, then make documents and the manifest."""
    bundle = emit_bundle(check_flows(found, targets, options, progress), targets, progress)
    if bundle.files is None or bundle.manifest is None:
        return bundle
    return bundle._replace(files={**bundle.files, MANIFEST: bundle.manifest.to_json()})


def emit_bundle(checked: Checked, targets: Targets, progress: Progress = no_progress) -> Bundle:
    """Make the bundle of checked flows. Its files are those in the manifest, without the manifest itself."""
    if checked.plan is None:
        return Bundle(checked.diagnostics, None, None, checked)
    # Imported late because lint does not need the templates and the XML library.
    from flowc.emit.assemble import assemble

    files, manifest, findings = assemble(checked.plan, targets, progress)
    if checked.wanted is not None and not findings:
        made, manifest, findings = host_files(files, manifest, checked.plan, checked.wanted)
        files |= made
    diagnostics = (*checked.diagnostics, *conclude(findings, locate_all, checked.severities.severity))
    if _failed(diagnostics):
        return Bundle(diagnostics, None, None, checked)
    return Bundle(diagnostics, files, manifest, checked)


def _check_plan(plan: BundlePlan, units: Sequence[Unit], wanted: Wanted | None, targets: Targets) -> Iterator[Finding]:
    """Yield what the host cannot serve, and documents that a carrier rejects."""
    yield from dict.fromkeys(check_signatures(units, targets, wanted.host if wanted else None))
    yield from check_notifications(units, targets)
    if wanted is not None:
        yield from check_plan(units, plan, wanted)
    if doubtful := [planned for planned in plan.documents if _is_doubtful(planned, targets)]:
        # Imported late because few flows need the templates and the XML library here.
        from flowc.emit.assemble import judge

        yield from judge(plan, doubtful, targets)
    if wanted is not None and may_be_too_large(plan, wanted):
        yield from check_host_files(plan, wanted, targets)


def _is_doubtful(planned: PlannedDocument, targets: Targets) -> bool:
    """Return whether the bytes of a document are needed to check that its target accepts it."""
    most = targets.profiles[planned.target].limits.document_bytes
    raw = any(element.kind == RAW for element in planned.document.elements)
    return raw or (most is not None and may_exceed(planned.document, most))


def _failed(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _no_target_message(flows: Sequence[Flow], targets: Iterable[str]) -> str:
    theirs = first_of([f"{flow.at.file.path} is for {listing(flow.targets, 'and')}" for flow in flows])
    return f"no flow names {listing(targets)} among its targets: {theirs}"
