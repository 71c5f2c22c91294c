"""Lowers an action to its node, with everything that any action may have; prompts and sounds are nodes of actions too.

All nodes of actions are made here, so no other module can forget a callback, a sound or the target's own block.
"""

from __future__ import annotations

from functools import partial

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Sound
from flowc.flow.values import Setting, Then
from flowc.lower.context import Field, Lowering, Nodes
from flowc.lower.ir import OWN_METHOD, DocId, Dropped, Next, NextSetting, Node, RouteCase, ToDoc
from flowc.profiles.rows import NodeRow, Spelling


def node(
    context: Lowering,
    action: Action,
    *own: Field,
    to: Next | None = None,
    children: Nodes = (),
    fields: tuple[Field, ...] | None = None,
) -> Node:
    """Return the node of an action.

    `to` is where its outcomes lead; without it they lead to `action:`, if there is one. `own` are fields that only this
    verb has, and `fields` replaces what `carried` returns.
    """
    context.take(action, "action" if to is None else "then", "blocks")
    after = _handled(context, action) if to is None else (NextSetting("next", to, action.at),)
    carries = carried(context, action) if fields is None else fields
    block = context.block(action.verb, action, action)
    return Node(action.verb, action.at, (*after, *carries, *own), children, block)


def outcome_route(context: Lowering, action: Action, part: int, then: Then) -> Next:
    """Return the decision after an action: each outcome that the target reports leads to the flow's destination.

    `part` counts the action's decisions from 1. Raises Dropped if a target has the verb, but no row for its results.
    """
    result = context.profile.result(action.verb)
    if not result.parameter and isinstance(context.profile.row(action.verb), NodeRow):
        raise Dropped(f"nothing lowers then of this {action.verb}: its table has no results (line {action.line})")
    cases = [
        RouteCase(word, context.document(then.of(outcome), action))
        for outcome, words in result.values.items()
        for word in words
    ]
    rest = context.document(then.otherwise or then.of(result.otherwise), action)
    empty = rest if result.empty == result.otherwise else context.document(then.of(result.empty), action)
    return context.route(action.verb, action, part, result.parameter, cases, empty, rest)


def carried(context: Lowering, action: Action) -> tuple[Field, ...]:
    """Return the fields that a node gets from its action: settings, callbacks, sounds."""
    context.take(action, "settings", "callbacks", "sounds")
    if not action.callbacks and not action.sounds:
        return action.settings
    return (*action.settings, *_callbacks(context, action), *_sounds(context, action))


def _handled(context: Lowering, action: Action) -> tuple[Field, ...]:
    """Return the fields of an action whose outcome is sent to the author's server; none if it is not."""
    if action.action is None:
        return ()
    to = context.server(f"{action.verb}-action", action.action.endpoint, action, action.action.follow)
    url = NextSetting("next", to, action.action.endpoint.at)
    return (url,) if action.action.follow else (url, Setting("follow", False, action.action.follow_at))


def _callbacks(context: Lowering, action: Action) -> tuple[NextSetting, ...]:
    return tuple(
        NextSetting(name, context.server(f"{action.verb}-{name.replace('_', '-')}", endpoint, action), endpoint.at)
        for name, endpoint in action.callbacks
    )


def _sounds(context: Lowering, action: Action) -> tuple[NextSetting, ...]:
    own = context.profile.prompts.keys()
    return tuple(
        sound_field(context, action, sound, sound.name, sound.name if sound.name in own else "sound")
        for sound in action.sounds
    )


def sound_field(
    context: Lowering, action: Action, sound: Sound, field: str, construct: str, part: int = 0
) -> NextSetting:
    """Return a field for a sound: the URL of its prompt's document, or of the author's server.

    `field` is its name in the target's table, `construct` the row for the content of such a prompt; `part` numbers
    several sounds of one field.
    """
    role = field.removesuffix("_document").replace("_", "-")
    if sound.endpoint is not None:
        return NextSetting(field, context.server(f"{action.verb}-{role}", sound.endpoint, action), sound.endpoint.at)
    name = DocId(action.id.step, role, action.id.ordinal, part)
    nodes = partial(lower_prompt, context, construct, sound.prompt)
    method = _fetched_by(context, action.verb, field)
    return NextSetting(field, ToDoc(context.hoist(name, nodes, sound.at, action.line, method)), sound.at)


def _fetched_by(context: Lowering, kind: str, field: str) -> str:
    row = context.profile.row(kind)
    spelling = row.fields.get(field) if isinstance(row, NodeRow) else None
    if spelling is None and isinstance(row, NodeRow) and row.child_element:
        return _fetched_by(context, row.child_element, field)
    return (spelling.fetched_by if isinstance(spelling, Spelling) else None) or OWN_METHOD


def lower_prompt(context: Lowering, construct: str, actions: tuple[Action, ...]) -> Nodes:
    """Return the nodes of a prompt; `construct` names the target's row for the content of such a prompt."""
    rules = context.profile.prompts[construct]
    name = context.profile.name
    nodes = []
    for action in actions:
        if action.verb in rules.undocumented:
            message = f"{name} plays a {action.verb} inside this prompt in practice, but does not document it"
            context.findings.append(Finding("FC406", action.at, message, "Put it before the prompt to be safe."))
        elif action.verb not in rules.allowed_children:
            message = f"{name} cannot play a {action.verb} inside this prompt"
            help_ = f"It plays {listing(rules.allowed_children)} there." if rules.allowed_children else "Leave it out."
            context.findings.append(Finding("FC403", action.at, message, help_))
        nodes.append(node(context, action))
        context.settle(action)
    if actions and actions[-1].verb in rules.never_last:
        message = f"{name} cannot end a prompt with a {actions[-1].verb}"
        help_ = "Leave it out; the timeout gives the caller time after the prompt."
        context.findings.append(Finding("FC403", actions[-1].at, message, help_))
    return tuple(nodes)
