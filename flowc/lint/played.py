"""What scenarios say of callers is understood as the cases of a switch are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.scenario import Scenario
from flowc.flow.values import party_of
from flowc.lint.addresses import check_compared
from flowc.lint.subject import Subject


def check_played(subject: Subject, scenarios: Iterable[Scenario]) -> Iterator[Finding]:
    """FC302 an unknown name, FC310 no telephone number, FC312 a malformed address, in the facts of scenarios."""
    book = {entry.name: entry for entry in subject.flow.numbers}
    for scenario in scenarios:
        numbers = (fact for name, fact in scenario.facts.items() if name in subject.numeric)
        callees = (party_of(str(number.value), number.at, book) for number in numbers)
        yield from check_compared(subject.flow, map(subject.is_compared, callees))
