"""`flowc graph`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from flowc.cli.arguments import templates_option
from flowc.cli.help import Command
from flowc.cli.output import CommandError, print_diagnostics, put, status
from flowc.diagnostics.findings import Diagnostic
from flowc.driver.pipeline import build_bundle, check_flows
from flowc.flow.drawing import DRAWINGS, Tried, as_dot
from flowc.flow.model import Flow
from flowc.profiles.targets import TargetError, Targets, find_targets
from flowc.project.options import Options
from flowc.project.project import NothingToBuild, find_flows


@click.command(
    cls=Command,
    examples={
        "flowc graph flows/menu.flow.yaml": "Print the steps as text.",
        "flowc graph flows/menu.flow.yaml --format svg --coverage > menu.svg": "Draw what the scenarios test.",
    },
)
@click.argument("flow", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([*DRAWINGS, "svg"]),
    default="text",
    show_default=True,
    help="Print the drawing in this format.",
)
@click.option("--coverage", is_flag=True, help="Mark what the scenarios of the flow test, and what they do not.")
@templates_option
def graph(flow: Path, form: str, coverage: bool, templates: Path | None) -> None:
    """Draw the steps of a flow and the paths between them.

    The format svg needs the program dot of Graphviz. With --coverage, tested parts are blue and untested parts are red.
    In the text format, an exclamation mark precedes untested parts. The other formats draw the rows of a table once.
    """
    try:
        targets = find_targets(templates)
        drawn = _tried(flow, targets) if coverage else _checked(flow, targets)
    except (NothingToBuild, TargetError) as error:
        raise CommandError(str(error)) from error
    for one, tried in drawn:
        put(_svg(as_dot(one, tried)) if form == "svg" else DRAWINGS[form](one, tried))


def _checked(path: Path, targets: Targets) -> list[tuple[Flow, Tried | None]]:
    found = find_flows((path,))
    checked = check_flows(found, targets, Options())
    if not checked.asked(found):
        _fail(checked.diagnostics)
    return [(flow, None) for flow in checked.asked(found)]


def _tried(path: Path, targets: Targets) -> list[tuple[Flow, Tried | None]]:
    """Return the flows, with the parts that their scenarios have tested."""
    from flowc.simulate import Trial, trials
    from flowc.simulate.drawn_coverage import tried_by
    from flowc.simulate.rules import RulesError

    found = find_flows((path,))
    bundle = build_bundle(found, targets, Options(scenarios=True))
    if bundle.manifest is None:
        _fail(bundle.diagnostics)
    flows: dict[str, list[Trial]] = {}
    try:
        for trial in trials(bundle, targets):
            if trial.flow in bundle.checked.asked(found):
                flows.setdefault(trial.flow.name, []).append(trial)
    except RulesError as error:
        raise CommandError(str(error)) from error
    return [(own[0].flow, tried_by(own)) for own in flows.values()]


def _fail(diagnostics: Sequence[Diagnostic]) -> NoReturn:
    print_diagnostics("text", diagnostics, err=True)
    sys.exit(status(diagnostics))


def _svg(dot: str) -> str:
    program = shutil.which("dot")
    if program is None:
        raise CommandError("svg needs Graphviz: install its program dot, or use --format dot or mermaid")
    made = subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, text=True, check=False)
    if made.returncode:
        raise CommandError(f"dot failed: {'; '.join(made.stderr.strip().splitlines())}")
    return made.stdout
