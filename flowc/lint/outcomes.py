"""Every outcome that a target can deliver leads somewhere, and means one thing on all targets."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Gather, Switch
from flowc.flow.values import Then, destination_key, is_keys
from flowc.flow.verbs import VERBS, in_background
from flowc.lint.subject import Subject
from flowc.profiles.profile import Profile


def check(subject: Subject) -> Iterator[Finding]:
    """FC303 an outcome without a destination, FC304 one that no target reports, FC308 outcomes that one folds."""
    for action in subject.actions:
        if action.then is None or isinstance(action, Switch) or in_background(action):
            continue
        yield from _uncovered(subject, action, action.then)
        yield from _never(subject, action, action.then)
        if not VERBS[action.verb].outcomes:
            yield from _folded(subject, action, action.then)


def delivered(profile: Profile, action: Action) -> frozenset[str]:
    """The outcomes that a target can deliver for an action."""
    outcomes = VERBS[action.verb].outcomes or profile.outcomes(action.verb)
    if isinstance(action, Gather):
        outcomes -= set() if action.takes_keys else {"no-match"}
        outcomes |= {"speech"} if action.takes_speech else set()
    return outcomes


def _uncovered(subject: Subject, action: Action, then: Then) -> Iterator[Finding]:
    if then.otherwise is not None:
        return
    missing: dict[str, list[str]] = {}
    for profile in subject.profiles:
        for outcome in sorted(delivered(profile, action)):
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


def _never(subject: Subject, action: Action, then: Then) -> Iterator[Finding]:
    if not isinstance(action, Gather):
        return
    for case in then.cases:
        keys = case.outcome in ("digits", "no-match") or is_keys(case.outcome)
        if (case.outcome == "speech" and not action.takes_speech) or (keys and not action.takes_keys):
            what = "what is said is not taken" if action.takes_keys else "keys are not taken"
            message = f'"{case.outcome}" can never happen: {what}'
            yield Finding("FC304", case.at, message, "Write input: dtmf-speech, or remove it.")


def _folded(subject: Subject, action: Action, then: Then) -> Iterator[Finding]:
    named = {case.outcome: case.at for case in then.cases}
    for profile in subject.profiles:
        if not profile.result(action.verb).reported_as:
            continue
        others = {outcome for other in subject.profiles for outcome in other.result(action.verb).values}
        astray: dict[tuple[NodeRef, str], list[str]] = {}
        for outcome, told_as in profile.result(action.verb).reported_as.items():
            matters = outcome in named or outcome in others
            to, other = then.of(outcome), then.of(told_as)
            if matters and to and other and destination_key(to) != destination_key(other):
                astray.setdefault((named.get(outcome, then.at), told_as), []).append(outcome)
        for (at, told_as), outcomes in astray.items():
            both = listing(outcomes, "and")
            message = f"{profile.name} reports {both} as {told_as}, but here they lead to different places"
            related = (Related(named[told_as], f"{told_as} leads elsewhere"),) if told_as in named else ()
            help_ = f"Let {both} lead where {told_as} leads, so that the flow means one thing."
            yield Finding("FC308", at, message, help_, related)
