"""A recording of the caller, and a stay in a room: both last until the caller or the carrier ends them."""

from __future__ import annotations

from flowc.diagnostics.wording import lasting
from flowc.simulate.call_log import EndReason, Event
from flowc.simulate.call_state import CallState
from flowc.simulate.decisions import PendingInput, Stayed
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does


def finish_recording(call: CallState, pending: PendingInput, seconds: int) -> None:
    """End a recording of so many seconds: report it, and continue."""
    lasts = (seconds or int(pending.settings["timeout"])) * SECOND
    due = call.due(lasts)
    if due is not None:
        lasts, seconds = due.after, min(seconds, due.after // SECOND)
    call.clock += lasts
    call.note(Event.RECORDED, lasting(seconds * SECOND) if seconds else "nothing")
    hung_up = due is not None and due.end is EndReason.CALLER and call.rules.switches["left_recording"] != "none"
    facts = {
        "recording": call.recording_url() if seconds else "",
        "seconds": str(seconds),
        "keys": call.rules.switches["left_recording"] if hung_up else "",
    }
    if due is not None:
        call.mark_completed()
    if seconds:
        call.notify_events(Does.RECORD, pending.settings, facts)
        call.notify_further("transcribe", pending.settings, facts)
    if seconds or call.rules.switches["empty_recording"] == "requested":
        call.request_action(pending.settings, facts, follow=due is None)
    if due is not None:
        call.end(due.end)


def finish_stay(call: CallState, pending: PendingInput, choice: Stayed) -> None:
    """End a stay in a room: report it, and continue."""
    if choice.full:
        call.note(Event.ROOM, "full")
        return
    due = call.due(choice.seconds * SECOND)
    stays = choice.seconds * SECOND if due is None else due.after
    call.note(Event.ROOM, f"{lasting(stays)} in {pending.settings.get('name')}")
    call.clock += stays
    facts = {**call.last_dial, "name": pending.settings.get("name", "")}
    if due is not None:
        call.mark_completed()
    call.notify_events(pending.settings["called"], pending.settings, facts)
    call.request_action(pending.settings, facts, follow=due is None)
    if due is not None:
        call.end(due.end)
