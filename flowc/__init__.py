"""flowc: a declarative YAML-to-XML call flow compiler."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowc.diagnostics.findings import Diagnostic
    from flowc.driver.pipeline import Bundle
    from flowc.project.options import Options

__all__ = ["__version__", "compile_flows", "lint"]
__version__ = "0.1.0"


def compile_flows(paths: Iterable[Path], options: Options | None = None) -> Bundle:
    """Compile the flows that `paths` name (files, or folders searched for `*.flow.yaml`) into a bundle.

    Nothing is written: see `flowc.bundle.write`. The bundle's files are None where an error stands among its
    diagnostics. Raises `flowc.project.project.NothingToBuild` if no flow is found.
    """
    from flowc.driver.pipeline import build_bundle
    from flowc.profiles.targets import find_targets
    from flowc.project.options import Options
    from flowc.project.project import find_flows

    return build_bundle(find_flows(paths), find_targets(), options or Options())


def lint(paths: Iterable[Path], options: Options | None = None) -> tuple[Diagnostic, ...]:
    """What is wrong with the flows that `paths` name, in the order of a report.

    Raises `flowc.project.project.NothingToBuild` if no flow is found.
    """
    from flowc.driver.pipeline import check_flows
    from flowc.profiles.targets import find_targets
    from flowc.project.options import Options
    from flowc.project.project import find_flows

    return check_flows(find_flows(paths), find_targets(), options or Options()).diagnostics
