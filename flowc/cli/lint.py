"""`flowc lint`."""

from __future__ import annotations

import sys
from typing import Unpack

import click

from flowc.cli.common import Arguments, Impossible, check_variables, flow_options, job, status, watched
from flowc.pipeline import check_flows
from flowc.project import NothingToBuild
from flowc.report import FORMATS


@click.command()
@flow_options
def lint(form: str, **arguments: Unpack[Arguments]) -> None:
    """Check call flows without writing anything.

    PATH is a flow file, or a folder searched for *.flow.yaml; none means the project. The exit status is 1 if an
    error was found, else 0; with --strict, a warning counts as one.
    """
    found, targets, options = job(arguments)
    try:
        checked = check_flows(found, targets, options, watched)
    except NothingToBuild as error:
        raise Impossible(str(error)) from error
    check_variables(options, checked.declared)
    click.echo(FORMATS[form](checked.diagnostics), nl=False)
    sys.exit(status(checked.diagnostics))
