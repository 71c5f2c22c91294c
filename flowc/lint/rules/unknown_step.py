"""Steps that are named and exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing, suggestion
from flowc.flow.graph import Reference
from flowc.flow.values import flow_of
from flowc.lint.context import LintContext
from flowc.lint.definitions import probably_meant
from flowc.lint.stage import Stage
from flowc.profiles.foreign import foreign_term

STAGE = Stage.PATHS

#: The most steps that the help lists if none has a similar name.
_MOST_NAMED = 6
#: The most unknown names for which similar ones are searched, which takes long in a large flow.
_HINTS = 100


def check(context: LintContext) -> Iterator[Finding]:
    """Report a destination that is not a step (FC301)."""
    missing = [reference for reference in context.graph.references if reference.to.step not in context.graph.steps]
    if not missing:
        return
    yield from _linked(context, missing)
    steps = {step.name: step for step in context.flow.steps}
    named = {reference.to.step for reference in context.graph.references}
    unused = {name: step.at for name, step in steps.items() if name not in named}
    for count, reference in enumerate(reference for reference in missing if not flow_of(reference.to.step)):
        name = reference.to.step
        prefix, _, own = name.rpartition("/")
        if own[:1].isdigit() or "." in own:  # written by flowc: an error elsewhere has left it out
            continue
        known = {step[len(prefix) :].lstrip("/"): at for step, at in steps.items() if _is_in(step, prefix)}
        known = known if count < _HINTS else {}
        help_ = suggestion(own, known) or _help(own, known, bool(reference.origin))
        related = probably_meant(own, known, {} if prefix else unused)
        yield Finding("FC301", reference.to.mentioned, f'there is no step "{own}"', help_, related)


def _linked(context: LintContext, missing: Iterable[Reference]) -> Iterator[Finding]:
    """Report a link to a step that another flow does not have."""
    for reference in missing:
        flow = flow_of(reference.to.step)
        if flow in context.linked:
            name = reference.to.step.partition("/")[2]
            known = [step for step in context.graph.steps if flow_of(step) == flow and "." not in step]
            help_ = suggestion(reference.to.step, known) or _listed(known) or f"Add a step {name}: to that flow."
            yield Finding("FC301", reference.to.mentioned, f'the flow {flow} has no step "{name}"', help_)


def _listed(steps: Sequence[str]) -> str:
    return f"Write {listing(steps)}." if len(steps) <= _MOST_NAMED else ""


def _is_in(step: str, prefix: str) -> bool:
    """Return whether a step belongs to a use of a part, or (without a prefix) to the flow itself."""
    return step.rpartition("/")[0] == prefix and ("." not in step or bool(prefix))


def _help(name: str, steps: Mapping[str, object], is_destination: bool) -> str:
    """What to do about a name that is not similar to that of a step."""
    if is_destination and (word := foreign_term("destination", name, ())):
        return word.advice
    few = f"Write {listing(steps)}, or add" if 0 < len(steps) <= _MOST_NAMED else "Add"
    return f"{few} a step {name}: under steps:."
