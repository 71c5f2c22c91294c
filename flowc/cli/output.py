"""How commands print diagnostics and results, and how they fail."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TypeVar

import click

from flowc.cli import FAULT
from flowc.diagnostics.characters import visible
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.wording import first_of, listing
from flowc.project.options import Options
from flowc.report import FORMATS, as_coloured_text

FINDINGS = 1
#: From this number of items on, a terminal shows a progress bar.
_MANY = 200

_Item = TypeVar("_Item")


class CommandError(click.ClickException):
    """A command that is correct but cannot be carried out. It is printed on one line, without the usage."""

    exit_code = click.UsageError.exit_code


def say(*lines: object, err: bool = False) -> None:
    """Print lines for a person.

    Control characters, such as a newline within a line, are shown by their numbers. Very long lines are cut.
    """
    for line in lines:
        click.echo(visible(str(line)), err=err)


def put(text: str) -> None:
    """Print a whole document. Control characters are shown as by `say`, but no line is cut."""
    for line in text.removesuffix("\n").split("\n"):
        click.echo(visible(line, len(line)))


def put_file(data: bytes) -> None:
    """Print the content of a file whose format has no control characters and sets the ends of lines."""
    click.echo(data, nl=False)


def print_diagnostics(form: str, diagnostics: Sequence[Diagnostic], err: bool = False) -> None:
    """Print diagnostics in a format. Text is coloured on a terminal, except with NO_COLOR or TERM=dumb."""
    stream = sys.stderr if err else sys.stdout
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    coloured = form == "text" and wanted and stream.isatty()
    report = as_coloured_text if coloured else FORMATS[form]
    click.echo(report(diagnostics), nl=False, err=err)


def print_skipped(form: str, options: Options, skipped: Sequence[str]) -> None:
    """Print which flows are not compiled because they have none of the targets given with --target."""
    if skipped and form == "text":
        say(f"not for {listing(options.targets)}, so not compiled: {first_of(skipped)}", err=True)


def with_progress_bar(items: Sequence[_Item], label: str) -> Iterator[_Item]:
    """Yield the items; if there are many and stderr is a terminal, show a progress bar."""
    if len(items) < _MANY or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


def status(diagnostics: Sequence[Diagnostic]) -> int:
    """Return the exit status for diagnostics; warnings alone do not count as findings."""
    if any(diagnostic.code.startswith("FC9") for diagnostic in diagnostics):
        return FAULT
    return FINDINGS if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics) else 0
