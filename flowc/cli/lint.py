"""`flowc lint`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import click

from flowc.cli.arguments import Arguments, check_variables, flow_options, job, present
from flowc.cli.help import Command
from flowc.cli.output import CommandError, print_diagnostics, print_skipped, status, with_progress_bar
from flowc.diagnostics.source import MAX_BYTES
from flowc.driver.pipeline import check_flows
from flowc.project.project import Found, NothingToBuild, flow_from_text

_STDIN = Path("-")


@click.command(
    cls=Command,
    examples={
        "flowc lint --strict": "Check the project of the current folder; fail on warnings too.",
        "flowc lint - --stdin-filename flows/menu.flow.yaml < draft.yaml": "Check text as if it were this file.",
    },
)
@flow_options
@click.option(
    "--stdin-filename",
    "name",
    type=click.Path(path_type=Path),
    metavar="NAME",
    help="Path of the flow that is read from standard input, with - for PATH.",
)
def lint(form: str, name: Path | None, **arguments: Unpack[Arguments]) -> None:
    """Check call flows without writing anything.

    PATH is a flow or part, or a folder that is searched for *.flow.yaml and *.part.yaml (default: the project). The
    exit status is 1 if there are errors, else 0. With --strict, a warning counts as an error.
    """
    found, targets, options = job(arguments, _standard_input(arguments["paths"], name), parts=True)
    try:
        checked = check_flows(found, targets, options._replace(now=present()), with_progress_bar)
    except NothingToBuild as error:
        raise CommandError(str(error)) from error
    check_variables(options, checked.declared)
    print_skipped(form, options, checked.skipped)
    print_diagnostics(form, checked.diagnostics)
    sys.exit(status(checked.diagnostics))


def _standard_input(paths: tuple[Path, ...], name: Path | None) -> Found | None:
    """Return the flow on standard input, or None if the arguments do not ask for it."""
    if name is None and _STDIN not in paths:
        return None
    if name is None:
        raise click.UsageError("PATH - reads a flow from standard input: give its path with --stdin-filename")
    if paths != (_STDIN,):
        raise click.UsageError("--stdin-filename needs - as the only PATH, for the flow on standard input")
    return flow_from_text(name, sys.stdin.buffer.read(MAX_BYTES + 1))
