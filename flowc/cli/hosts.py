"""`flowc hosts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from flowc.cli.arguments import hosts_of, named, templates_option
from flowc.cli.help import Command
from flowc.cli.output import say
from flowc.diagnostics.wording import listing
from flowc.profiles.hosts import Host
from flowc.project.options import ROOT

_READS = {"GET": "query", "POST": "form"}


@click.command(
    cls=Command,
    examples={
        "flowc hosts": "Compare the hosts.",
        "flowc hosts NAME": "Describe the host NAME.",
    },
)
@click.argument("name", required=False)
@templates_option
def hosts(name: str | None, templates: Path | None) -> None:
    """List the hosts and what each one can serve.

    With NAME, describe this host and how to install a bundle on it.
    """
    known = hosts_of(templates)
    if name is not None:
        named("host", name, known)
    for line in _table(known) if name is None else _detail(known[name]):
        say(line)


def _table(known: Mapping[str, Host]) -> Iterator[str]:
    rows = [("host", "files by", "branches on", "compares", "verifies", "notifies")]
    for host in known.values():
        branches = ", ".join([_READS[method] for method in host.routes] + ["time"] * bool(host.hours))
        compares = "prefixes" if host.prefixes else "values" if host.routes else "-"
        verifies = "signatures" if host.signatures else "-"
        notifies = "servers" if host.notifies else "-"
        rows.append((host.name, ", ".join(host.documents), branches or "-", compares, verifies, notifies))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _detail(host: Host) -> Iterator[str]:
    yield f"{host.name}: {host.title}"
    yield f"  answers {listing(host.documents, 'and')} with a file"
    if host.routes:
        yield f"  branches on {listing((f'the {_READS[method]} of a {method}' for method in host.routes), 'and')}"
    if host.routes:
        yield f"  {'decides' if host.hours else 'cannot decide'} by the time"
        yield f"  compares {'values and prefixes' if host.prefixes else 'whole values only, not prefixes'}"
    else:
        yield "  cannot branch: it answers each path with one file"
    yield f"  {'notifies' if host.notifies else 'cannot notify'} your own servers while it answers"
    if host.signatures:
        yield "  rejects requests that the carrier did not sign, if it has the account's token"
    else:
        yield "  does not verify signatures: it answers every request, also for carriers that sign their requests"
    if host.values:
        yield f"  compares {host.values.description}"
    limits = host.limits
    kinds = (("documents", limits.document), ("audio files", limits.audio), ("a configuration", limits.configuration))
    for kind, size in kinds:
        if size:
            yield f"  accepts {kind} of at most {size} bytes"
    for files, most in host.limits.line.items():
        yield f"  reads lines of at most {most} bytes in {files}"
    if host.limits.word:
        yield f"  reads words of at most {host.limits.word} bytes in its configuration"
    for says in host.leniencies.values():
        yield f"  differs from the manifest: {says}"
    yield "To install a bundle on it:"
    for line in host.installed(ROOT):
        yield f"  {line}"
