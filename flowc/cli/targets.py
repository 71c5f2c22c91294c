"""`flowc targets`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from flowc.cli.arguments import profiles_of, templates_option
from flowc.cli.help import Command
from flowc.cli.output import say
from flowc.diagnostics.wording import listing
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Unsupported
from flowc.schema.portability import PortabilityRow, portability
from flowc.schema.schemas import flow_schema, verb_fields


@click.command(
    cls=Command,
    examples={
        "flowc targets": "Compare the packaged targets.",
        "flowc targets --templates carriers": "Compare them with the targets in carriers/targets.",
    },
)
@templates_option
def targets(templates: Path | None) -> None:
    """Show what each target supports, and what to use instead.

    The table lists every action and field of the language, and how each target expresses it. The notes below the table
    give an alternative for everything that a target does not have.
    """
    profiles = profiles_of(templates)
    fields = verb_fields(flow_schema(profiles))
    rows = portability(profiles, {verb: [field.name for field in given] for verb, given in fields.items()})
    for line in _table(profiles, rows):
        say(line)
    say("")
    for note in _notes(profiles, rows):
        say(note)


def _table(profiles: Mapping[str, Profile], rows: list[PortabilityRow]) -> Iterator[str]:
    lines = [("", *(profile.title for profile in profiles.values())), ("", *profiles)]
    for kind, word, cells in rows:
        shown = ("no" if isinstance(cell, Unsupported) else cell or "-" for cell in cells.values())
        lines.append((f"  {word}" if word else kind, *shown))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _notes(profiles: Mapping[str, Profile], rows: list[PortabilityRow]) -> Iterator[str]:
    """Yield why a target does not support something, and the alternative; kinds with the same note share it."""
    notes: dict[tuple[str, str, Unsupported], list[str]] = {}
    for kind, word, cells in rows:
        for name, cell in cells.items():
            if isinstance(cell, Unsupported) and (not word or cell is not profiles[name].row(kind)):
                notes.setdefault((name, word, cell), []).append(kind)
    for (name, word, cell), kinds in notes.items():
        what = f"{word} on {listing(kinds)}" if word else listing(kinds)
        yield f"{name} has no {what}: {cell.reason}. {cell.help}"
