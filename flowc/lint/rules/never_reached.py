"""Actions that the call can reach within their step."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Action
from flowc.flow.verbs import hangs_up
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.lint.step_ends import early_end

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report the first action after the end of a step (FC330)."""
    for step in context.flow.steps:
        end = early_end(step)
        if end is not None:
            yield _never_reached(*end, is_repetition=end[1].at.node < step.actions[0].at.node)


def _never_reached(end: Action, following: Action, is_repetition: bool) -> Finding:
    """Return the finding; the last action of a repetition is followed by the repetition, which contains it."""
    if end.endless:
        why = f"{end.verb} repeats until the call ends (loop: 0)"
        help_ = "Limit the repetitions, such as with loop: 3, or remove what follows."
    elif hangs_up(end):
        why, help_ = "the call has ended", f"Remove it, or move it before {end.verb}."
    else:
        # The use of a part and a repetition are read as a goto.
        verb = end.at.key if isinstance(end.at.key, str) else end.verb
        why = f"{verb} always continues elsewhere"
        help_ = f"Move it before {verb}, or into the step that {verb} leads to."
    if is_repetition:
        help_ = f"Remove the repetition, or write {end.verb} after it."
        return Finding("FC330", following.at, f"nothing is repeated: {why}", help_)
    return Finding("FC330", following.at, f"this is never reached: {why}", help_)
