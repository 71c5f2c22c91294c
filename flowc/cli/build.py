"""`flowc build`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import click

from flowc import bundle as disk
from flowc.cli.arguments import Arguments, check_variables, flow_options, found_by, options_of, targets_of
from flowc.cli.help import Command
from flowc.cli.output import (
    FINDINGS,
    CommandError,
    print_diagnostics,
    print_skipped,
    put,
    say,
    status,
    with_progress_bar,
)
from flowc.cli.workers import workers, workers_options
from flowc.driver.cache import Store, usual_folder
from flowc.driver.incremental import build as build_incrementally
from flowc.driver.records import BuildRequest
from flowc.driver.workers import NoWorkers
from flowc.project.project import NothingToBuild


@click.command(
    cls=Command,
    examples={
        "flowc build": "Compile the project of the current folder into dist.",
        "flowc build flows/menu.flow.yaml -o public": "Compile one flow into public.",
        "flowc build --env prod --check": "Fail if dist is not what the production settings give.",
    },
)
@flow_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("dist"),
    metavar="DIR",
    show_default=True,
    help="Write the bundle to DIR.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if DIR is not up to date.")
@workers_options
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Cache directory (default: the user cache directory).",
)
@click.option("--no-cache", is_flag=True, help="Compile everything again, without a cache.")
@click.option("--force", is_flag=True, help="Replace or remove files in DIR that were changed after flowc wrote them.")
@click.option("-q", "--quiet", is_flag=True, help="Print diagnostics only.")
def build(
    form: str,
    output: Path,
    check: bool,
    jobs: int,
    executor: str | None,
    cache: Path | None,
    no_cache: bool,
    force: bool,
    quiet: bool,
    **arguments: Unpack[Arguments],
) -> None:
    """Compile call flows into a bundle for a web server.

    PATH is a flow file, or a folder that is searched for *.flow.yaml (default: the project).

    Nothing is written if a flow has errors. Files that flowc did not write are never touched. Files that were changed
    after flowc wrote them are replaced with --force only.
    """
    options, found = options_of(arguments), found_by(arguments)
    with_summary = not quiet and not check and form == "text"
    store = None if no_cache else _store(cache or usual_folder())
    request = BuildRequest(found, options, arguments["templates"], with_summary)
    targets = functools.cache(lambda: targets_of(arguments))
    try:
        built = build_incrementally(
            request, targets, store, workers(jobs, executor), output, check, progress=with_progress_bar
        )
    except (NothingToBuild, NoWorkers) as error:
        raise CommandError(str(error)) from error
    check_variables(options, built.declared)
    if not quiet:
        print_skipped(form, options, built.skipped)
    # Text for a person: diagnostics on stderr, the summary on stdout. Other formats: the list alone, on stdout.
    print_diagnostics(form, built.diagnostics, err=form == "text")
    if built.files is None:
        sys.exit(status(built.diagnostics))
    try:
        if check:
            differences = [] if built.unchanged else disk.compare(built.files, output)
            built.save()
            sys.exit(_report_differences(differences, output, not quiet and form == "text"))
        if built.unchanged:
            written = disk.WriteResult(0, built.unchanged, 0)
        else:
            written = disk.write(built.files, output, force, built.known)
            built.save()
    except disk.BundleError as error:
        raise CommandError(str(error)) from error
    if with_summary:
        put(built.summary)
        if built.installed:
            host, *lines = built.installed
            say(f"on {host}:", *(f"  {line}" for line in lines))
        say(f"{output}: {written.written} written, {written.unchanged} unchanged, {written.removed} removed")


def _store(folder: Path | None) -> Store | None:
    """Return the cache in a folder. If it cannot be used, print the reason and return None."""
    store = Store(folder) if folder else None
    if store and (fault := store.fault()):
        say(f"cache not used: {fault}", err=True)
        return None
    return store


def _report_differences(differences: Sequence[disk.FileDifference], output: Path, with_summary: bool) -> int:
    """Print how a folder differs from a bundle, and return the exit status."""
    if with_summary:
        for difference in differences:
            reason = " only in its line ends, which are CRLF" if difference.line_ends else ""
            say(f"{output / difference.path}: {difference.kind}{reason}")
        if any(difference.line_ends for difference in differences):
            say(f"git or an editor has changed line ends: add {output}/** -text to .gitattributes")
        if not differences:
            say(f"{output} is up to date")
    return FINDINGS if differences else 0
