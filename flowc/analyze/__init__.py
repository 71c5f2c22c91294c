"""Rules that need two places, or more than a schema can say: one module a rule, listed here in the order they run."""

from __future__ import annotations

from flowc.analyze import (
    addresses,
    answered,
    comments,
    confirmations,
    consent,
    dead_ends,
    endings,
    haste,
    keys,
    markups,
    menus,
    outcomes,
    pauses,
    recordings,
    references,
    requests,
    turns,
    urls,
    values,
)
from flowc.analyze.subject import Subject
from flowc.diagnostics import Finding, crash

RULES = (
    references,
    outcomes,
    keys,
    values,
    turns,
    endings,
    addresses,
    urls,
    recordings,
    confirmations,
    pauses,
    answered,
    markups,
    comments,
    requests,
    menus,
    dead_ends,
    haste,
    consent,
)


def analyze(subject: Subject) -> list[Finding]:
    """What every rule finds in a flow. A rule that crashes becomes a finding that names it."""
    findings: list[Finding] = []
    for rule in RULES:
        try:
            findings += rule.check(subject)
        except Exception as error:
            findings.append(crash(f"the rule {rule.__name__}", subject.flow.at, error))
    return findings
