"""Compile flows to fragments, here or by workers, and complete the merged bundle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from flowc.bundle.manifest import MANIFEST, Manifest
from flowc.bundle.manifest_reader import read_manifest
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import SourceFile, TextRange
from flowc.driver.fragments import MergedBundle, fragments_of
from flowc.driver.host_files import configure_host
from flowc.driver.inputs import Inputs
from flowc.driver.pipeline import check_flows, emit_bundle
from flowc.driver.records import BuildRequest, BuildResult, Fragments
from flowc.driver.results import Bundle
from flowc.driver.summary import summary
from flowc.driver.workers import CannotWork, Workers
from flowc.emit.host_checks import Wanted, check_configuration, unverified
from flowc.profiles.hosts import host_profiles
from flowc.profiles.targets import Targets, find_targets
from flowc.project.project import Found, NothingToBuild, shown_path

_Flows = Sequence[tuple[Path, Path | None]]


def compile_fragments(
    request: BuildRequest, flows: _Flows, targets: Targets, workers: Workers, progress: Progress
) -> tuple[Fragments | None, Bundle | None]:
    """Return the fragments of flows in their order, and the bundle they come from if this process has made it."""
    shares = workers.shares(flows, _size(flows))
    if len(shares) == 1 and workers.executor is None:
        try:
            bundle = compiled(request._replace(found=_restrict(request, flows)), targets, progress)
        except NothingToBuild:
            if len(flows) == len(request.found.flows):
                raise
            return None, None  # only other flows have one of the targets
        return divided(bundle, request, flows, targets), bundle
    slices = [request._replace(found=_restrict(request, share)) for share in shares]
    results = workers.do(_slice, slices, request.templates, _check)
    made = {fragment.file: fragment for share in results if share for fragment in share.each}
    contracts = {place: line for share in results if share for place, line in share.contracts.items()}
    if None in results or len(made) < len(flows):
        return None, None
    return Fragments([made[shown_path(path)] for path, _ in flows], contracts), None


def _restrict(request: BuildRequest, flows: _Flows) -> Found:
    """Restrict the found files to those of some flows, so that a worker does not receive the flows of another."""
    others = {path for path, _ in request.found.flows} - {path for path, _ in flows}
    texts = {path: text for path, text in request.found.texts.items() if path not in others}
    return request.found._replace(flows=tuple(flows), texts=texts, overlooked=(), named=request.found.named - others)


def _slice(request: BuildRequest) -> Fragments | None:
    """Compile the share of one worker."""
    targets = find_targets(request.templates)
    try:
        bundle = compiled(request, targets, no_progress)
    except NothingToBuild:
        return None
    return divided(bundle, request, request.found.flows, targets)


def divided(bundle: Bundle, request: BuildRequest, flows: _Flows, targets: Targets) -> Fragments | None:
    """Return the fragments of a bundle of these flows; None if it cannot be divided."""
    summaries = _summaries(bundle, targets, request.with_summary)
    return fragments_of(bundle, summaries, [path for path, _ in flows])


def _check(share: Fragments | None) -> None:
    """Raise CannotWork if the files that flows name have other contents here."""
    inputs = Inputs(FileReader(), {})
    for path, digest in (one for fragment in (share.each if share else ()) for one in fragment.lists):
        if not inputs.is_unchanged(path, digest):
            raise CannotWork(f"a worker has another {shown_path(Path(path))}")


def _size(flows: _Flows) -> int:
    size = 0
    for path, _ in flows:
        with suppress(OSError):
            size += path.stat().st_size
    return size


def compiled(request: BuildRequest, targets: Targets, progress: Progress) -> Bundle:
    """Compile all flows together, without the manifest file."""
    return emit_bundle(check_flows(request.found, targets, request.options, progress), targets, progress)


def as_built(whole: Bundle, request: BuildRequest, targets: Targets) -> BuildResult:
    """Return the result of a build of all flows together."""
    files = None
    if whole.files is not None and whole.manifest is not None:
        files = {**whole.files, MANIFEST: whole.manifest.to_json()}
    text = "".join(_summaries(whole, targets, request.with_summary).values())
    return BuildResult(
        diagnostics=whole.diagnostics,
        files=files,
        declared=whole.declared,
        summary=text,
        installed=_installed(whole.checked.wanted, whole.manifest, targets),
        skipped=whole.checked.skipped,
    )


def with_configuration(result: MergedBundle, request: BuildRequest, targets: Targets) -> BuildResult | None:
    """Add the configuration of the host to a bundle; None if that has findings."""
    host, diagnostics, files, declared, text, digests = result
    if not host:
        return BuildResult(diagnostics, files, declared, text, (), digests=digests)
    hosts = host_profiles(targets)
    wanted = Wanted(hosts[host], hosts, TextRange(SourceFile("", b"")), request.options.root)
    try:
        manifest, made = configure_host(read_manifest(files[MANIFEST]), files, wanted)
    except Exception:
        return None
    if any(check_configuration(made, manifest, wanted)):
        return None
    return BuildResult(
        diagnostics,
        {**files, **made, MANIFEST: manifest.to_json()},
        declared,
        text,
        _installed(wanted, manifest, targets),
        digests={path: digest for path, digest in digests.items() if path not in made},
    )


def _installed(wanted: Wanted | None, manifest: Manifest | None, targets: Targets) -> tuple[str, ...]:
    if wanted is None or manifest is None:
        return ()
    notice = unverified(manifest, wanted.host, targets)
    return (wanted.host.name, *wanted.host.installed(wanted.root), *([notice] if notice else []))


def _summaries(bundle: Bundle, targets: Targets, with_summary: bool) -> dict[str, str]:
    if not with_summary or bundle.manifest is None:
        return {}
    worst = {
        (flow, target): bundle.checked.worst_case(flow, targets.profiles[target])
        for flow, target in bundle.checked.programs
    }
    return summary(bundle.manifest, worst)
