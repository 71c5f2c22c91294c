"""The configuration of a host as files of a bundle, and the findings about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flowc.bundle.manifest import Manifest, file_entry
from flowc.diagnostics.findings import Finding, crash, unusable
from flowc.diagnostics.progress import no_progress
from flowc.diagnostics.records import NamedTuple
from flowc.emit.host_checks import Wanted, check_configuration, check_documents
from flowc.emit.link import BundlePlan
from flowc.profiles.targets import TargetError, Targets


class HostFiles(NamedTuple):
    """The files of a host's configuration, the manifest that includes them, and the findings about them."""

    files: Mapping[str, bytes]
    manifest: Manifest
    findings: list[Finding]


def check_host_files(plan: BundlePlan, wanted: Wanted, targets: Targets) -> list[Finding]:
    """Return the findings about what a host accepts; none if the documents fail, which a build reports."""
    from flowc.emit.assemble import assemble

    files, manifest, findings = assemble(plan, targets, no_progress)
    return [] if findings else host_files(files, manifest, plan, wanted).findings


def host_files(files: Mapping[str, bytes], manifest: Manifest, plan: BundlePlan, wanted: Wanted) -> HostFiles:
    """Make the configuration of a host for the files of a bundle."""
    findings = list(check_documents(plan, manifest, wanted))
    try:
        manifest, made = configure_host(manifest, files, wanted)
    except TargetError as error:
        return HostFiles({}, manifest, [*findings, unusable(wanted.at, error)])
    except Exception as error:
        failed = crash(f"a template of {wanted.host.name}", wanted.at, error)
        return HostFiles({}, manifest, [*findings, failed])
    return HostFiles(made, manifest, [*findings, *check_configuration(made, manifest, wanted)])


def configure_host(
    manifest: Manifest, files: Mapping[str, bytes], wanted: Wanted
) -> tuple[Manifest, Mapping[str, bytes]]:
    """Return the files of a host's configuration and the manifest that includes them. Raise errors of templates."""
    from flowc.emit.host_config import configure

    made = configure(manifest, files, wanted.host, wanted.root)
    others = sorted((*manifest.others, *(file_entry(path, data) for path, data in made.items())))
    return replace(manifest, others=tuple(others)), made
