"""Choices with as many keys as the gather takes."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.lint.context import LintContext
from flowc.lint.gathers import digits_related, key_cases, taken_keys
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a choice with fewer keys than the gather takes (FC367); a range of numbers is for FC306."""
    for gather, case in key_cases(context):
        finish = str(gather.finish_on.value)
        ended = finish != "none" and finish in case.outcome
        if len(case.outcome) < gather.least == gather.most and not ended:
            taken = taken_keys(gather)
            enters = "wait" if finish == "none" else f"press {finish} or wait"
            message = f'"{case.outcome}" is not complete: the gather takes {taken}, so the caller must {enters}'
            help_ = f"If that is intended, write digits: {{max: {gather.most}}}; otherwise give it {taken}."
            yield Finding("FC367", case.at, message, help_, (digits_related(gather),))
