"""Prompts: what is played while somebody is listened to, as far as the target plays it there."""

from __future__ import annotations

from flowc.diagnostics import Finding
from flowc.lower.context import Lowering, Nodes, plain
from flowc.model import Action
from flowc.wording import listing


def lower_prompt(context: Lowering, construct: str, actions: tuple[Action, ...]) -> Nodes:
    """The nodes of a prompt; `construct` names the target's row of what such a prompt may hold."""
    rules = context.profile.prompts[construct]
    if not rules.holds:
        return ()  # the target has no such construct, which its table says
    name = context.profile.name
    for action in actions:
        if action.verb in rules.undocumented:
            message = f"{name} plays a {action.verb} inside this prompt in practice, but does not document it"
            context.findings.append(Finding("FC406", action.at, message, "Put it before the prompt to be safe."))
        elif action.verb not in rules.holds:
            message = f"{name} cannot play a {action.verb} inside this prompt"
            context.findings.append(Finding("FC403", action.at, message, f"It plays {listing(rules.holds)} there."))
    if actions and actions[-1].verb in rules.never_last:
        message = f"{name} cannot end a prompt with a {actions[-1].verb}"
        help_ = "Leave it out; the timeout gives the caller time after the prompt."
        context.findings.append(Finding("FC403", actions[-1].at, message, help_))
    return tuple(plain(context, action) for action in actions)
