"""Switch: a decision by a fact of the call that every request carries."""

from __future__ import annotations

from flowc.diagnostics import Finding
from flowc.ir import RouteCase
from flowc.lower.context import Lowering, Nodes, redirect
from flowc.model import Case, Switch, Then
from flowc.profile import Fact, Unsupported
from flowc.wording import listing, suggestion


def lower_switch(context: Lowering, switch: Switch) -> Nodes:
    """A redirect to a route by the fact's parameter."""
    context.take(switch, "fact", "then")
    name = str(switch.fact.value)
    fact = context.profile.facts[name]
    if isinstance(fact, Unsupported):
        message = f"{context.profile.name} cannot switch on {name}: {fact.why}"
        context.findings.append(Finding("FC401", switch.fact.at, message, fact.instead))
        return ()
    then = switch.then or Then((), None, switch.at)
    default = context.document(then.otherwise, switch)
    cases = [
        RouteCase(word, context.document(case.to, switch))
        for case in then.cases
        for word in _words(context, fact, case, switch)
    ]
    to = context.route("switch", switch, 1, fact.parameter, cases, default, default)
    return (redirect(to, switch.at),)


def _words(context: Lowering, fact: Fact, case: Case, switch: Switch) -> tuple[str, ...]:
    """The carrier's words for a value of the flow."""
    value = case.outcome
    if fact.values is not None and value not in fact.values:
        message = f'{context.profile.name} never reports "{value}" for {switch.fact.value}'
        help_ = suggestion(value, fact.values) or f"Write {listing(fact.values)}."
        context.findings.append(Finding("FC402", case.at, message, help_))
        return ()
    if fact.values is not None:
        return fact.values[value]
    if fact.plus and value.removeprefix("+").isdigit():
        # Carriers write the same number with and without its plus.
        digits = value.removeprefix("+")
        return (f"+{digits}", digits)
    return (value,)
