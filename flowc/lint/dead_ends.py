"""A menu leads somewhere: to a person, to a server, or back to where it can be heard again."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather
from flowc.flow.graph import mentions
from flowc.flow.values import Leave, ToStep
from flowc.flow.verbs import VERBS, leads
from flowc.lint.subject import Subject


def check(subject: Subject) -> Iterator[Finding]:
    """FC363 a menu of several steps, heard once, of which every choice ends in an announcement."""
    dead: frozenset[str] | None = None
    for step in subject.flow.steps:
        for action in step.actions:
            if not isinstance(action, Gather) or action.then is None or not _heard_once(subject, action):
                continue
            choices = [case.to for case in action.then.cases if len(case.outcome) == 1]
            if len({to.step for to in choices if isinstance(to, ToStep)}) > 1:
                dead = _dead(subject) if dead is None else dead
                if step.name in dead:
                    message = "whoever is helped by none of these choices hears nothing again and reaches nobody"
                    help_ = "Offer a key for a person, or one that leads back here; or give it tries: 2."
                    yield Finding("FC363", action.at, message, help_)


def _heard_once(subject: Subject, gather: Gather) -> bool:
    """Whether a caller of some target hears a menu once: neither the flow nor the carrier asks again."""
    blocks = [((own.name, own.value) for own in gather.block(profile.name)) for profile in subject.profiles]
    return gather.tries == 1 and any(
        profile.attempts(gather.verb, block) == 1 for profile, block in zip(subject.profiles, blocks, strict=True)
    )


def _dead(subject: Subject) -> frozenset[str]:
    """The steps from which every way is announcements and comes to its end: no rounds, and nobody is reached."""
    leads: dict[str, set[str]] = {}
    origins: dict[str, list[str]] = {}
    for name, step in subject.graph.steps.items():
        leads[name] = {to.step for action in step.actions for to in mentions(action)}
        for other in leads[name]:
            origins.setdefault(other, []).append(name)
    alive = {name for name, step in subject.graph.steps.items() if any(map(_reaches, step.actions))}
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
    """Whether an action brings the caller to somebody, or to a server that goes on."""
    served = action.action is not None and action.action.follow
    return VERBS[action.verb].reaches or served or any(isinstance(one, Leave) for one in leads(action))
