"""Dials that do not depend on the outcome of a missing confirmation, which some carriers do not document."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Dial
from flowc.flow.values import destination_key
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a dial with a confirmation whose outcomes other than completed differ (FC315)."""
    unsure = [profile for profile in context.profiles if profile.strategies.declined == "leg-ends"]
    for action in context.of(Dial):
        if action.confirm is None or action.then is None:
            continue
        for profile in unsure:
            outcomes = sorted(profile.outcomes(action.verb) - {"completed"})
            places = [to for outcome in outcomes if (to := action.then.of(outcome)) is not None]
            # FC303 reports a missing outcome first, and its fix may give all the same destination.
            if len(places) == len(outcomes) and len(set(map(destination_key, places))) > 1:
                message = (
                    f"{profile.name} does not document which outcome it reports when the callee does not confirm, "
                    "and the outcomes lead to different places here"
                )
                help_ = f"Let {listing(outcomes, 'and')} lead to the same place."
                yield Finding("FC315", action.then.at, message, help_)
