"""Lowers a switch: a decision by a fact of the call, which every request contains, or by the time of the request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import folded, listing, shown, suggestion
from flowc.flow.actions import HOURS, Switch
from flowc.flow.values import Case, Then
from flowc.lower.context import Lowering, Nodes, redirect
from flowc.lower.ir import DocId, RouteCase
from flowc.profiles.profile import Fact
from flowc.profiles.rows import Unsupported


def lower_switch(context: Lowering, switch: Switch) -> Nodes:
    """Return a redirect to a route by the fact's parameter, or by the calendar."""
    context.take(switch, "fact", "then", "calendar")
    if switch.by_hours:
        return _by_hours(context, switch)
    name = str(switch.fact.value)
    fact = context.profile.facts[name]
    if isinstance(fact, Unsupported):
        message = f"{context.profile.name} cannot switch on {name}: {fact.reason}"
        context.findings.append(Finding("FC401", switch.fact.at, message, fact.help))
        return ()
    then = switch.then or Then((), None, switch.at)
    empty = default = context.document(then.otherwise, switch)
    number = fact.values is None
    cases: list[RouteCase] = []
    for case in then.cases:
        to = context.document(case.to, switch)
        prefix = number and case.party is not None and case.party.kind == "prefix"
        if fact.values is not None:
            words = _words(context, fact.values, case, switch)
        elif case.party and fact.hides(case.party.written):
            words, empty = fact.hidden, to if fact.empty_is_hidden else empty
        else:
            words = _address(context, case, switch)
        cases += [RouteCase(word.removesuffix("*") if prefix else word, to, prefix) for word in words]
    cases += _hidden(fact, cases, default)
    rows = _distinct(cases) if number else cases
    to_route = context.route(switch.verb, switch, 1, fact.parameter, rows, empty, default, ignore_case=number)
    return (redirect(to_route, switch.at),)


def _by_hours(context: Lowering, switch: Switch) -> Nodes:
    """Return a redirect to a route by the word of a calendar; to the end if a rule has refused the calendar."""
    hours, then = switch.calendar, switch.then or Then((), None, switch.at)
    words = hours.table.words if hours is not None else ()
    cases = [RouteCase(word, context.document(then.of(word), switch)) for word in words]
    first = cases[0].to if cases else context.end()
    return (redirect(context.route(HOURS, switch, 1, "", cases, first, first, hours=hours), switch.at),)


def _words(context: Lowering, values: Mapping[str, tuple[str, ...]], case: Case, switch: Switch) -> tuple[str, ...]:
    """Return the carrier's terms for a value of the flow."""
    if case.outcome not in values:
        _never(context, case, switch, suggestion(case.outcome, values) or f"Write {listing(values)}.")
    return values.get(case.outcome, ())


def _address(context: Lowering, case: Case, switch: Switch) -> tuple[str, ...]:
    """Return the texts by which the carrier reports a number or an address; none if a rule has refused it."""
    assert case.party is not None, "the reader sets it for every case of a switch"
    callee = case.party
    row = context.profile.nodes.get(callee.kind)
    if context.profile.hides(callee.written):
        _never(context, case, switch, "Remove it: only the number of a caller can be hidden.")
    elif isinstance(row, Unsupported):
        _never(context, case, switch, "Remove it, or write the address that the carrier reports.", row.reason)
    elif callee.kind:
        return (callee.written,)
    return ()


def _never(context: Lowering, case: Case, switch: Switch, help_: str, why: str = "") -> None:
    reason = f": {why}" if why else ""
    # Rows of one table have a finding in common, unless only some addresses are wrong.
    at, value = (case.at, shown(case.outcome)) if case.row is None or why else (case.row, "such values")
    message = f"{context.profile.name} never reports {value} for {switch.fact.value}{reason}"
    context.findings.append(Finding("FC402", at, message, help_))


def _hidden(fact: Fact, cases: Iterable[RouteCase], default: DocId) -> list[RouteCase]:
    """Return cases for the values of a hidden caller that look like numbers and begin with a prefix."""
    prefixes = tuple(case.value for case in cases if case.prefix)
    return [RouteCase(word, default) for word in fact.hidden if word.startswith(prefixes)]


def _distinct(cases: Iterable[RouteCase]) -> Iterator[RouteCase]:
    """Yield cases of numbers and addresses, each once; carriers send the same number with and without a plus."""
    seen: set[tuple[str, bool]] = set()
    for case in cases:
        digits = case.value.removeprefix("+")
        for value in (f"+{digits}", digits) if digits.isdigit() else (case.value,):
            if (key := (folded(value), case.prefix)) not in seen:
                seen.add(key)
                yield case._replace(value=value)
