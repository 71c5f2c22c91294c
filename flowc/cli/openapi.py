"""`flowc openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flowc.cli.common import Impossible
from flowc.manifest import MANIFEST, read_manifest
from flowc.openapi import openapi as document_of


@click.command()
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def openapi(folder: Path, output: Path | None) -> None:
    """Print an OpenAPI document of your own server's endpoints, made from the bundle in DIR.

    It tells every URL that carriers ask because of the bundle, what they send, and what they do with the answer.
    """
    path = folder / MANIFEST
    try:
        manifest = read_manifest(path.read_bytes())
    except OSError as error:
        raise Impossible(f"{path} cannot be read: {error.strerror}; DIR is a folder that flowc build wrote") from error
    except (ValueError, KeyError, TypeError) as error:
        raise Impossible(f"{path} is no manifest of this version of flowc; build the bundle anew") from error
    text = json.dumps(document_of(manifest), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Impossible(f"{output} cannot be written: {error.strerror}") from error
