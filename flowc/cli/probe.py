"""`flowc probe`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from flowc.bundle.manifest import MANIFEST
from flowc.cli.bundles import manifest_of
from flowc.cli.common import FINDINGS, Impossible, hosts_of, named, say, templates_option, watched
from flowc.diagnostics.wording import counted, shown
from flowc.lint.urls import base_url_fault
from flowc.serve.probe import Fault, Unreachable
from flowc.serve.probe import probe as ask

_MOST_SHOWN = 40


@click.command()
@click.argument("url")
@click.option(
    "--manifest",
    "path",
    type=click.Path(path_type=Path),
    default=Path("dist", MANIFEST),
    metavar="FILE",
    help="The bundle's manifest; dist/manifest.json if left out.",
)
@click.option("--host", metavar="NAME", help="What serves it: ask by all its methods, and bear what it is known for.")
@click.option(
    "--rate", type=click.FloatRange(min=0), default=50, help="Requests a second, 50 if left out; 0: no limit."
)
@click.option("--timeout", type=click.FloatRange(min=0.1), default=10, help="Seconds that an answer may take; 10.")
@templates_option
def probe(url: str, path: Path, host: str | None, rate: float, timeout: float, templates: Path | None) -> None:
    """Ask the host at URL for everything that a bundle's manifest promises, one request after the other.

    Every document and every case of every route; some of them with parameters repeated, encoded, in other letters, over
    long, and with paths that lead elsewhere.
    Exit with 1 if an answer is not byte for byte the right document, or has the wrong type, or may be cached.
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
        result = ask(manifest, url, methods=methods, leniencies=leniencies, rate=rate, timeout=timeout, watch=watched)
    except Unreachable as error:
        raise Impossible(str(error)) from error
    for fault_found in result.faults[:_MOST_SHOWN]:
        say(fault_found)
    if len(result.faults) > _MOST_SHOWN:
        say(f"and {len(result.faults) - _MOST_SHOWN} more")
    for line in _borne(result.lenient, leniencies):
        say(line)
    say(f"{counted(result.asked, 'request')}, {len(result.faults)} wrong, {len(result.lenient)} borne with")
    sys.exit(FINDINGS if result.faults else 0)


def _borne(lenient: tuple[Fault, ...], leniencies: Mapping[str, str]) -> Iterator[str]:
    for variant, number in sorted(Counter(fault.variant for fault in lenient).items()):
        yield f"borne with ({variant}, {counted(number, 'request')}): {leniencies[variant]}"
