"""Actions in order: what each becomes, and where the order ends because the call goes on elsewhere."""

from __future__ import annotations

from flowc.ir import Node
from flowc.lower.context import Lowering, Nodes, plain, redirect
from flowc.lower.dial import lower_dial
from flowc.lower.gather import lower_gather
from flowc.lower.record import lower_record
from flowc.lower.switch import lower_switch
from flowc.model import Action, Dial, Following, Gather, Goto, Record, Redirect, Switch, ToStep

#: Nodes after which a document takes no further step in: carriers bound a document's size.
_LONG = 100


def sequence(context: Lowering, actions: tuple[Action, ...]) -> Nodes:
    """The nodes of actions that run one after the other, steps that only their last goto leads to included."""
    nodes: list[Node] = []
    position = 0
    while position < len(actions):
        action = actions[position]
        position += 1
        if isinstance(action, Goto):
            if isinstance(action.to, Following):
                continue
            if isinstance(action.to, ToStep) and action.to.step in context.graph.inlined and len(nodes) < _LONG:
                actions, position = context.graph.steps[action.to.step].actions, 0
                continue
        more, ends = _lower(context, action)
        nodes += more
        if ends:
            break
    return tuple(nodes)


def _lower(context: Lowering, action: Action) -> tuple[Nodes, bool]:
    """The nodes of an action, and whether nothing behind them can be reached."""
    match action:
        case Goto():
            return context.go(action.to, action), True
        case Gather():
            return lower_gather(context, action), action.then is not None
        case Dial():
            return lower_dial(context, action), True
        case Switch():
            return lower_switch(context, action), True
        case Record():
            return lower_record(context, action), action.action is None
        case Redirect(link=link):
            return (redirect(context.server("redirect", link, action), link.at),), True
    return (plain(context, action),), action.verb == "hangup" and not action.settings
