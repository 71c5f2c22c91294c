"""`flowc schema`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from flowc.cli.arguments import hosts_of, profiles_of, templates_option
from flowc.cli.help import Command
from flowc.cli.output import CommandError, put, say
from flowc.profiles.hosts import Host
from flowc.profiles.profile import Profile
from flowc.schema.schemas import (
    Schema,
    environment_schema,
    flow_schema,
    for_editors,
    part_schema,
    project_schema,
    read_schema,
    scenarios_schema,
)

_SCHEMAS: dict[str, Callable[[Mapping[str, Profile], Mapping[str, Host]], Schema]] = {
    "flow": flow_schema,
    "part": part_schema,
    "project": project_schema,
    "environment": lambda *_: environment_schema(),
    "scenarios": scenarios_schema,
    "manifest": lambda *_: read_schema("manifest"),
    "target": lambda *_: read_schema("target"),
    "host": lambda *_: read_schema("host"),
}
#: The schemas of the files that authors write, for editors.
_AUTHORED = ("flow", "part", "project", "environment", "scenarios")
#: The schemas of files in which variables are replaced.
_WITH_VARIABLES = ("flow", "part", "project", "scenarios")


def editor_schemas(profiles: Mapping[str, Profile], hosts: Mapping[str, Host]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the schema files for editors."""
    for name in _AUTHORED:
        yield f"{name}.schema.json", (_text(name, profiles, hosts) + "\n").encode()


def _text(name: str, profiles: Mapping[str, Profile], hosts: Mapping[str, Host]) -> str:
    schema = for_editors(_SCHEMAS[name](profiles, hosts), name in _WITH_VARIABLES)
    return json.dumps(schema, indent=2, ensure_ascii=False)


@click.command(
    cls=Command,
    examples={
        "flowc schema flow > flow.schema.json": "Write the schema of flows to a file.",
        "flowc schema --into .flowc": "Write all schemas that an editor needs to a folder.",
    },
)
@click.argument("name", type=click.Choice(list(_SCHEMAS)), required=False)
@click.option(
    "--into", metavar="DIR", type=click.Path(path_type=Path), help="Write the schemas that an editor needs to DIR."
)
@templates_option
def schema(name: str | None, into: Path | None, templates: Path | None) -> None:
    """Print a JSON Schema, for editors and other programs.

    The schemas of flows, parts, projects and scenarios contain the names of all targets and hosts, and the blocks of
    the targets. An editor needs these four and the schema of environments.
    """
    if (name is None) == (into is None):
        raise click.UsageError("name a schema, or give --into with a folder for the schemas that an editor needs.")
    profiles, hosts = profiles_of(templates), hosts_of(templates)
    if name is not None:
        put(_text(name, profiles, hosts))
    if into is not None:
        files = {into / file: content for file, content in editor_schemas(profiles, hosts)}
        try:
            for path, content in files.items():
                if not _may_replace(path, content):
                    raise CommandError(
                        f"{path} already exists and was not written by flowc; nothing was written. Move it away, or "
                        "choose another folder."
                    )
            into.mkdir(parents=True, exist_ok=True)
            for path, content in files.items():
                path.write_bytes(content)
                say(path)
        except OSError as error:
            raise CommandError(f"{into} cannot be written: {(error.strerror or str(error)).lower()}") from error


def _may_replace(path: Path, content: bytes) -> bool:
    """Return whether the path is free, or contains the same schema (perhaps of another version). Raise OSError."""
    if not os.path.lexists(path):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    try:
        there = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(there, dict) and there.get("$id") == json.loads(content)["$id"]
