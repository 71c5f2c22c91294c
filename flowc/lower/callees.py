"""Checks who is called, and what is shown to them."""

from __future__ import annotations

from collections.abc import Iterable

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Dial
from flowc.flow.callees import CALLER_NAME, is_caller_name
from flowc.flow.values import Callee, Setting
from flowc.lower.context import Field, Lowering
from flowc.profiles.rows import NodeRow, Unsupported

#: Kinds of callees, in messages.
_KINDS = {"client": "clients", "number": "telephone numbers", "sip": "SIP addresses"}
#: The row of a kind of callees about short codes.
_SHORT = "short"


def check_short_codes(context: Lowering, callees: Iterable[Callee]) -> None:
    """FC401 a short code, if the target does not call them."""
    for callee in [one for one in callees if one.short]:
        row = context.profile.row(callee.kind)
        refused = row.fields.get(_SHORT) if isinstance(row, NodeRow) else None
        if isinstance(refused, Unsupported):
            message = f"{context.profile.name} does not call the short code {callee.address}: {refused.reason}"
            context.findings.append(Finding("FC401", callee.row or callee.address_at, message, refused.help))


def check_number(context: Lowering, dial: Dial, number: int) -> None:
    """FC402 more callees than the target calls together."""
    most = context.profile.limits.callees
    if most is not None and number > most:
        message = f"{context.profile.name} takes at most {most} callees in a dial; these are {number}"
        help_ = "Leave some out, or call the others with a second dial."
        context.findings.append(Finding("FC402", dial.to[most].at, message, help_))


def shown(context: Lowering, dial: Dial, field: Field) -> Field:
    """Return a field of a dial as it is written: of a name that is shown as caller ID, the name alone."""
    if field.name != "caller_id" or not isinstance(field, Setting) or not is_caller_name(str(field.value)):
        return field
    name, kinds = context.profile.name, context.profile.strategies.caller_names
    if any(callee.kind and callee.kind not in kinds for callee in dial.to):
        message = f"{name} shows only a number as caller ID"
        if kinds:
            message = f"{name} shows a name as caller ID only to {listing([_KINDS[kind] for kind in sorted(kinds)])}"
        context.findings.append(Finding("FC402", field.at, message, "Write a number that you rent, or leave it out."))
    return field._replace(value=str(field.value).removeprefix(CALLER_NAME))
