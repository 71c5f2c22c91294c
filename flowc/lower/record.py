"""Lowers a record: the recording, and where the call continues with it and without it."""

from __future__ import annotations

from flowc.flow.actions import Record
from flowc.flow.values import Duration, Following, Setting, Then
from flowc.flow.verbs import VERBS, in_background
from flowc.lower.action import carried, node
from flowc.lower.context import Lowering, Nodes
from flowc.lower.ir import Next

#: The length of a recording in the background: that of the longest dial.
_WHOLE_CALL = Duration(4 * 3_600_000)
#: The fields for a recording of the caller alone.
_ALONE = ("timeout", "finish_on", "beep")


def lower_record(context: Lowering, record: Record) -> Nodes:
    """Return the record node, and nodes that continue the call if the carrier does not report an empty recording."""
    to: Next | None = None
    fields = carried(context, record)
    after: Nodes = ()
    if in_background(record):
        # It has no outcome (a rule reports then:). The language's defaults are for a recording of the caller alone, and
        # so are some of the flow's (only fields next to session: or on_answer: are for this recording); the carriers'
        # default length is a minute.
        context.take(record, "then")
        owner = next(field.at for field in fields if field.name in VERBS[record.verb].background)
        fields = tuple(
            field
            for field in fields
            if field.at != record.at and (field.name not in _ALONE or field.at == owner.of(field.name))
        )
        if all(field.name != "max_length" for field in fields):
            fields = (*fields, Setting("max_length", _WHOLE_CALL, record.at))
    elif record.action is None:
        result = context.profile.result(record.verb)
        # Always written: without it, one carrier runs the next element and another requests this document again.
        then = record.then or Then((), Following(record.at), record.at)
        silent, heard = then.of(result.empty), then.of(result.otherwise)
        to = context.route(
            record.verb,
            record,
            1,
            result.parameter,
            (),
            context.document(silent, record),
            context.document(heard, record),
        )
        after = context.go(silent, record)
    return (node(context, record, to=to, fields=fields), *after)
