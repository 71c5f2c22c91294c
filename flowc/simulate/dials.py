"""A dial: the numbers or the room in it, how it ends, and what is reported of that."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.simulate.call_log import EndReason, Entry, Event
from flowc.simulate.call_state import CallState, Due
from flowc.simulate.decisions import Dialled, PendingInput
from flowc.simulate.elements import CarrierElement, address
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does


def ask(call: CallState, element: CarrierElement) -> None:
    """Dial, and wait for what the callees do; of a room or a queue in a dial, for how long the caller stays."""
    call.pending = PendingInput(Does.DIAL, element, element.settings, element.callees)
    for child in element.children:
        if child.rule is not None and child.rule.does in (Does.ROOM, Does.SERVE):
            call.pending = PendingInput(child.rule.does, element, {**element.settings, **child.settings})


def finish(call: CallState, pending: PendingInput, choice: Dialled) -> None:
    """End a dial: report it, and continue as the carrier does after this outcome."""
    rings, talks = choice.ring * SECOND + choice.screened, choice.talk * SECOND
    due = call.due(rings + talks)
    if due is not None and (not talks or due.after < rings):
        choice = Dialled("canceled", due.after // SECOND)
    elif due is not None:
        choice = choice._replace(talk=(due.after - rings) // SECOND)
    call.clock += rings + talks if due is None else due.after
    _note(call, pending, choice)
    if choice.outcome == "declined" and call.rules.switches["declined"] == "ends-call":
        call.end(EndReason.DECLINED)
        return
    facts = {
        "outcome": _outcome(call, pending, choice, due),
        "rang": str(bool(choice.ring)).lower(),
        "other": f"{call.facts['id']}-b" if choice.talk else "",
        "rings": str(choice.ring),
        "seconds": str(choice.talk),
        "dialled": "true",
    }
    call.last_dial = {name: facts[name] for name in ("outcome", "other", "seconds")}
    if due is not None:
        call.mark_completed()
    _notify(call, pending, choice, facts)
    talked = (
        choice.outcome == "completed"
        and bool(pending.settings.get("url"))
        and call.rules.switches["after_talk"] == "ignored"
    )
    call.request_action(pending.settings, facts, follow=due is None and not talked)
    if due is not None or talked:
        call.end(due.end if due is not None else EndReason.TALKED)


def _note(call: CallState, pending: PendingInput, choice: Dialled) -> None:
    call.log.append(
        Entry(
            at=call.clock,
            what=Event.DIALLED,
            text=choice.outcome,
            page=call.page,
            element=call.index,
            dialled=pending.element.dialled,
            answered=choice.callee if choice.talk else None,
        )
    )


def _outcome(call: CallState, pending: PendingInput, choice: Dialled, due: Due | None) -> str:
    """Return the carrier's value for the outcome; some have others for a caller who gave up, or a talk cut off."""
    value = call.rules.outcomes[choice.outcome]
    if due is not None and due.end is EndReason.CALLER and choice.outcome == "canceled":
        return call.rules.values.get("outcome", {}).get("gave-up", value)
    if due is None and choice.outcome == "completed" and choice.talk >= int(pending.settings["limit"]):
        return call.rules.values.get("outcome", {}).get("cut-off", value)
    return value


def _notify(call: CallState, pending: PendingInput, choice: Dialled, facts: Mapping[str, str]) -> None:
    """Report the dial as a whole, or each of its callees, as the document asks for it."""
    ended = "answered" if choice.outcome == "completed" else "unanswered"
    answers = address(pending.callees[choice.callee]) if pending.callees else ""
    call.notify_events(f"dial-{ended}", pending.settings, {**facts, "callee": answers})
    for number, callee in enumerate(pending.callees):
        if not callee.get("events"):
            continue
        one = ended if number == choice.callee else "unanswered"
        leg = {"other": f"{call.facts['id']}-{number}", "callee": address(callee), "side": "dialled"}
        call.notify_events(f"callee-{one}", callee, {**facts, **leg})
