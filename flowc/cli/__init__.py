"""The command line: options in, exit status out. One module a command.

Exit status: 0 clean, 1 findings, 2 usage, 3 a fault of flowc.
"""

from __future__ import annotations

import gc
import io
import sys
import traceback

import click

from flowc import __version__
from flowc.cli.build import build
from flowc.cli.common import FAULT
from flowc.cli.explain import explain
from flowc.cli.explore import explore
from flowc.cli.graph import graph
from flowc.cli.hosts import hosts
from flowc.cli.init import init
from flowc.cli.lint import lint
from flowc.cli.openapi import openapi
from flowc.cli.probe import probe
from flowc.cli.schema import schema
from flowc.cli.serve import serve
from flowc.cli.simulate import simulate
from flowc.cli.targets import targets
from flowc.cli.test import test
from flowc.cli.verify import verify_signature


@click.group(context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(__version__, prog_name="flowc", message="%(prog)s %(version)s")
def commands() -> None:
    """Compile call flows in YAML to the XML of telephone carriers, and check them before any call."""


for command in (
    *(build, lint, test, simulate, explore, graph, explain, init, schema, targets, hosts),
    *(openapi, probe, serve, verify_signature),
):
    commands.add_command(command)


def main() -> None:
    """Run the command line. A fault of flowc itself is reported as one, with exit status 3."""
    # A run makes much, throws little away and is soon over: looking for garbage cycles took a third of its time.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal's encoding lacks is no reason to fail
    try:
        commands(prog_name="flowc")
    except Exception:
        traceback.print_exc()
        click.echo(
            "flowc: this is a fault of flowc, not of your flow; please report it with the lines above.", err=True
        )
        sys.exit(FAULT)
