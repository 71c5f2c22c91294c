"""`flowc explain`."""

from __future__ import annotations

from collections.abc import Callable

import click

from flowc.cli.help import Command
from flowc.cli.output import CommandError, put, say
from flowc.diagnostics.codes import CODES
from flowc.diagnostics.explain import code_named, explained
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.profiles.hangup_causes import causes
from flowc.profiles.targets import TargetError, find_targets


@click.command(
    cls=Command,
    examples={"flowc explain FC301": "Explain a code of flowc.", "flowc explain 8011": "Explain a carrier's number."},
)
@click.argument("code", required=False)
def explain(code: str | None) -> None:
    """Explain a diagnostic code: what it means, why it matters, how to fix it.

    CODE is a code such as FC301, its name, or the number of a carrier's hangup cause or error, such as 8011. Without
    CODE, list all codes.
    """
    if code is None:
        for line in _table():
            say(line)
        say("", "Warnings and errors with * can be disabled; other errors cannot be disabled.")
        return
    for source in SOURCES:
        if text := source(code):
            put(text)
            return
    known = [name for row in CODES.values() for name in (row.code, row.name)]
    raise click.UsageError(f"there is no code {shown(code)}. {suggestion(code.lower(), known)}".rstrip())


def _rule(code: str) -> str:
    known = code_named(code)
    return explained(known).whole if known else ""


def _carriers(code: str) -> str:
    """Explain a number of carriers; carriers with the same meaning share a text."""
    if not code.isdecimal():
        return ""
    try:
        known = causes(find_targets()).get(code, ())
    except TargetError as error:
        raise CommandError(str(error)) from error
    explanations: dict[str, list[str]] = {}
    for cause in known:
        text = f"# {cause.code} {cause.name}\n\n{cause.about}\n\n{cause.help}\n"
        explanations.setdefault(text, []).append(cause.target)
    return "\n".join(f"{text}\nUsed by {listing(targets, 'and')}.\n" for text, targets in explanations.items())


#: The sources of explanations, as Markdown. The first source that knows a code is used.
SOURCES: tuple[Callable[[str], str], ...] = (_rule, _carriers)


def _table() -> list[str]:
    rows = [(row.code, row.name, f"{row.severity}{'*' if row.judged else ''}") for row in CODES.values()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + f"  {explained(row[0]).meaning}"
        for row in rows
    ]
