"""`flowc init`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from flowc.cli.help import Command
from flowc.cli.output import CommandError, say
from flowc.cli.schema import editor_schemas
from flowc.profiles.hosts import host_profiles
from flowc.profiles.targets import PACKAGED, find_targets

_STARTER = PACKAGED / "starter"
#: The folder of the schemas that the first lines of the starter's files name for editors.
_SCHEMAS = Path(".flowc")


@click.command(
    cls=Command,
    examples={
        "flowc init phone": "Create the project in the folder phone.",
        "flowc init .": "Create the project in the current folder.",
    },
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Create a small project that builds.

    The project has a project file, a flow, tests, an environment, and schemas for an editor. DIR may exist. If it
    contains one of these files already, nothing is written.
    """
    known = find_targets()
    files = {path.relative_to(_STARTER): path.read_bytes() for path in sorted(_STARTER.rglob("*")) if path.is_file()}
    files |= {_SCHEMAS / name: content for name, content in editor_schemas(known.profiles, host_profiles(known))}
    for name in files:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise CommandError(f"{folder / name} already exists; nothing was written. Choose another folder.")
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
            say(folder / name)
    except OSError as error:
        raise CommandError(f"{folder} cannot be written: {(error.strerror or str(error)).lower()}") from error
    place = shlex.quote(str(folder))
    say("", "Next:", f"  flowc lint {place}", f"  flowc test {place}")
    say(f"  flowc build {place} --env prod -o {shlex.quote(str(folder / 'dist'))}")
