"""`flowc build`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Unpack

import click

from flowc import bundle as disk
from flowc.cli.common import FINDINGS, Arguments, Impossible, check_variables, flow_options, job, status, tell, watched
from flowc.hosting import Wanted
from flowc.longest import Worst, longest
from flowc.manifest import Manifest
from flowc.pipeline import Bundle, build_bundle
from flowc.project import NothingToBuild
from flowc.targets import Targets
from flowc.wording import counted, lasting, listing


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
        click.echo(_summary(bundle.manifest, _worst_cases(bundle, targets)), nl=False)
        click.echo(_installed(bundle.checked.wanted), nl=False)
        click.echo(f"{output}: {written.written} written, {written.unchanged} unchanged, {written.removed} removed")


def _check(files: Mapping[str, bytes], output: Path, talkative: bool) -> int:
    differences = disk.compare(files, output)
    if talkative:
        for difference in differences:
            click.echo(f"{output / difference.path}: {difference.kind}")
        if not differences:
            click.echo(f"{output} is up to date")
    return FINDINGS if differences else 0


def _installed(wanted: Wanted | None) -> str:
    """How the bundle is put to work on its host."""
    if wanted is None:
        return ""
    lines = (f"  {line}\n" for line in wanted.host.installed(wanted.root))
    return f"on {wanted.host.name}:\n{''.join(lines)}"


def _worst_cases(bundle: Bundle, targets: Targets) -> dict[tuple[str, str], Worst]:
    profiles = targets.profiles
    return {names: longest(program, profiles[names[1]]) for names, program in bundle.checked.programs.items()}


def _summary(manifest: Manifest, worst: Mapping[tuple[str, str], Worst]) -> str:
    """For each flow and target how much was made, the worst case, and the URL to give to the carrier."""
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
        lines.append(f"  worst case: {_worst(worst[entry.flow, entry.target])}\n")
        lines.append(f"  answer URL: {entry.answer_url} ({entry.answer_method})\n")
    return "".join(lines)


def _worst(worst: Worst) -> str:
    """The most that a call can take, and what of it has no bound."""
    most = worst.most
    measures = (
        ("length", most.time, lasting),
        ("ringing", most.ringing, lambda much: f"{lasting(much)} of ringing"),
        ("dials", most.dials, lambda much: counted(int(much), "dial")),
        ("prompts", most.prompts, lambda much: counted(int(much), "prompt")),
        ("fetches", most.fetches, lambda much: "1 fetch" if much == 1 else f"{int(much)} fetches"),
    )
    known = ", ".join(words(much) for _, much, words in measures if much < inf)
    endless = [name for name, much, _ in measures if much == inf]
    circle = f": {' -> '.join(worst.round)}" if worst.round else ""
    return "; ".join(filter(None, (known, f"no bound to {listing(endless, 'and')}{circle}" if endless else "")))
