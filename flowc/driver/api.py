"""The compiler as functions, for programs that import flowc."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from flowc.bundle.manifest import MANIFEST
from flowc.bundle.manifest_reader import read_manifest
from flowc.diagnostics.findings import Diagnostic
from flowc.driver.incremental import build_without_cache
from flowc.driver.pipeline import build_bundle, check_flows
from flowc.driver.records import BuildRequest, BuildResult
from flowc.driver.results import Bundle, Checked
from flowc.driver.workers import Workers
from flowc.flow.links import Links
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.project.suppressions import SeverityResolver

if TYPE_CHECKING:
    from concurrent.futures import Executor


def compile_flows(paths: Iterable[Path], options: Options | None = None, *, executor: Executor | None = None) -> Bundle:
    """Compile the flows that `paths` name (files, or folders searched for `*.flow.yaml`) into a bundle.

    Nothing is written: see `flowc.write_bundle`. `files` and `manifest` of the bundle are None if its diagnostics
    contain an error. The workers of an `executor` compile the flows; if one cannot, there is a RuntimeWarning, and its
    flows are compiled here. Raise `flowc.NothingToBuild` if there is no flow, or none for the targets of `options`.
    """
    found, options = find_flows(paths), options or Options()
    if executor is None:
        return build_bundle(found, find_targets(), options)
    workers = Workers(executor=lambda: nullcontext(executor), note=lambda text: warnings.warn(text, RuntimeWarning, 2))
    request = BuildRequest(found, options, None, with_summary=False)
    return _bundle(build_without_cache(request, find_targets, workers), options)


def _bundle(built: BuildResult, options: Options) -> Bundle:
    """Return a bundle whose flows only the workers know."""
    checked = Checked(
        diagnostics=built.diagnostics,
        plan=None,
        declared=built.declared,
        flows={},
        scenarios={},
        programs={},
        origins={},
        of_named_files={},
        severities=SeverityResolver(options.policy),
        wanted=None,
        skipped=built.skipped,
        links=Links(()),
    )
    manifest = read_manifest(built.files[MANIFEST]) if built.files is not None else None
    return Bundle(built.diagnostics, built.files, manifest, checked)


def lint(paths: Iterable[Path], options: Options | None = None) -> tuple[Diagnostic, ...]:
    """Check the flows and parts that `paths` name, and return the diagnostics in the order of a report.

    Raise `flowc.NothingToBuild` if there is no flow, or none for the targets of `options`.
    """
    return check_flows(find_flows(paths, parts=True), find_targets(), options or Options()).diagnostics
