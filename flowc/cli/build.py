"""`flowc build`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

import click

from flowc import bundle as disk
from flowc.cli.common import FINDINGS, Arguments, Impossible, check_variables, flow_options, job, status, tell, watched
from flowc.manifest import Manifest
from flowc.pipeline import build_bundle
from flowc.project import NothingToBuild
from flowc.wording import counted


@click.command()
@flow_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("dist"),
    metavar="DIR",
    help="Where the bundle is written; dist if left out.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if DIR does not hold this very bundle.")
@click.option("-q", "--quiet", is_flag=True, help="Print diagnostics only.")
def build(form: str, output: Path, check: bool, quiet: bool, **arguments: Unpack[Arguments]) -> None:
    """Compile call flows into a bundle that a web server can host as it is.

    PATH is a flow file, or a folder searched for *.flow.yaml; none means the project. Nothing is written while an
    error stands, and files that flowc did not write are never touched.
    """
    found, targets, options = job(arguments)
    try:
        bundle = build_bundle(found, targets, options, watched)
    except NothingToBuild as error:
        raise Impossible(str(error)) from error
    check_variables(options, bundle.declared)
    # A program reads the list alone; a person reads the summary on one stream and what is wrong on the other.
    tell(form, bundle.diagnostics, err=form == "text")
    if bundle.files is None or bundle.manifest is None:
        sys.exit(status(bundle.diagnostics))
    talkative = not quiet and form == "text"
    try:
        if check:
            sys.exit(_check(bundle.files, output, talkative))
        written = disk.write(bundle.files, output)
    except disk.BundleError as error:
        raise Impossible(str(error)) from error
    if talkative:
        click.echo(_summary(bundle.manifest), nl=False)
        click.echo(f"{output}: {written.written} written, {written.unchanged} unchanged, {written.removed} removed")


def _check(files: Mapping[str, bytes], output: Path, talkative: bool) -> int:
    differences = disk.compare(files, output)
    if talkative:
        for difference in differences:
            click.echo(f"{output / difference.path}: {difference.kind}")
        if not differences:
            click.echo(f"{output} is up to date")
    return FINDINGS if differences else 0


def _summary(manifest: Manifest) -> str:
    """A line for each flow and target: how much was made, and the URL to give to the carrier."""
    lines = []
    for entry in manifest.flows:
        own = [
            document
            for document in manifest.documents
            if (document.target, document.flow) == (entry.target, entry.flow)
        ]
        routes = sum((route.target, route.flow) == (entry.target, entry.flow) for route in manifest.routes)
        tries = sum(document.role in ("try", "silence") for document in own)
        repeated = f" ({tries} for repeated tries)" if tries else ""
        made = f"{counted(len(own), 'document')}{repeated}, {counted(routes, 'route')}"
        lines.append(f"{entry.flow} for {entry.target}: {made}\n")
        lines.append(f"  answer URL: {entry.answer_url} ({entry.answer_method})\n")
    return "".join(lines)
