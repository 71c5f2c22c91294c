"""What those do who are dialled: who answers first, whether the call is confirmed, and how long is talked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flowc.flow.scenario import Behaviour
from flowc.simulate.call import Call
from flowc.simulate.decisions import Dialled, PendingInput, Pressed, Silent
from flowc.simulate.documents import Page
from flowc.simulate.elements import address
from flowc.simulate.entry_points import EntryPoint, Opening

#: Questions to one callee, after which the screening goes round and round.
_MOST = 20
#: How a screening ends after which the callee is connected; what the author's server answers is taken for a text.
_CONNECTS = ("ran-out", "server")
#: Nobody is worse than nobody at all: which outcome a dial has where nobody answers.
_WORST = ("busy", "failed", "timeout", "no-answer")


def ring(call: Call, asks: PendingInput, behave: Callable[[str], Behaviour]) -> Dialled:
    """How a dial ends when everybody behaves so, by the number or address that is dialled."""
    limit, longest = int(asks.words["timeout"]), int(asks.words["limit"])
    those = [(callee, behave(address(callee))) for callee in asks.callees]
    taken = sorted(
        ((one.after, callee, one) for callee, one in those if one.outcome == "answer" and one.after <= limit),
        key=lambda answered: answered[0],
    )
    for after, callee, one in taken:
        if not _confirmed(call, asks, callee, one):
            if call.rules.switches["declined"] == "ends-call":
                return Dialled("declined", after)
            continue
        return Dialled("completed", after, min(one.talk, longest), asks.callees.index(callee))
    if taken:
        return Dialled("declined", taken[-1][0])
    outcomes = {one.outcome for _, one in those}
    if outcomes & {"answer", "no-answer"}:
        return Dialled("no-answer", limit)
    return Dialled(next((word for word in _WORST if word in outcomes), "failed"), 2)


def _confirmed(call: Call, asks: PendingInput, callee: Mapping[str, str], one: Behaviour) -> bool:
    if asks.words.get("confirm"):
        sounds = call.asked("sound", "dial-confirm", call.rules.switches["sounds"], asks.words["confirm"], {})
        page = call.fetch(sounds)
        call.note_sound("the callee hears", sounds, page)
        key = asks.words.get("key", "")
        heard = isinstance(page, Page) or page.what == "server"
        return heard and (not key or key in one.keys)
    if callee.get("screen"):
        return _screened(call, callee, one)
    return True


def _screened(call: Call, callee: Mapping[str, str], one: Behaviour) -> bool:
    """Run the screening document on the callee's leg: who reaches a hangup there has declined."""
    leg = Call(call.rules, call.fetch, {**call.facts, "direction": "outbound-dial"})
    leg.begin(Opening(EntryPoint(callee["screen"], callee["screen_method"]), contract="dial-confirm"))
    keys = one.keys if call.rules.switches["screened_keys"] == "taken" else ""
    for _ in range(_MOST):
        if leg.asks is None:
            break
        count = int(leg.asks.words.get("digits", 1))
        choice = Pressed(keys[:count]) if keys and leg.asks.what == "gather" else Silent()
        keys = keys[count:]
        leg.take(choice)
    call.log += leg.log
    return leg.ended is not None and leg.ended.what in _CONNECTS
