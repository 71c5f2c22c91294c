"""Lowers consecutive actions, up to one after which the call continues elsewhere."""

from __future__ import annotations

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Dial, Gather, Goto, Notify, Preanswer, Queue, Raw, Record, Redirect, Sms, Switch
from flowc.flow.values import Following, Setting, ToStep
from flowc.flow.verbs import VERBS, ends_step, in_background
from flowc.lower.action import lower_prompt, node, outcome_route
from flowc.lower.context import Lowering, Nodes, hangup
from flowc.lower.dial import lower_dial
from flowc.lower.gather import lower_gather
from flowc.lower.ir import NextSetting, Node, Notification
from flowc.lower.order import divides
from flowc.lower.queue import lower_queue
from flowc.lower.record import lower_record
from flowc.lower.room import lower_room
from flowc.lower.switch import lower_switch
from flowc.profiles.rows import Unsupported

#: Nodes after which a document is not extended by what can have its own: carriers limit the size of a document.
_LONG = 100


def sequence(context: Lowering, actions: tuple[Action, ...]) -> Nodes:
    """Return the nodes of consecutive actions, including steps to which only their last goto leads.

    If the carrier cannot run an action in the same document, a redirect leads to the rest. The host notifies when it
    answers with a document, so a notification begins one.
    """
    nodes: list[Node] = []
    before: Action | None = None
    position = 0
    while position < len(actions):
        action = actions[position]
        position += 1
        if isinstance(action, Goto):
            if isinstance(action.to, Following):
                continue
            if isinstance(action.to, ToStep) and action.to.step in context.graph.inlined and len(nodes) < _LONG:
                step = context.graph.steps[action.to.step]
                if not nodes or not isinstance(step.actions[0], Notify):
                    actions, position = step.actions, 0
                    continue
        if before is not None and (divides(context, before, action) or (nodes and isinstance(action, Notify))):
            nodes += context.go(Following(before.at), before)
            break
        before = action
        more, ends = _lower(context, action, len(nodes) < _LONG)
        context.settle(action)
        nodes += more
        if ends:
            break
    return tuple(nodes)


def _lower(context: Lowering, action: Action, inline: bool) -> tuple[Nodes, bool]:
    """Return the nodes of an action, and whether nothing after them can be reached; `inline`: the document may grow."""
    match action:
        case Goto():
            context.take(action, "to")
            return context.go(action.to, action), True
        case Gather():
            return lower_gather(context, action), action.then is not None
        case Dial():
            return lower_dial(context, action, inline)
        case Switch():
            return lower_switch(context, action), True
        case Record():
            return lower_record(context, action), action.action is None and not in_background(action)
        case Redirect(endpoint=endpoint):
            context.take(action, "endpoint")
            to = NextSetting("next", context.server(action.verb, endpoint, action, True), endpoint.at)
            return (node(context, action, to),), True
        case Notify(endpoint=endpoint, given=given):
            context.take(action, "endpoint", "given")
            context.notify(Notification(action.id.step, endpoint, given, action.at, action.line))
            return (), False
        case Queue():
            return lower_queue(context, action), True
        case Preanswer():
            return (_preanswer(context, action),), False
        case Sms():
            return (_sms(context, action),), False
        case Raw():
            return _raw(context, action), False
    row = VERBS[action.verb]
    if row.outcomes:
        return lower_room(context, action), action.then is not None
    route = None if action.then is None else outcome_route(context, action, 1, action.then)
    # Both ringing and answered calls can reach a step: a reject must end these too.
    late = row.unanswered and row.hangs_up and context.profile.strategies.late_reject == "skipped"
    ends = route is not None or ends_step(action)
    return (node(context, action, to=route), *([hangup(action.at)] if late else [])), ends


def _preanswer(context: Lowering, preanswer: Preanswer) -> Node:
    context.take(preanswer, "prompt")
    known = not isinstance(context.profile.row(preanswer.verb), Unsupported)
    return node(context, preanswer, children=lower_prompt(context, preanswer.verb, preanswer.prompt) if known else ())


def _sms(context: Lowering, sms: Sms) -> Node:
    context.take(sms, "sender", "to")
    to = tuple(Setting("", callee.written, callee.at) for callee in sms.to)
    one = to[0]._replace(name="to") if len(to) == 1 else Setting("to", to, to[0].at)
    sender = (Setting("from", sms.sender.written, sms.sender.at),) if sms.sender else ()
    return node(context, sms, *sender, one)


def _raw(context: Lowering, raw: Raw) -> Nodes:
    """Return the target's own XML, which the flow must contain for each of its targets."""
    context.take(raw, "settings")  # those for other targets too
    name = context.profile.name
    own = raw.setting(name)
    if own is None:
        message = f"this raw: has no XML for {name}, one of the flow's targets"
        context.findings.append(Finding("FC401", raw.at, message, f"Add {name}: with its XML."))
        return ()
    return (Node(raw.verb, raw.at, (own._replace(name="xml"),)),)
