"""`flowc probe`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from flowc.bundle.manifest import MANIFEST
from flowc.cli.arguments import hosts_of, named, templates_option
from flowc.cli.help import Command
from flowc.cli.manifest_file import manifest_of
from flowc.cli.output import FINDINGS, CommandError, say, with_progress_bar
from flowc.diagnostics.wording import counted, shown
from flowc.lint.urls import base_url_fault
from flowc.serve.probe import Unreachable, WrongAnswer
from flowc.serve.probe import probe as ask

_MOST_SHOWN = 40


@click.command(
    cls=Command,
    examples={
        "flowc probe https://ivr.example.com": "Check the host of the bundle in dist.",
        "flowc probe https://ivr.example.com --host NAME": "Tolerate what the host NAME is known to do differently.",
    },
)
@click.argument("url")
@click.option(
    "--manifest",
    "path",
    type=click.Path(path_type=Path),
    default=Path("dist", MANIFEST),
    metavar="FILE",
    show_default=True,
    help="Manifest of the bundle.",
)
@click.option("--host", metavar="NAME", help="Test all methods of this host, and tolerate its known deviations.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=50,
    show_default=True,
    metavar="N",
    help="Send at most N requests per second; 0 means no limit.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=10,
    show_default=True,
    metavar="SECONDS",
    help="Wait this long for a response.",
)
@click.option("--notify", is_flag=True, help="Request also what has the host notify your servers.")
@templates_option
def probe(
    url: str, path: Path, host: str | None, rate: float, timeout: float, notify: bool, templates: Path | None
) -> None:
    """Check that the host at URL serves a bundle correctly.

    Request every document and every case of every route, one after another. Some requests repeat parameters, encode
    them, change their case or make them too long; some have paths that lead elsewhere. The exit status is 1 if a
    response is not the right document byte for byte, has the wrong type, or may be cached.
    """
    if fault := base_url_fault(url):
        raise click.UsageError(f"URL {shown(url)} {fault}")
    methods: tuple[str, ...] = ()
    leniencies: Mapping[str, str] = {}
    if host is not None:
        known = hosts_of(templates)
        named("host", host, known)
        methods, leniencies = known[host].routes, known[host].leniencies
    manifest = manifest_of(path)
    try:
        result = ask(
            manifest,
            url,
            methods=methods,
            leniencies=leniencies,
            rate=rate,
            timeout=timeout,
            notify=notify,
            progress=with_progress_bar,
        )
    except Unreachable as error:
        raise CommandError(str(error)) from error
    for fault_found in result.faults[:_MOST_SHOWN]:
        say(fault_found)
    if len(result.faults) > _MOST_SHOWN:
        say(f"and {len(result.faults) - _MOST_SHOWN} more")
    for line in _tolerated(result.lenient, leniencies):
        say(line)
    if result.left_out:
        say(f"left out: {counted(result.left_out, 'path')} at which the host notifies a server (--notify)")
    say(f"{counted(result.asked, 'request')}, {len(result.faults)} wrong, {len(result.lenient)} tolerated")
    sys.exit(FINDINGS if result.faults else 0)


def _tolerated(lenient: tuple[WrongAnswer, ...], leniencies: Mapping[str, str]) -> Iterator[str]:
    for variant, number in sorted(Counter(fault.variant for fault in lenient).items()):
        yield f"tolerated ({variant}, {counted(number, 'request')}): {leniencies[variant]}"
