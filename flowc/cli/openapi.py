"""`flowc openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flowc.bundle.manifest import MANIFEST
from flowc.bundle.openapi import openapi as document_of
from flowc.cli.bundles import manifest_of
from flowc.cli.common import Impossible, put


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def openapi(folder: Path, output: Path | None) -> None:
    """Print an OpenAPI document of your own server's endpoints, made from the bundle in DIR.

    It tells every URL that carriers ask because of the bundle, what they send, and what they do with the answer.
    """
    manifest = manifest_of(folder / MANIFEST)
    text = json.dumps(document_of(manifest), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        put(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Impossible(f"{output} cannot be written: {error.strerror}") from error
