"""flowc: a declarative YAML-to-XML call flow compiler."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowc.diagnostics import Diagnostic
    from flowc.options import Options
    from flowc.pipeline import Bundle

__all__ = ["__version__", "compile_flows", "lint"]
__version__ = "0.1.0"


def compile_flows(paths: Iterable[Path], options: Options | None = None) -> Bundle:
    """Compile the flows that `paths` name (files, or folders searched for `*.flow.yaml`) into a bundle.

    Nothing is written: see `flowc.bundle.write`. The bundle's files are None where an error stands among its
    diagnostics. Raises `flowc.project.NothingToBuild` if no flow is found.
    """
    from flowc.options import Options
    from flowc.pipeline import build_bundle
    from flowc.project import find_flows
    from flowc.targets import find_targets

    return build_bundle(find_flows(paths), find_targets(), options or Options())


def lint(paths: Iterable[Path], options: Options | None = None) -> tuple[Diagnostic, ...]:
    """What is wrong with the flows that `paths` name, in the order of a report.

    Raises `flowc.project.NothingToBuild` if no flow is found.
    """
    from flowc.options import Options
    from flowc.pipeline import check_flows
    from flowc.project import find_flows
    from flowc.targets import find_targets

    return check_flows(find_flows(paths), find_targets(), options or Options()).diagnostics
