"""Rules: what needs two places of a flow, or more knowledge than a schema has.

In comes a `LintContext` (a flow, its graph, its targets), out go findings; the driver is the caller. A module of
`rules/` is a rule. It is named after the code that it reports, and the text that explains this code is next to it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from itertools import islice

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import MOST_FAULTS, Finding, crash
from flowc.diagnostics.records import NamedTuple
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage


class Rule(NamedTuple):
    """A module of `rules/`: its name, and what it defines as `STAGE` and `check`."""

    name: str
    stage: Stage
    check: Callable[[LintContext], Iterable[Finding]]


@cache
def find_rules() -> tuple[Rule, ...]:
    """Find all rules, in the order of their names."""
    package = import_module(f"{__name__}.rules")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = ((name, import_module(f"{package.__name__}.{name}")) for name in names)
    return tuple(Rule(name, module.STAGE, module.check) for name, module in modules)


def analyze(context: LintContext) -> list[Finding]:
    """Run all rules on a flow. A rule that crashes becomes a finding that names it."""
    paths, contents = _run(Stage.PATHS, context), _run(Stage.CONTENT, context)
    # A single wrong path would mislead rules that follow all paths.
    broken = context.incomplete or any(CODES[finding.code].severity is Severity.ERROR for finding in paths)
    return paths + contents + ([] if broken else _run(Stage.GRAPH, context))


def _run(stage: Stage, context: LintContext) -> list[Finding]:
    findings: list[Finding] = []
    for rule in _rules_of(stage):
        try:
            # One more than is reported shows that there are more; see `conclude`.
            findings += islice(rule.check(context), MOST_FAULTS + 1)
        except Exception as error:
            findings.append(crash(f"the rule {rule.name}", context.flow.at, error))
    return findings


@cache
def _rules_of(stage: Stage) -> tuple[Rule, ...]:
    return tuple(rule for rule in find_rules() if rule.stage is stage)
