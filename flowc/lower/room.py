"""Conferences and calls of several parties: where a call goes on that has left one, or found it full."""

from __future__ import annotations

from flowc.diagnostics import Finding
from flowc.ir import NextSetting, Node, ToDoc
from flowc.lower.context import Lowering, Nodes, handled
from flowc.lower.sound import sounds
from flowc.model import Action, Then, where


def lower_room(context: Lowering, action: Action) -> Nodes:
    """The node, and behind it where the call goes on if the room is full: carriers then run what follows."""
    fields: tuple[NextSetting, ...] = ()
    after: Nodes = ()
    if action.then is not None:
        _check_star(context, action, action.then)
        ended = context.document(action.then.of("ended"), action)
        fields = (NextSetting("next", ToDoc(ended), action.then.at),)
        after = context.go(action.then.of("full"), action)
    own = (*fields, *handled(context, action), *action.settings, *context.told(action), *sounds(context, action))
    return (Node(action.verb, action.at, own, (), context.block(action.verb, action, action)), *after)


def _check_star(context: Lowering, action: Action, then: Then) -> None:
    star = action.setting("hangup_on_star")
    if star is not None and star.value is True and where(then.of("ended")) != where(then.of("full")):
        message = f"{context.profile.name} does not document whether the star key leads to ended or to full"
        context.findings.append(Finding("FC406", star.at, message, "Let both lead to the same place."))
