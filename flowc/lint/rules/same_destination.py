"""Choices that make a difference."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action, Gather, Switch
from flowc.flow.values import Destination, Then, ToStep, destination_key, is_keys
from flowc.lint.context import LintContext
from flowc.lint.loops import find_loops
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH


def check(context: LintContext) -> Iterator[Finding]:
    """Report a `then:` whose choices all lead to the same place (FC333).

    The outcomes of a dial or a recording are a closed list: an author may name all of them to show that each was
    considered. A choice that the author invented, or `else` next to such outcomes, suggests a difference.
    """
    for action in context.actions:
        then = action.then
        # Exits of a part may lead to the same place in one use and not in another.
        if then is None or action.at.file.use or _differ(places := then.destinations()):
            continue
        if then.otherwise is not None or any(_is_invented(action, case.outcome) for case in then.cases):
            # If one of the choices closes a loop without input, only that is reported.
            if {to.at for to in places}.isdisjoint(loop.closed_at for loop in context.cached(find_loops).without_input):
                help_ = f"Write then: {_written(then)}, or give one of them another destination."
                yield Finding("FC333", then.at, "all choices lead to the same place", help_)


def _differ(places: tuple[Destination, ...]) -> bool:
    """Whether a choice is the only one, or others lead elsewhere."""
    keys = map(destination_key, places)  # lazily, because the second one differs in general
    first = next(keys, None)
    return len(places) == 1 or any(key != first for key in keys)


def _is_invented(action: Action, outcome: str) -> bool:
    """Whether an outcome is the author's own: a value of a switch, keys of a gather."""
    return isinstance(action, Switch) or (isinstance(action, Gather) and is_keys(outcome))


def _written(then: Then) -> str:
    to = then.destinations()[0]
    return (
        to.step if isinstance(to, ToStep) else {"End": "end", "Following": "next"}.get(type(to).__name__, "{url: ...}")
    )
