"""Dial: everybody at once, or one after the other, each turn a document of its own."""

from __future__ import annotations

from functools import partial

from flowc.diagnostics import Finding
from flowc.ir import DocId, Next, NextSetting, Node, RouteCase
from flowc.lower.confirm import confirmation
from flowc.lower.context import Lowering, Nodes
from flowc.lower.events import EVENTS
from flowc.lower.extras import Extras
from flowc.model import Callee, Dial, End, Setting, Then

_TALKED = "completed"


def lower_dial(context: Lowering, dial: Dial) -> Nodes:
    """The dial's node; in turn, that of the first number, with a document for each further one."""
    if dial.then is not None and context.profile.strategies.after_talk == "ignored":
        _warn_after_talk(context, dial, dial.then)
    extras = confirmation(context, dial).plus(EVENTS[context.profile.strategies.events](context, dial))
    return _turn(context, dial, extras, 0)


def _warn_after_talk(context: Lowering, dial: Dial, then: Then) -> None:
    to = then.of(_TALKED)
    if to is None or isinstance(to, End):
        return
    name = context.profile.name
    at = next((case.at for case in then.cases if case.outcome == _TALKED), to.at)
    message = f"{name} hangs up after a finished talk and does not go on with this destination"
    help_ = f"Write completed: end if the call may end there; other targets than {name} do go on."
    context.findings.append(Finding("FC405", at, message, help_))


def _turn(context: Lowering, dial: Dial, extras: Extras, number: int) -> Nodes:
    callees = dial.to[number : number + 1] if dial.in_turn else dial.to
    last = not dial.in_turn or number == len(dial.to) - 1
    if dial.action is not None and last:
        to: Next = context.server("dial-action", dial.action, dial)
    elif dial.in_turn and not last:
        to = _unless_talked(context, dial, extras, number)
    else:
        to = _outcomes(context, dial, number, dial.then or Then((), None, dial.at))
    children = tuple(_callee(context, callee, extras) for callee in callees if callee.kind)
    fields = (NextSetting("next", to, dial.at), *dial.settings, *extras.dial)
    return (Node("dial", dial.at, fields, children, dial.block(context.profile.name)),)


def _callee(context: Lowering, callee: Callee, extras: Extras) -> Node:
    address = Setting("address", callee.address, callee.at)
    fields = (*callee.settings, *extras.callee, address)
    return Node(callee.kind, callee.address_at, fields, (), callee.block(context.profile.name))


def _unless_talked(context: Lowering, dial: Dial, extras: Extras, number: int) -> Next:
    """After a turn: a finished talk ends the turns, everything else calls the next number."""
    result = context.profile.results["dial"]
    name = DocId(dial.id.step, "turn", dial.id.ordinal, number + 2)
    following = context.hoist(name, partial(_turn, context, dial, extras, number + 1), dial.at, dial.line)
    talked = context.document(dial.then.of(_TALKED) if dial.then else None, dial)
    cases = (RouteCase(word, talked) for word in result.values[_TALKED])
    return context.route("dial", dial, number + 1, result.parameter, cases, following, following)


def _outcomes(context: Lowering, dial: Dial, number: int, then: Then) -> Next:
    """After the last turn: every outcome the target reports has its own way."""
    result = context.profile.results["dial"]
    cases = [
        RouteCase(word, context.document(then.of(outcome), dial))
        for outcome, words in result.values.items()
        for word in words
    ]
    rest = context.document(then.otherwise or then.of(result.otherwise), dial)
    return context.route("dial", dial, number + 1, result.parameter, cases, rest, rest)
