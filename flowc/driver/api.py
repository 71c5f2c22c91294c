"""The compiler as functions, for programs that import flowc."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flowc.diagnostics.findings import Diagnostic
from flowc.driver.pipeline import build_bundle, check_flows
from flowc.driver.results import Bundle
from flowc.profiles.targets import find_targets
from flowc.project.options import Options
from flowc.project.project import find_flows


def compile_flows(paths: Iterable[Path], options: Options | None = None) -> Bundle:
    """Compile the flows that `paths` name (files, or folders searched for `*.flow.yaml`) into a bundle.

    Nothing is written: see `flowc.write_bundle`. `files` and `manifest` of the bundle are None if its diagnostics
    contain an error. Raise `flowc.NothingToBuild` if there is no flow, or none for the targets of `options`.
    """
    return build_bundle(find_flows(paths), find_targets(), options or Options())


def lint(paths: Iterable[Path], options: Options | None = None) -> tuple[Diagnostic, ...]:
    """Check the flows and parts that `paths` name, and return the diagnostics in the order of a report.

    Raise `flowc.NothingToBuild` if there is no flow, or none for the targets of `options`.
    """
    return check_flows(find_flows(paths, parts=True), find_targets(), options or Options()).diagnostics
