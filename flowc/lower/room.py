"""Lowers conferences and multiparty calls: where a call continues after the room, or if it is full."""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action
from flowc.flow.values import Then, destination_key
from flowc.lower.action import node
from flowc.lower.context import Lowering, Nodes
from flowc.lower.ir import ToDoc
from flowc.lower.order import check_full


def lower_room(context: Lowering, action: Action) -> Nodes:
    """Return the node, and the nodes for a full room: carriers then run the next element."""
    if action.then is None:
        return (node(context, action),)
    _check_star(context, action, action.then)
    ended = ToDoc(context.document(action.then.of("ended"), action))
    full = context.go(action.then.of("full"), action)
    check_full(context, action, action.then, full)
    return (node(context, action, to=ended), *full)


def _check_star(context: Lowering, action: Action, then: Then) -> None:
    star = action.setting("hangup_on_star")
    if (
        star is not None
        and star.value is True
        and destination_key(then.of("ended")) != destination_key(then.of("full"))
    ):
        message = f"{context.profile.name} does not document whether the star key leads to ended or to full"
        context.findings.append(Finding("FC406", star.at, message, "Let both lead to the same place."))
