"""`flowc graph`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from flowc.cli.common import Impossible, status, templates_option
from flowc.drawing import DRAWINGS, as_dot
from flowc.pipeline import Options, check_flows
from flowc.project import NothingToBuild, find_flows
from flowc.report import FORMATS
from flowc.targets import TargetError, find_targets


@click.command()
@click.argument("flow", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice([*DRAWINGS, "svg"]), default="text", help="What is printed.")
@templates_option
def graph(flow: Path, form: str, templates: Path | None) -> None:
    """Draw the steps of a flow and the ways between them. svg needs Graphviz's program dot."""
    try:
        checked = check_flows(find_flows((flow,)), find_targets(templates), Options())
    except (NothingToBuild, TargetError) as error:
        raise Impossible(str(error)) from error
    if not checked.flows:
        click.echo(FORMATS["text"](checked.diagnostics), nl=False, err=True)
        sys.exit(status(checked.diagnostics))
    for drawn in checked.flows.values():
        click.echo(_svg(as_dot(drawn)) if form == "svg" else DRAWINGS[form](drawn), nl=False)


def _svg(dot: str) -> str:
    program = shutil.which("dot")
    if program is None:
        raise Impossible("svg needs Graphviz: install its program dot, or take --format dot or mermaid")
    made = subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, text=True, check=False)
    if made.returncode:
        raise Impossible(f"dot failed: {made.stderr.strip()}")
    return made.stdout
