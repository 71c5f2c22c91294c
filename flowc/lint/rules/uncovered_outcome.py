"""Outcomes that a target can report and that lead somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Gather, Queue, Switch
from flowc.flow.hours import Hours
from flowc.flow.values import LEFT, Then
from flowc.flow.verbs import VERBS, in_background
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report an outcome without a destination (FC303)."""
    for action in context.actions:
        if isinstance(action, Switch) and action.then is not None and action.calendar is not None:
            yield from _unnamed(action.then, action.calendar)
        elif action.then is not None and not isinstance(action, Switch) and not in_background(action):
            yield from _uncovered(context, action, action.then)


def _uncovered(context: LintContext, action: Action, then: Then) -> Iterator[Finding]:
    if then.otherwise is not None:
        return
    missing: dict[str, list[str]] = {}
    for profile in context.profiles:
        for outcome in sorted(_outcomes(profile, action)):
            if then.of(outcome) is None and not _is_any_input(then, outcome):
                missing.setdefault(outcome, []).append(profile.name)
    if missing:
        reports = {outcome: listing(names, "and") for outcome, names in missing.items()}
        if len(set(reports.values())) == 1:
            what = f"{listing(missing)}, which {next(iter(reports.values()))} can report"
        else:
            what = listing([f"{outcome} (from {names})" for outcome, names in reports.items()])
        message = f"this {action.verb} has no destination for {what}"
        yield Finding("FC303", then.at, message, f"Add {listing(missing, 'and')}, or else: for all other outcomes.")


def _unnamed(then: Then, hours: Hours) -> Iterator[Finding]:
    missing = [word for word in hours.table.words if then.of(word) is None]
    if missing:
        message = f"this switch has no destination for {listing(missing)}, which the calendar {hours.name} gives"
        related = (Related(hours.at, "declared here"),)
        yield Finding(
            "FC303", then.at, message, f"Add {listing(missing, 'and')}, or else: for all other words.", related
        )


def _outcomes(profile: Profile, action: Action) -> frozenset[str]:
    """Return the outcomes that a target can report for an action."""
    outcomes = VERBS[action.verb].outcomes or profile.outcomes(action.verb)
    if isinstance(action, Gather):
        outcomes -= set() if action.takes_keys else {"no-match"}
        outcomes |= {"speech"} if action.takes_speech else set()
    if isinstance(action, Queue) and not action.ends_wait:
        outcomes -= {LEFT}
    return outcomes


def _is_any_input(then: Then, outcome: str) -> bool:
    return outcome == "no-match" and any(case.outcome == "digits" for case in then.cases)
