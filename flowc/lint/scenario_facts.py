"""The facts of scenarios: they are understood as the cases of a switch are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.callees import party_of
from flowc.flow.scenario import Scenario
from flowc.lint.addresses import bad_compared_addresses, bad_compared_names, bad_compared_numbers
from flowc.lint.context import LintContext
from flowc.lint.written_numbers import compared_numbers


def check_scenario_facts(context: LintContext, scenarios: Iterable[Scenario]) -> Iterator[Finding]:
    """Report an unknown name (FC302), a bad number (FC310) and a bad address (FC312) in the facts of scenarios."""
    book = {entry.name: entry for entry in context.flow.numbers}
    for scenario in scenarios:
        numbers = (fact for name, fact in scenario.facts.items() if name in context.number_facts)
        callees = [context.compare(party_of(str(number.value), number.at, book)) for number in numbers]
        yield from bad_compared_names(context.flow, callees)
        yield from bad_compared_numbers(context.flow, compared_numbers(callees), prefixes=False)
        yield from bad_compared_addresses(callees)
