"""The time of a scenario: when its call begins, or which words calendars give."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.flow.actions import Switch
from flowc.flow.hours import Hours
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.flow.values import Setting
from flowc.hours.rules import FIRST_YEAR, LAST_YEAR
from flowc.hours.zones import ZoneClock, zone_names

_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[ T]"
    r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?"
    r" ?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2}|[A-Z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*)?"
)
_FORM = "Write it as 2026-12-24 17:05, with a zone if the flow has several: 2026-12-24 17:05 America/New_York."


class BadTime(Exception):
    """A time cannot be read; `help` says how to write it."""

    def __init__(self, message: str, help_: str = _FORM) -> None:
        """`message` is the reason."""
        super().__init__(message)
        self.help = help_


def used_hours(flows: Iterable[Flow]) -> tuple[Hours, ...]:
    """Return the calendars by which the switches of a flow decide, and of those in which its calls may continue."""
    actions = (action for flow in flows for step in flow.steps for action in step.actions)
    found = (action.calendar for action in actions if isinstance(action, Switch) and action.calendar is not None)
    return tuple(dict.fromkeys(found))


def began(flows: Iterable[Flow], time: Setting) -> int:
    """Return the instant of a time that `check_scenario_times` has accepted."""
    return instant(str(time.value), [hours.zone for hours in used_hours(flows)])


def instant(text: str, zones: Iterable[str]) -> int:
    """Return the instant of a time: with an offset or a zone of its own, else in the only zone. Raise BadTime."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise BadTime(f"{shown(text)} is not a time")
    try:
        day = date.fromisoformat(match["date"])
    except ValueError as error:
        raise BadTime(f"there is no date {match['date']}", "Check the month and the day.") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadTime(f"calendars exist from {FIRST_YEAR} to {LAST_YEAR}", "Write another year.")
    zone = match["zone"] or ""
    minute, second = int(match["hour"]) * 60 + int(match["minute"]), int(match["second"] or 0)
    if zone == "Z" or zone[:1] in ("+", "-"):
        offset = datetime.fromisoformat(f"2026-01-01T00:00:00{zone.replace('Z', '+00:00')}").utcoffset()
        assert offset is not None
        return _instant("UTC", day, minute) - int(offset.total_seconds()) + second
    own = dict.fromkeys([zone] if zone else zones)
    if len(own) > 1:
        raise BadTime(
            f"the calendars of this flow have the zones {listing(own, 'and')}", f"Add one: {text} {next(iter(own))}."
        )
    name = next(iter(own), "UTC")
    if name not in zone_names():
        near = suggestion(name, zone_names())
        raise BadTime(f"there is no time zone {shown(name)}", near or "Write its IANA name, such as America/New_York.")
    return _instant(name, day, minute) + second


def _instant(zone: str, day: date, minute: int) -> int:
    number = day.toordinal()
    return ZoneClock(zone, number, number).instant(number, minute)


def check_scenario_times(flows: Iterable[Flow], scenarios: Iterable[Scenario]) -> Iterator[Finding]:
    """Find scenarios without the time that their flow needs, or with a wrong one (FC393).

    `flows` are the flow and those in which its calls may continue. FC394 an unknown calendar, FC304 a word that a
    calendar never gives.
    """
    used = used_hours(flows)
    known = {hours.name: hours for hours in used}
    for scenario in scenarios:
        for word in scenario.hours:
            yield from _word(word, known)
        if scenario.began is not None:
            yield from _time(scenario.began, used)
            continue
        given = {word.name for word in scenario.hours}
        missing = [name for name in known if name not in given]
        if missing and given <= known.keys():
            message = f"this scenario does not say when the call is made, by which {listing(missing, 'and')} decides"
            words = ", ".join(f"{name}: {known[name].table.words[0]}" for name in missing)
            help_ = f"Add at: with a time, such as at: 2026-12-24 17:05, or hours: {{{words}}}."
            yield Finding("FC393", scenario.at, message, help_)


def _word(word: Setting, known: dict[str, Hours]) -> Iterator[Finding]:
    hours = known.get(word.name)
    at = word.at._replace(part="key")
    if hours is None:
        there = (
            f"The flow decides by {listing(known, 'and')}." if known else "Remove it: no switch of the flow has hours:."
        )
        message = f'no switch of the flow decides by a calendar "{word.name}"'
        yield Finding("FC394", at, message, suggestion(word.name, known) or there)
    elif word.value not in hours.table.words:
        help_ = suggestion(str(word.value), hours.table.words) or f"It gives {listing(hours.table.words, 'and')}."
        message = f"the calendar {hours.name} never gives {shown(word.value)}"
        yield Finding("FC304", word.at, message, help_, (Related(hours.at, "declared here"),))


def _time(time: Setting, used: tuple[Hours, ...]) -> Iterator[Finding]:
    if not used:
        yield Finding("FC393", time.at, "no switch of this flow depends on the time", "Remove at:.")
        return
    try:
        at = instant(str(time.value), [hours.zone for hours in used])
    except BadTime as fault:
        yield Finding("FC393", time.at, str(fault), fault.help)
        return
    for hours in used:
        if at < hours.table.changes[0].at:
            first = date.fromordinal(hours.since)
            message = f"the calendar {hours.name} begins on {first}, after this call"
            yield Finding(
                "FC393", time.at, message, f"Write a later time, or give the calendar since: {str(time.value)[:10]}."
            )
