"""`flowc hours`."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click

from flowc.cli.arguments import present, templates_option
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, print_diagnostics, put, put_file, status
from flowc.driver.pipeline import check_flows
from flowc.flow.agenda import as_ical, as_text
from flowc.flow.hours import Hours
from flowc.profiles.targets import TargetError, find_targets
from flowc.project.options import Options
from flowc.project.project import NothingToBuild, find_flows

#: The most days that are printed, about 20 years.
_MOST_DAYS = 7306


@click.command(
    cls=Command,
    examples={
        "flowc hours flows/menu.flow.yaml --from 2026-12-24 --days 3": "Print the calendars of a flow for three days.",
        "flowc hours --days 365 --format ics > hours.ics": "Export the calendars of the project.",
    },
)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "first",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Begin with this date (default: today).",
)
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=14,
    show_default=True,
    metavar="N",
    help="Print so many days.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "ics"]),
    default="text",
    show_default=True,
    help="Print text, or an iCalendar file.",
)
@templates_option
def hours(paths: tuple[Path, ...], first: datetime | None, days: int, form: str, templates: Path | None) -> None:
    """Print the calendars by which call flows decide.

    PATH is a flow file, or a folder that is searched for *.flow.yaml (default: the project). Times are those of each
    calendar's zone. An iCalendar file contains all times except those of the word of else.
    """
    try:
        checked = check_flows(find_flows(paths), find_targets(templates), Options())
    except (NothingToBuild, TargetError) as error:
        raise CommandError(str(error)) from error
    calendars = list({one.at: one for flow in checked.flows.values() for one in flow.calendars}.values())
    if status(checked.diagnostics) == FINDINGS:
        print_diagnostics("text", checked.diagnostics, err=True)
        sys.exit(FINDINGS)
    if not calendars:
        raise CommandError("these flows have no hours; write hours: in a flow or in flowc.yaml")
    if form == "ics":
        put_file(as_ical(calendars, _first(calendars[0], first), days).encode())
        return
    for one in calendars:
        put(as_text(one, _first(one, first), days))


def _first(calendar: Hours, given: datetime | None) -> date:
    """Return the given date, or today in the zone of a calendar."""
    first = calendar.local(present()).date() if given is None else given.date()
    if not 1970 <= first.year < 2180:
        raise click.UsageError("--from takes a date from 1970 to 2179")
    return first
