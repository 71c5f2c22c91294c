"""Events: the author's server is told what happens to a dial; the flow never changes by it."""

from __future__ import annotations

from collections.abc import Callable

from flowc.ir import NextSetting
from flowc.lower.context import Lowering
from flowc.lower.extras import Extras
from flowc.model import Dial


def _field(context: Lowering, dial: Dial) -> tuple[NextSetting, ...]:
    if dial.events is None:
        return ()
    return (NextSetting("events", context.server("dial-events", dial.events, dial), dial.events.at),)


def _per_dial(context: Lowering, dial: Dial) -> Extras:
    """One address for the whole dial."""
    return Extras(dial=_field(context, dial))


def _per_number(context: Lowering, dial: Dial) -> Extras:
    """The address on everyone who is called."""
    return Extras(callee=_field(context, dial))


#: Axis `events` of a target's strategies.
EVENTS: dict[str, Callable[[Lowering, Dial], Extras]] = {"per-dial": _per_dial, "per-number": _per_number}
