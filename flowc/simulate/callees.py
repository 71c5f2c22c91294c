"""What callees do: which one answers first, whether the call is confirmed, and how long the talk is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flowc.flow.scenario import ANSWERS, Behaviour
from flowc.simulate.call import Call
from flowc.simulate.call_log import EndReason, Event
from flowc.simulate.decisions import Dialled, PendingInput, Pressed, Silent
from flowc.simulate.documents import Page, Purpose
from flowc.simulate.elements import address
from flowc.simulate.entry_points import EntryPoint, Opening
from flowc.simulate.rules import Does

#: Inputs of one callee after which the screening counts as caught in a loop.
_MOST_INPUTS = 20
#: How a screening ends after which the callee is connected; the answer of the author's server is taken for a text.
_CONNECTS = (EndReason.RAN_OUT, EndReason.SERVER)
#: Which outcome a dial has where every callee is unavailable: the first of these that one callee has.
_UNAVAILABLE = ("busy", "failed", "timeout", "no-answer")


def ring(call: Call, pending: PendingInput, behave: Callable[[str], Behaviour]) -> Dialled:
    """Return how a dial ends if `behave` gives the behaviour of each number or address."""
    limit, longest = int(pending.settings["timeout"]), int(pending.settings["limit"])
    behaviours = [(callee, behave(address(callee))) for callee in pending.callees]
    answers = sorted(
        ((one.after, callee, one) for callee, one in behaviours if one.outcome == ANSWERS and one.after <= limit),
        key=lambda answered: answered[0],
    )
    for after, callee, one in answers:
        if not _confirmed(call, pending, callee, one):
            if call.rules.switches["declined"] == "ends-call":
                return Dialled("declined", after)
            continue
        return Dialled("completed", after, min(one.talk, longest), pending.callees.index(callee))
    if answers:
        return Dialled("declined", answers[-1][0])
    outcomes = {one.outcome for _, one in behaviours}
    if outcomes & {ANSWERS, "no-answer"}:
        return Dialled("no-answer", limit)
    return Dialled(next((outcome for outcome in _UNAVAILABLE if outcome in outcomes), "failed"), 2)


def _confirmed(call: Call, pending: PendingInput, callee: Mapping[str, str], one: Behaviour) -> bool:
    if pending.settings.get("confirm"):
        method, url = call.rules.switches["sounds"], pending.settings["confirm"]
        request = call.carrier_request(Purpose.SOUND, "dial-confirm", method, url, {})
        page = call.fetch(request)
        call.note_sound(Event.CALLEE_HEARS, request, page)
        key = pending.settings.get("key", "")
        heard = isinstance(page, Page) or page.what == "server"
        return heard and (not key or key in one.keys)
    if callee.get("screen"):
        return _screened(call, callee, one)
    return True


def _screened(call: Call, callee: Mapping[str, str], one: Behaviour) -> bool:
    """Run the screening document on the callee's leg: a callee that reaches a hangup there has declined."""
    leg = Call(call.rules, call.fetch, {**call.facts, "direction": "outbound-dial"})
    leg.begin(Opening(EntryPoint(callee["screen"], callee["screen_method"]), contract="dial-confirm"))
    keys = one.keys if call.rules.switches["screened_keys"] == "taken" else ""
    for _ in range(_MOST_INPUTS):
        if leg.pending is None:
            break
        count = int(leg.pending.settings.get("digits", 1))
        choice = Pressed(keys[:count]) if keys and leg.pending.kind is Does.GATHER else Silent()
        keys = keys[count:]
        leg.take(choice)
    call.log += leg.log
    return leg.ended is not None and leg.ended.what in _CONNECTS
