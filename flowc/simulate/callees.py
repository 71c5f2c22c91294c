"""What callees do: which one answers first, whether the call is confirmed, and how long the talk is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from flowc.flow.scenario import ANSWERS, Behaviour
from flowc.simulate.call import Call
from flowc.simulate.call_log import AUDIBLE, EndReason, Event
from flowc.simulate.decisions import Dialled, PendingInput, Pressed, Silent
from flowc.simulate.documents import Page, Purpose
from flowc.simulate.entry_points import EntryPoint, Opening
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does

#: Inputs of one callee after which the screening counts as caught in a loop.
_MOST_INPUTS = 20
#: How a screening ends after which the callee is connected; the answer of the author's server is taken for a text.
_CONNECTS = (EndReason.RAN_OUT, EndReason.SERVER)
#: Which outcome a dial has where every callee is unavailable: the first of these that one callee has.
_UNAVAILABLE = ("busy", "failed", "timeout", "no-answer")
#: What only the callee hears.
_HEARD = dict.fromkeys(AUDIBLE, Event.CALLEE_HEARS)


class _Screened(NamedTuple):
    """Whether a callee is connected after a screening, and how many milliseconds it took."""

    connected: bool
    took: int


def ring(call: Call, pending: PendingInput, behave: Callable[[str], Behaviour]) -> Dialled:
    """Return how a dial ends if `behave` gives the behaviour of each number or address."""
    limit, longest = int(pending.settings["timeout"]), int(pending.settings["limit"])
    behaviours = list(zip(pending.callees, map(behave, pending.element.dialled), strict=True))
    answers = sorted(
        ((one.after, callee, one) for callee, one in behaviours if one.outcome == ANSWERS and one.after <= limit),
        key=lambda answered: answered[0],
    )
    for after, callee, one in answers:
        screened = _screened(call, pending, callee, one.keys)
        if not screened.connected:
            if call.rules.switches["declined"] == "ends-call":
                return Dialled("declined", after)
            continue
        number = pending.callees.index(callee)
        return Dialled("completed", after, min(one.talk, longest), number, screened.took)
    if answers:
        return Dialled("declined", answers[-1][0])
    outcomes = {one.outcome for _, one in behaviours}
    if outcomes & {ANSWERS, "no-answer"}:
        return Dialled("no-answer", limit)
    return Dialled(next((outcome for outcome in _UNAVAILABLE if outcome in outcomes), "failed"), 2)


def outcomes(call: Call, pending: PendingInput) -> Iterator[tuple[str, Dialled]]:
    """Yield how a dial can end, each outcome with the longest ringing, screening and talk that the document allows.

    A dial without callees always fails.
    """
    rings, talks = int(pending.settings["timeout"]), int(pending.settings["limit"])
    for outcome in call.rules.outcomes if pending.callees else ("failed",):
        if outcome == "completed":
            screenings = (_screened(call.copied(), pending, callee, None) for callee in pending.callees)
            yield outcome, Dialled(outcome, rings, talks, screened=max(one.took for one in screenings))
        elif outcome != "declined":
            yield outcome, Dialled(outcome, rings)


def _screened(call: Call, pending: PendingInput, callee: Mapping[str, str], keys: str | None) -> _Screened:
    """Return what happens after a callee has answered; `keys` are what it presses, if anything is known of it."""
    if pending.settings.get("confirm"):
        return _asked(call, pending.settings, keys)
    return _screened_by(call, callee, keys or "") if callee.get("screen") else _Screened(True, 0)


def _asked(call: Call, settings: Mapping[str, str], keys: str | None) -> _Screened:
    """Play the sound of a dial, after which the callee may have to press a key."""
    method, url = call.rules.switches["sounds"], settings["confirm"]
    request = call.carrier_request(Purpose.SOUND, "dial-confirm", method, url, {})
    page = call.fetch(request)
    call.note_sound(Event.CALLEE_HEARS, request, page)
    heard = _played_ms(call, page) if isinstance(page, Page) else 0
    key = settings.get("key", "")
    if keys is None and key:
        return _Screened(True, max(heard, int(settings["patience"]) * SECOND))
    reached = isinstance(page, Page) or page.what == "server"
    return _Screened(reached and (not key or key in (keys or "")), heard)


def _played_ms(call: Call, page: Page) -> int:
    leg = Call(call.rules, call.fetch, call.facts, page=page, words=call.words)
    leg.run()
    return leg.clock


def _screened_by(call: Call, callee: Mapping[str, str], pressed: str) -> _Screened:
    """Run the screening document on the callee's leg: a callee that reaches a hangup there has declined."""
    leg = Call(call.rules, call.fetch, {**call.facts, "direction": "outbound-dial"}, words=call.words)
    leg.begin(Opening(EntryPoint(callee["screen"], callee["screen_method"]), contract="dial-confirm"))
    keys = pressed if call.rules.switches["screened_keys"] == "taken" else ""
    for _ in range(_MOST_INPUTS):
        if leg.pending is None:
            break
        count = int(leg.pending.settings.get("digits", 1))
        choice = Pressed(keys[:count]) if keys and leg.pending.kind is Does.GATHER else Silent()
        keys = keys[count:]
        leg.take(choice)
    call.log += (entry._replace(what=_HEARD.get(entry.what, entry.what)) for entry in leg.log)
    return _Screened(leg.ended is not None and leg.ended.what in _CONNECTS, leg.clock)
