"""`flowc schema`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from flowc.cli.common import profiles_of, templates_option
from flowc.profile import Profile
from flowc.schemas import Schema, environment_schema, flow_schema, project_schema, read_schema

_SCHEMAS: dict[str, Callable[[dict[str, Profile]], Schema]] = {
    "flow": flow_schema,
    "project": project_schema,
    "environment": lambda _: environment_schema(),
    "manifest": lambda _: read_schema("manifest"),
    "target": lambda _: read_schema("target"),
}


@click.command()
@click.argument("name", type=click.Choice(list(_SCHEMAS)))
@templates_option
def schema(name: str, templates: Path | None) -> None:
    """Print a JSON Schema, for editors and other programs.

    Those of flows and projects hold the names and the blocks of all targets.
    """
    click.echo(json.dumps(_SCHEMAS[name](profiles_of(templates)), indent=2))
