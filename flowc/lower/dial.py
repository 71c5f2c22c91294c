"""Lowers a dial: to all callees together, or to one after the other, with a document for each turn."""

from __future__ import annotations

from functools import partial

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import Dial
from flowc.flow.values import Callback, Callee, End, Following, Setting, Then, destination_key
from flowc.lower.action import carried, node, outcome_route
from flowc.lower.callees import check_number, check_short_codes, shown
from flowc.lower.confirm import confirmation
from flowc.lower.context import Field, Lowering, Nodes, hangup
from flowc.lower.ir import DocId, Next, NextSetting, Node, RouteCase
from flowc.lower.whisper import whispered
from flowc.profiles.rows import NodeRow, Spelling

_TALKED = "completed"


class _Extras(NamedTuple):
    """The fields of a dial: those for its own node, and those for each callee."""

    dial: tuple[Field, ...]
    callee: tuple[Field, ...]


def lower_dial(context: Lowering, dial: Dial, inline: bool) -> tuple[Nodes, bool]:
    """Return the dial's nodes, and whether nothing after them can be reached.

    In turn, the nodes are those of the first number, and each further number has a document. With `inline`, the rest of
    the step may be in the same document, if the target needs no action for that.
    """
    if dial.then is not None and context.profile.strategies.after_talk == "ignored":
        _warn_after_talk(context, dial, dial.then)
    # In turn, only the last number has the action URL.
    context.take(dial, "to", "in_turn", "confirm", "whisper", "action", "then")
    extras = _fields(context, dial)
    if dial.action is not None:
        return _turn(context, dial, extras, 0), dial.action.follow
    if inline and not dial.in_turn and _only(context, dial) is Following and context.rest(dial):
        return (_dial(context, dial, extras, dial.to, None),), False
    return _turn(context, dial, extras, 0), True


def _only(context: Lowering, dial: Dial) -> object:
    """Return End or Following, if all outcomes lead there and the target runs the next element after a dial."""
    if context.profile.strategies.after_dial != "next-element" or dial.then is None:
        return None
    result = context.profile.result(dial.verb)
    rest = dial.then.otherwise or dial.then.of(result.otherwise)
    only = destination_key(rest)
    if only not in (End, Following) or any(destination_key(dial.then.of(one)) != only for one in result.values):
        return None
    return only


def _fields(context: Lowering, dial: Dial) -> _Extras:
    """Divide the fields of a dial into its own and those that each callee has instead, by the target's strategy."""
    per_callee = context.profile.strategies.per_callee
    fields = [shown(context, dial, field) for field in carried(context, dial)]
    return _Extras(
        dial=tuple([field for field in fields if field.name not in per_callee]),
        callee=tuple([field._replace(name=per_callee[field.name]) for field in fields if field.name in per_callee]),
    )


def _warn_after_talk(context: Lowering, dial: Dial, then: Then) -> None:
    to = then.of(_TALKED)
    if to is None or isinstance(to, End):
        return
    name = context.profile.name
    at = next((case.at for case in then.cases if case.outcome == _TALKED), to.at)
    message = f"{name} hangs up after a finished talk and ignores this destination"
    help_ = f"Write completed: end if the call may end there; targets other than {name} continue the call."
    context.findings.append(Finding("FC405", at, message, help_))


def _turn(context: Lowering, dial: Dial, extras: _Extras, number: int) -> Nodes:
    callees = dial.to[number : number + 1] if dial.in_turn else dial.to
    last = not dial.in_turn or number == len(dial.to) - 1
    if last and dial.action is None and _only(context, dial) is End:
        return (_dial(context, dial, extras, callees, None), hangup(dial.at))
    to: Next | None = None
    if not last:
        to = _unless_talked(context, dial, extras, number)
    elif dial.action is None:
        to = outcome_route(context, dial, number + 1, dial.then or Then((), None, dial.at))
    return (_dial(context, dial, extras, callees, to),)


def _dial(context: Lowering, dial: Dial, extras: _Extras, callees: tuple[Callee, ...], to: Next | None) -> Node:
    """Return the node for these callees; `to` is where outcomes lead (None: to `action:`, or to the next element)."""
    check_number(context, dial, len(callees))
    check_short_codes(context, callees)
    confirmed, heard = confirmation(context, dial, callees), whispered(context, dial, callees)
    children = tuple(
        _callee(context, dial, callee, (*extras.callee, *confirms, *hears))
        for callee, confirms, hears in zip(callees, confirmed.callees, heard.callees, strict=True)
        if callee.kind
    )
    return node(context, dial, *confirmed.dial, *heard.dial, to=to, children=children, fields=extras.dial)


def _callee(context: Lowering, dial: Dial, callee: Callee, fields: tuple[Field, ...]) -> Node:
    """Return the node of a callee; its fields in the phone book override those of the dial."""
    own: tuple[Field, ...] = (*callee.settings, *[_callback(context, dial, callback) for callback in callee.callbacks])
    address = Setting("address", callee.address, callee.address_at)
    if own and fields:
        of_all = {field.name: field for field in fields}
        own = tuple([_together(context, callee, of_all.pop(field.name, None), field) for field in own])
        fields = tuple(of_all.values())
    given = (*own, *fields, address)
    return Node(callee.kind, callee.address_at, given, (), context.block(callee.kind, callee, dial))


def _together(context: Lowering, callee: Callee, of_all: Field | None, own: Field) -> Field:
    """Return a field of one callee; headers are merged with those that the dial sends to all."""
    row = context.profile.row(callee.kind)
    spelling = row.fields.get(own.name) if isinstance(row, NodeRow) else None
    items = spelling.items if isinstance(spelling, Spelling) else None
    header = items.header if items else None
    if header is None or not isinstance(own, Setting) or of_all is None:
        return own
    assert isinstance(own.value, tuple) and isinstance(of_all.value, tuple), "headers are lists of settings"
    known = {header.key(item.name) for item in own.value}
    return own._replace(value=(*(item for item in of_all.value if header.key(item.name) not in known), *own.value))


def _callback(context: Lowering, dial: Dial, callback: Callback) -> NextSetting:
    endpoint = callback.endpoint
    return NextSetting(callback.name, context.server(f"number-{callback.name}", endpoint, dial), endpoint.at)


def _unless_talked(context: Lowering, dial: Dial, extras: _Extras, number: int) -> Next:
    """Return the decision after a turn: a finished talk ends the turns, everything else calls the next number."""
    result = context.profile.result(dial.verb)
    name = DocId(dial.id.step, "turn", dial.id.ordinal, number + 2)
    following = context.hoist(name, partial(_turn, context, dial, extras, number + 1), dial.at, dial.line)
    talked = context.document(dial.then.of(_TALKED) if dial.then else None, dial)
    cases = (RouteCase(word, talked) for word in result.values.get(_TALKED, ()))
    return context.route(dial.verb, dial, number + 1, result.parameter, cases, following, following)
