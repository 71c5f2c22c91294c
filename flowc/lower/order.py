"""The order of actions: one that the carrier cannot run after another gets its own document."""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import Location
from flowc.flow.actions import Action, Goto, Notify, Switch
from flowc.flow.values import End, Then
from flowc.flow.verbs import HANGUP, REDIRECT
from flowc.lower.context import Lowering, Nodes


def divides(context: Lowering, before: Action, action: Action) -> bool:
    """Whether an action that follows another in the same document needs a redirect between them.

    Adds FC401 if the carrier cannot run a redirect either.
    """
    refused = context.profile.order.get(before.verb, ())
    if _written(action) not in refused:
        return False
    if REDIRECT not in refused:
        return True
    if before.action is None:
        help_ = f"Give the {before.verb} then: {{ended: next, full: end}}, or end the step with it."
    else:
        help_ = f"Remove it: the server of action: continues the call after the {before.verb}."
    _full(context, action.at, help_)
    return False


def check_full(context: Lowering, action: Action, then: Then, full: Nodes) -> None:
    """Add FC401 if the carrier cannot continue with these nodes when the room is full."""
    if full[0].kind in context.profile.order.get(action.verb, ()):
        at = next((case.at for case in then.cases if case.outcome == "full"), then.at)
        _full(context, at, "Write full: end, as in then: {ended: next, full: end}.")


def _full(context: Lowering, at: Location, help_: str) -> None:
    message = f"{context.profile.name} cannot continue here if the room is full: the call would stay up in silence"
    context.findings.append(Finding("FC401", at, message, help_))


def _written(action: Action) -> str:
    """Return the kind of the first node of an action."""
    if isinstance(action, Goto):
        return HANGUP if isinstance(action.to, End) else REDIRECT
    return REDIRECT if isinstance(action, (Notify, Switch)) else action.verb
