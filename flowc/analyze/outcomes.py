"""Every outcome that a target can deliver leads somewhere, and means one thing on all targets."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding, Related
from flowc.model import Action, Destination, Dial, End, Following, Gather, Leave, Record, Then, ToStep
from flowc.source import Place
from flowc.wording import listing


def check(subject: Subject) -> Iterator[Finding]:
    """FC303 an outcome without a destination, FC308 outcomes that a target cannot tell apart but the flow does."""
    for action in subject.actions():
        if isinstance(action, (Dial, Gather, Record)) and action.then is not None:
            yield from _uncovered(subject, action, action.then)
            yield from _folded(subject, action, action.then)


def _uncovered(subject: Subject, action: Action, then: Then) -> Iterator[Finding]:
    missing: dict[str, list[str]] = {}
    for profile in subject.profiles:
        for outcome in sorted(profile.outcomes(action.verb)):
            if then.of(outcome) is None and not _any_input(then, outcome):
                missing.setdefault(outcome, []).append(profile.name)
    if missing:
        reports = {outcome: listing(names, "and") for outcome, names in missing.items()}
        if len(set(reports.values())) == 1:
            what = f"{listing(missing)}, which {next(iter(reports.values()))} can report"
        else:
            what = listing([f"{outcome} (from {names})" for outcome, names in reports.items()])
        message = f"this {action.verb} does not say what happens on {what}"
        yield Finding("FC303", then.at, message, f"Add {listing(missing, 'and')}, or else: for all that is not named.")


def _any_input(then: Then, outcome: str) -> bool:
    return outcome == "no-match" and any(case.outcome == "digits" for case in then.cases)


def _folded(subject: Subject, action: Action, then: Then) -> Iterator[Finding]:
    named = {case.outcome: case.at for case in then.cases}
    for profile in subject.profiles:
        others = {outcome for other in subject.profiles for outcome in other.results[action.verb].values}
        astray: dict[tuple[Place, str], list[str]] = {}
        for outcome, told_as in profile.results[action.verb].folds.items():
            matters = outcome in named or outcome in others
            to, other = then.of(outcome), then.of(told_as)
            if matters and to and other and where(to) != where(other):
                astray.setdefault((named.get(outcome, then.at), told_as), []).append(outcome)
        for (at, told_as), outcomes in astray.items():
            both = listing(outcomes, "and")
            message = f"{profile.name} reports {both} as {told_as}, but here they lead to different places"
            related = (Related(named[told_as], f"{told_as} leads elsewhere"),) if told_as in named else ()
            help_ = f"Let {both} lead where {told_as} leads, so that the flow means one thing."
            yield Finding("FC308", at, message, help_, related)


def where(to: Destination | None) -> object:
    """What tells one destination from another, its place left out."""
    match to:
        case ToStep(step):
            return step
        case Leave(link):
            return (link.url, link.method)
        case End() | Following():
            return type(to)
    return None
