"""`flowc openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flowc.bundle.manifest import MANIFEST
from flowc.bundle.openapi import openapi as document_of
from flowc.cli.help import Command
from flowc.cli.manifest_file import manifest_of
from flowc.cli.output import CommandError, put


@click.command(
    cls=Command,
    examples={
        "flowc openapi dist": "Print the document for the bundle in dist.",
        "flowc openapi dist -o openapi.json": "Write it to a file.",
    },
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the document to FILE.",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def openapi(folder: Path, output: Path | None) -> None:
    """Print an OpenAPI document of your own server's endpoints.

    The document describes every URL of your server that carriers request because of the bundle in DIR, what they send,
    and what they do with the response.
    """
    manifest = manifest_of(folder / MANIFEST)
    text = json.dumps(document_of(manifest), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        put(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}") from error
