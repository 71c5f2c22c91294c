"""Rules that need two places, or more than a schema can say: one module a rule, listed here in the order they run."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from types import ModuleType

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Finding, crash
from flowc.lint import (
    addresses,
    answered,
    bundle_urls,
    choices,
    comments,
    confirmations,
    consent,
    dead_ends,
    early_keys,
    endings,
    endless_prompt,
    files,
    haste,
    itself,
    keys,
    kinds,
    loops,
    machines,
    markups,
    menus,
    names,
    outcomes,
    pauses,
    private,
    recordings,
    references,
    requests,
    schemes,
    secrets,
    turns,
    twice,
    unlikely_times,
    unreachable,
    unused,
    urls,
    values,
    voices,
    words,
)
from flowc.lint.subject import Subject

#: Rules about where single actions lead.
WAYS = (references, outcomes, keys, values, turns, endings, urls, recordings, answered, requests)

#: Rules about what is said, dialled and asked for on the way.
CONTENTS = (
    addresses,
    confirmations,
    pauses,
    endless_prompt,
    markups,
    comments,
    words,
    voices,
    files,
    menus,
    dead_ends,
    haste,
    unlikely_times,
    consent,
    unused,
    names,
    kinds,
    itself,
    twice,
    schemes,
    private,
    secrets,
    bundle_urls,
    early_keys,
)

#: Rules about where calls lead, all in all. A fault of a single way would mislead them about others.
WHOLE = (choices, unreachable, loops, machines)


def analyze(subject: Subject) -> list[Finding]:
    """What every rule finds in a flow. A rule that crashes becomes a finding that names it."""
    ways = _found(WAYS, subject)
    broken = any(CODES[finding.code].severity is Severity.ERROR for finding in ways)
    return ways + _found(CONTENTS, subject) + ([] if broken else _found(WHOLE, subject))


def _found(rules: Iterable[ModuleType], subject: Subject) -> list[Finding]:
    findings: list[Finding] = []
    for rule in rules:
        try:
            # One more shows that there are more; see `conclude`.
            findings += islice(rule.check(subject), MOST_FAULTS + 1)
        except Exception as error:
            findings.append(crash(f"the rule {rule.__name__}", subject.flow.at, error))
    return findings
