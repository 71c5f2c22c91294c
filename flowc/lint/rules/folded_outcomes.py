"""Outcomes that a target reports as one and that have one destination."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import Location
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Switch
from flowc.flow.values import Then, destination_key
from flowc.flow.verbs import in_background, verbs_with
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile

STAGE = Stage.PATHS

#: The verbs whose outcomes targets report in terms of their own.
_REPORTED = verbs_with(lambda verb: not verb.outcomes and verb.model is not Switch)


def check(context: LintContext) -> Iterator[Finding]:
    """Report outcomes that lead to different places though a target does not distinguish them (FC308)."""
    for action in context.with_verbs(_folding(context.profiles)):
        if action.then is not None and not in_background(action):
            yield from _folded(context, action, action.then)


@lru_cache(maxsize=16)  # most flows of a build have the same targets
def _folding(profiles: tuple[Profile, ...]) -> frozenset[str]:
    """Return the verbs of which a target reports an outcome as another one."""
    return frozenset(verb for verb in _REPORTED if any(profile.result(verb).reported_as for profile in profiles))


@lru_cache(maxsize=256)
def _distinguished(profiles: tuple[Profile, ...], verb: str) -> frozenset[str]:
    """Return the outcomes of a verb that some target reports."""
    return frozenset(outcome for profile in profiles for outcome in profile.result(verb).values)


def _folded(context: LintContext, action: Action, then: Then) -> Iterator[Finding]:
    named = {case.outcome: case.at for case in then.cases}
    for profile in context.profiles:
        if not profile.result(action.verb).reported_as:
            continue
        others = _distinguished(context.profiles, action.verb)
        different: dict[tuple[Location, str], list[str]] = {}
        for outcome, reported_as in profile.result(action.verb).reported_as.items():
            if outcome not in named and outcome not in others:
                continue
            to, other = then.of(outcome), then.of(reported_as)
            if to and other and destination_key(to) != destination_key(other):
                different.setdefault((named.get(outcome, then.at), reported_as), []).append(outcome)
        for (at, reported_as), outcomes in different.items():
            both = listing(outcomes, "and")
            message = f"{profile.name} reports {both} as {reported_as}, but here they lead to different places"
            related = (Related(named[reported_as], f"{reported_as} leads elsewhere"),) if reported_as in named else ()
            help_ = f"Give {both} the same destination as {reported_as}."
            yield Finding("FC308", at, message, help_, related)
