"""A stay in a queue: what the caller hears again and again, and how it ends; and the agents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.wording import lasting
from flowc.simulate.call_log import Event
from flowc.simulate.call_state import CallState, Waiting
from flowc.simulate.decisions import ANSWERED, WAITING, Choice, Met, PendingInput
from flowc.simulate.documents import Missing, Page, Purpose
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does

#: Further outcomes of a caller in a queue; abandoned: the caller hung up.
LEFT, FULL, FAILED, ABANDONED = "left", "full", "failed", "abandoned"
#: The outcomes of an agent, and the same of a dial.
COMPLETED, EMPTY = "completed", "empty"
#: How callers and agents meet, by what the call waits for.
MEETINGS: Mapping[Does, tuple[str, ...]] = {
    Does.QUEUE: (ANSWERED, WAITING, FULL, FAILED),
    Does.SERVE: (COMPLETED, EMPTY, FAILED),
}
_AS_DIAL = {COMPLETED: "completed", EMPTY: "no-answer", FAILED: "failed"}
#: How long the carrier's own music plays until the call can be looked at again, in milliseconds.
_MUSIC = 60 * SECOND
#: A day in seconds.
DAY = 86_400


def enter(call: CallState, pending: PendingInput, choice: Met) -> None:
    """Enter a queue, unless it is full or fails."""
    if choice.outcome in (FULL, FAILED):
        call.note(Event.QUEUE, f"{pending.settings['name']} {choice.outcome}")
        call.request_action(pending.settings, {"result": choice.outcome})
        return
    assert call.page is not None
    taken = call.clock + choice.after * SECOND if choice.outcome == ANSWERED else None
    call.note(Event.QUEUE, f"entered {pending.settings['name']} at position {choice.position}")
    call.waiting = Waiting(
        page=call.page,
        element=call.index,
        pending=pending,
        since=call.clock,
        position=choice.position,
        answered=taken,
        talk=choice.talk,
    )
    if choice.heard or call.advance(choice.after * SECOND):
        play(call)


def play(call: CallState) -> None:
    """Play what a waiting caller hears, once."""
    waiting = call.waiting
    assert waiting is not None
    settings = waiting.pending.settings
    call.jumps += 1
    call.page, call.index, call.after = Page("music", waiting.page.step, ()), 0, ""
    if not settings.get("wait"):
        call.note(Event.PLAYED, "the carrier's own music")
        call.advance(_MUSIC)
        return
    facts = {"position": str(waiting.position), "waited": _waited(call, waiting)}
    request = call.carrier_request(Purpose.SOUND, "queue-wait", settings["wait_method"], settings["wait"], facts)
    page = call.fetch(request)
    if isinstance(page, Page):
        call.note(Event.FETCHED, f"{request.method} {request.url}", request)
        call.page = page
        return
    call.note_sound(Event.PLAYED, request, page)
    if page.what == "server":
        call.advance(_MUSIC)
    else:
        leave(call, FAILED)


def rest(call: CallState) -> None:
    """Let the call wait for a decision when what is heard is over: the carrier plays it again."""
    assert call.waiting is not None and call.page is not None
    call.page, call.index = Page("music", call.page.step, ()), 0
    call.pending = call.waiting.pending._replace(kind=Does.PAUSE)


def leave(call: CallState, outcome: str) -> None:
    """Leave the queue, and continue the call."""
    waiting = _end(call, outcome)
    facts = {"result": outcome, "waited": _waited(call, waiting), "entered": "true"}
    call.note(Event.QUEUE, f"{outcome} after {lasting(call.clock - waiting.since)}")
    _continue(call, waiting, facts)


def connect(call: CallState) -> None:
    """Connect the caller with an agent; the call continues after the talk."""
    waiting = _end(call, ANSWERED)
    facts = {"result": ANSWERED, "waited": _waited(call, waiting), "entered": "true"}
    call.note(Event.QUEUE, f"{ANSWERED} after {lasting(call.clock - waiting.since)}")
    due = call.due(waiting.talk * SECOND)
    call.clock += waiting.talk * SECOND if due is None else due.after
    call.note(Event.QUEUE, "the talk is over")
    if due is None:
        _continue(call, waiting, facts)
        return
    call.mark_completed()
    call.request_action(waiting.pending.settings, facts, follow=False)
    call.end(due.end)


def abandon(call: CallState) -> None:
    """Report that the call ends while the caller waits."""
    waiting = _end(call, ABANDONED)
    call.mark_completed()
    facts = {"result": ABANDONED, "waited": _waited(call, waiting), "entered": "true"}
    call.request_action(waiting.pending.settings, facts, follow=False)


def serve(call: CallState, pending: PendingInput, choice: Met) -> None:
    """Wait for a caller of a queue, talk, and continue."""
    settings = pending.settings
    talk = choice.talk if choice.outcome == COMPLETED else 0
    due = call.due((choice.after + talk) * SECOND)
    lasts = (choice.after + talk) * SECOND if due is None else due.after
    talked = max(lasts - choice.after * SECOND, 0) // SECOND if choice.outcome == COMPLETED else 0
    if talked and settings.get("announce"):
        method, url = settings["announce_method"], settings["announce"]
        request = call.carrier_request(Purpose.SOUND, "answer-announce", method, url, {"waited": str(choice.after)})
        call.note_sound(Event.OTHER_HEARS, request, call.fetch(request))
    call.clock += lasts
    met = f"talk of {lasting(talked * SECOND)} with a caller of" if talked else "no talk with a caller of"
    call.note(Event.QUEUE, f"{met} {settings['name']}")
    facts = {"outcome": call.rules.outcomes[_AS_DIAL[choice.outcome]], "seconds": str(talked), "dialled": "true"}
    if due is not None:
        call.mark_completed()
    call.request_action(settings, facts, follow=due is None)
    if due is not None:
        call.end(due.end)


def choices(call: CallState, pending: PendingInput) -> Iterator[tuple[str, Choice]]:
    """Yield what can happen, as the longest that the documents allow: to a caller in a queue, or to an agent."""
    if pending.kind is Does.QUEUE:
        longest = _longest_wait(call, pending.settings)
        yield ANSWERED, Met(ANSWERED, longest, DAY, heard=False)
        yield FULL, Met(FULL)
        yield FAILED, Met(FAILED)
        yield WAITING, Met(WAITING)
        if longest < DAY:
            yield LEFT, Met(WAITING, longest, heard=False)
    elif pending.kind is Does.SERVE:
        waits, talks = int(pending.settings["timeout"]), int(pending.settings["limit"])
        yield COMPLETED, Met(COMPLETED, waits, talks)
        yield EMPTY, Met(EMPTY, waits)
        yield FAILED, Met(FAILED, waits)


def _longest_wait(call: CallState, settings: Mapping[str, str]) -> int:
    """Return after how many seconds what the caller hears begins with the end of the stay; a day if it never does."""
    stays, leaves = 0, DAY
    while stays < leaves:
        middle = (stays + leaves) // 2
        if _is_over(call, settings, middle):
            leaves = middle
        else:
            stays = middle + 1
    return leaves


def _is_over(call: CallState, settings: Mapping[str, str], seconds: int) -> bool:
    facts = {"position": "1", "waited": str(seconds)}
    method, url = settings["wait_method"], settings.get("wait", "")
    page = call.fetch(call.carrier_request(Purpose.SOUND, "queue-wait", method, url, facts)) if url else None
    first = page.elements[:1] if page is not None and not isinstance(page, Missing) else ()
    return any(element.rule is not None and element.rule.does is Does.LEAVE for element in first)


def _waited(call: CallState, waiting: Waiting) -> str:
    return str((call.clock - waiting.since) // SECOND)


def _end(call: CallState, outcome: str) -> Waiting:
    """End the stay: the call is at the element again that began it."""
    waiting, call.waiting = call.waiting, None
    assert waiting is not None
    call.page, call.index, call.after = waiting.page, waiting.element, ""
    call.met = (*call.met, (waiting.page.name, waiting.element, outcome))
    call.jumps += 1
    return waiting


def _continue(call: CallState, waiting: Waiting, facts: Mapping[str, str]) -> None:
    jumps = call.jumps
    call.request_action(waiting.pending.settings, facts)
    if call.jumps == jumps:
        call.index += 1
