"""Cases of `then:` that can happen."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Gather, Switch
from flowc.flow.values import is_keys
from flowc.lint.context import LintContext
from flowc.lint.gathers import digits_related, gathers, key_cases, taken_keys
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a case that never happens: it has an empty value, or the gather takes no such input (FC304)."""
    for action in context.actions:
        if isinstance(action, Switch) and action.then is not None:
            for case in action.then.cases:
                if not case.outcome:
                    message = "an empty value never matches: it counts as a missing value"
                    yield Finding("FC304", case.at, message, "Remove it: a missing value takes else:.")
    for gather in context.cached(gathers):
        yield from _not_taken(gather)
    for gather, case in key_cases(context):
        if len(case.outcome) > gather.most:
            message = f'"{case.outcome}" can never be entered: the gather takes {taken_keys(gather)}'
            related = (digits_related(gather),) if gather.digits_at != gather.at else ()
            yield Finding("FC304", case.at, message, "Give it as many keys, or change digits:.", related)


def _not_taken(gather: Gather) -> Iterator[Finding]:
    for case in gather.then.cases if gather.then else ():
        keys = case.outcome in ("digits", "no-match") or is_keys(case.outcome)
        if (case.outcome == "speech" and not gather.takes_speech) or (keys and not gather.takes_keys):
            kind = "speech" if gather.takes_keys else "keys"
            message = f'"{case.outcome}" can never happen: the gather takes no {kind}'
            yield Finding("FC304", case.at, message, "Write input: dtmf-speech, or remove it.")
