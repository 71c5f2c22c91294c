"""Calendars that end soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT

#: A calendar that lasts fewer days is reported.
_LEAST = 90


def check(context: LintContext) -> Iterator[Finding]:
    """Report a calendar whose last day is less than 90 days away, or over (FC389), if the present time is known."""
    if context.now is None:
        return
    for hours in context.flow.calendars:
        left = hours.until - hours.local(context.now).toordinal()
        if left < _LEAST:
            last = date.fromordinal(hours.until)
            ends = "ends today" if left == 0 else f"ends in {left} days" if left > 0 else "has ended"
            message = f"the calendar {hours.name} {ends}, on {last}: from then on it is {hours.table.changes[-1].word}"
            if left < 0:
                message = f"the calendar {hours.name} ended on {last}: it is always {hours.table.changes[-1].word}"
            yield Finding("FC389", hours.until_at, message, f"Write a later date, such as {_later(last)}.")


def _later(last: date) -> str:
    """Return the end of the year after the next one."""
    return f"{last.year + 2}-12-31"
