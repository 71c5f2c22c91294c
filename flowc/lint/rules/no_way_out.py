"""Menus that lead to a person, to a server, or back to a menu."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather
from flowc.flow.model import mentions
from flowc.flow.values import Leave, ToStep
from flowc.flow.verbs import VERBS, leads
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.CONTENT


def check(context: LintContext) -> Iterator[Finding]:
    """Report a menu that is heard once and whose choices all end in announcements (FC363)."""
    dead: frozenset[str] | None = None
    for gather in context.of(Gather):
        if gather.then is None or not _heard_once(context, gather):
            continue
        choices = [case.to for case in gather.then.cases if len(case.outcome) == 1]
        if len({to.step for to in choices if isinstance(to, ToStep)}) > 1:
            dead = _dead(context) if dead is None else dead
            if gather.id.step in dead:
                message = "a caller whom no choice helps can neither hear the menu again nor reach a person"
                help_ = "Offer a key for a person, or one that leads back here, or write tries: 2."
                yield Finding("FC363", gather.at, message, help_)


def _heard_once(context: LintContext, gather: Gather) -> bool:
    """Whether a menu is heard once on some target: neither the flow nor the carrier repeats it."""
    blocks = [((own.name, own.value) for own in gather.block(profile.name)) for profile in context.profiles]
    return gather.tries == 1 and any(
        profile.attempts(gather.verb, block) == 1 for profile, block in zip(context.profiles, blocks, strict=True)
    )


def _dead(context: LintContext) -> frozenset[str]:
    """Return the steps after which there are only announcements: no loop, and no person or server."""
    leads: dict[str, set[str]] = {}
    origins: dict[str, list[str]] = {}
    for name, step in context.graph.steps.items():
        leads[name] = {to.step for action in step.actions for to in mentions(action)}
        for other in leads[name]:
            origins.setdefault(other, []).append(name)
    alive = {name for name, step in context.graph.steps.items() if any(map(_reaches, step.actions))}
    todo = [name for name, others in leads.items() if not others and name not in alive]
    dead = set(todo)
    while todo:
        name = todo.pop()
        for origin in origins.get(name, ()):
            leads[origin].discard(name)
            if not leads[origin] and origin not in alive:
                dead.add(origin)
                todo.append(origin)
    return frozenset(dead)


def _reaches(action: Action) -> bool:
    """Whether an action connects the caller to a person, or to a server that continues the call."""
    served = action.action is not None and action.action.follow
    return VERBS[action.verb].reaches or served or any(isinstance(one, Leave) for one in leads(action))
