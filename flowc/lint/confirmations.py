"""What a carrier reports when the callee does not confirm is not documented, so the flow should not depend on it."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Dial
from flowc.flow.values import destination_key
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC315 a confirmed dial whose outcomes other than completed part ways."""
    unsure = [profile for profile in subject.profiles if profile.strategies.declined == "leg-ends"]
    for action in subject.actions:
        if not isinstance(action, Dial) or action.confirm is None or action.then is None:
            continue
        for profile in unsure:
            outcomes = sorted(profile.outcomes(action.verb) - {"completed"})
            places = [to for outcome in outcomes if (to := action.then.of(outcome)) is not None]
            # An outcome that leads nowhere is told of (FC303), and its help may well bring them together.
            if len(places) == len(outcomes) and len(set(map(destination_key, places))) > 1:
                message = (
                    f"{profile.name} does not document which outcome it reports when the callee does not confirm, "
                    "and here they lead to different places"
                )
                help_ = f"Let {listing(outcomes, 'and')} lead to the same place."
                yield Finding("FC315", action.then.at, message, help_)
