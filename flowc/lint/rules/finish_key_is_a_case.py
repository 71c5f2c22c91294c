"""Choices without the key that ends an input."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.lint.context import LintContext
from flowc.lint.gathers import key_cases
from flowc.lint.stage import Stage

STAGE = Stage.PATHS


def check(context: LintContext) -> Iterator[Finding]:
    """Report a choice that contains the finish key (FC305); one that is too long is FC304 alone."""
    for gather, case in key_cases(context):
        finish = str(gather.finish_on.value)
        if finish != "none" and finish in case.outcome and len(case.outcome) <= gather.most:
            message = f'"{case.outcome}" can never be entered: the key {finish} ends the input'
            related = (Related(gather.finish_on.at, "the finish key"),) if gather.finish_on.at != gather.at else ()
            yield Finding("FC305", case.at, message, "Choose another finish_on:, or none.", related)
