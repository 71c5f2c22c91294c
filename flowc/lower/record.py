"""Record: what the caller says, and where the call goes on with it or without it."""

from __future__ import annotations

from flowc.ir import Next, NextSetting, Node
from flowc.lower.context import Lowering, Nodes
from flowc.model import Following, Record, Then


def lower_record(context: Lowering, record: Record) -> Nodes:
    """The record node, and behind it where the call goes on if the carrier says nothing of an empty recording."""
    result = context.profile.results["record"]
    if record.action is not None:
        to: Next = context.server("record-action", record.action, record)
        after: Nodes = ()
    else:
        # Always written: left out, one carrier runs the next element and another asks for this document again.
        then = record.then or Then((), Following(record.at), record.at)
        silent, heard = then.of(result.empty), then.of(result.otherwise)
        to = context.route(
            "record", record, 1, result.parameter, (), context.document(silent, record), context.document(heard, record)
        )
        after = context.go(silent, record)
    fields: list[NextSetting] = [NextSetting("next", to, record.at)]
    if record.events is not None:
        fields.append(NextSetting("events", context.server("record-events", record.events, record), record.events.at))
    node = Node("record", record.at, (*fields, *record.settings), (), record.block(context.profile.name))
    return (node, *after)
