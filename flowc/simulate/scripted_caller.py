"""The caller of a scenario, who does what its `play` lists as soon as the call waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import takewhile
from math import inf
from typing import NamedTuple

from flowc.flow.scenario import Behaviour, Item, Scenario
from flowc.profiles.speech import spoken_ms
from flowc.simulate.call import Call
from flowc.simulate.call_log import AUDIBLE, EndReason, Entry, Event, is_heard_in
from flowc.simulate.callees import ring
from flowc.simulate.decisions import (
    Choice,
    Dialled,
    HungUp,
    PendingInput,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.elements import address
from flowc.simulate.entry_points import Opening
from flowc.simulate.expectations import ExpectationFailure
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does
from flowc.simulate.source_map import SourceMap

#: Inputs after which a call counts as caught in a loop.
_MOST_INPUTS = 200


class Act(StrEnum):
    """The items of `play`, in a scenario."""

    HEAR = "hear"
    PRESS = "press"
    SPEAK = "speak"
    SILENCE = "silence"
    WAIT = "wait"
    RING = "ring"
    RECORD = "record"
    STAY = "stay"
    FULL = "full"
    HANGUP = "hangup"


#: Items that do not need the call to wait for an input.
_PRELUDE = (Act.HEAR, Act.RING, Act.WAIT)
#: Items after which a hangup takes effect immediately, whatever the call is doing.
_TIMED = (Act.HEAR, Act.WAIT)


class PlayedOutcome(NamedTuple):
    """The outcome that an element of a document had in a scenario."""

    page: str
    element: int
    outcome: str


class ScenarioStopped(Exception):
    """The scenario cannot continue."""

    def __init__(self, failure: ExpectationFailure) -> None:
        """`failure` is the reason."""
        super().__init__(failure.message)
        self.failure = failure


class CallerLeft(Exception):
    """The caller has hung up by now."""

    def __init__(self, at: int) -> None:
        """`at` is when the caller hung up, in milliseconds since the call began."""
        super().__init__(at)
        self.at = at


class ScriptedCaller:
    """The caller of one scenario.

    `_then` is when the last item happened (milliseconds since the call began), or until when the caller waits; `_heard`
    is how many entries of the log the caller has heard. `_ringing_at` is the place to report if a callee's behaviour is
    missing.
    """

    def __init__(self, call: Call, scenario: Scenario, source: SourceMap) -> None:
        """`source` gives the names of callees."""
        self._call = call
        self._scenario = scenario
        self._source = source
        self._items = list(scenario.play)
        self._rings: dict[str, Behaviour] = {}
        self._ringing_at = scenario.at
        self._heard = 0
        self._then = 0
        self._before = ""
        self.outcomes: list[PlayedOutcome] = []

    def run(self, opening: Opening) -> None:
        """Make the call. Raises ScenarioStopped if it does not go as `play` expects, CallerLeft to be run again."""
        call = self._call
        call.begin(opening)
        for _ in range(_MOST_INPUTS):
            self._let_input_end()
            self._do_prelude()
            if call.ended is not None or call.pending is None:
                break
            self._respond(call.pending)
        if call.ended is None:
            message = f"the call is caught in a loop: it does not end after {_MOST_INPUTS} inputs"
            raise ScenarioStopped(ExpectationFailure(message, self._scenario.at))
        if call.ended.what == EndReason.CALLER and self._is_next(Act.HANGUP):
            self._items.pop(0)
        if self._items:
            message = f"the call ended before this could happen: {call.ended.why}"
            raise ScenarioStopped(ExpectationFailure(message, self._items[0].at))

    def _is_next(self, act: Act) -> bool:
        """Whether this is the next item."""
        return bool(self._items) and self._items[0].verb == act

    def _let_input_end(self) -> None:
        """Press nothing more if no key follows, so the carrier takes what was pressed; a wait may come first."""
        after = next((item.verb for item in self._items if item.verb != Act.WAIT), "")
        leaves = self._is_next(Act.WAIT) and after == Act.HANGUP
        if self._call.pending is not None and self._call.is_typing and after != Act.PRESS and not leaves:
            self._take(self._call.pending, Silent())

    def _do_prelude(self) -> None:
        """Handle the items before the next input: what must be heard, what callees will do, and waiting."""
        dials = self._call.pending is not None and self._call.pending.kind is Does.DIAL
        while self._items and self._items[0].verb in _PRELUDE:
            item = self._items[0]
            if item.verb == Act.RING:
                self._rings.update(item.ring)
                self._ringing_at = item.at
            elif item.verb == Act.WAIT:
                self._then += item.seconds * SECOND
            elif not self._hears(item):
                # While a callee is still to ring, the text may be heard after the dial.
                if dials and not self._rings_later():
                    return
                heard = " / ".join(self._audible()) or "nothing"
                raise ScenarioStopped(ExpectationFailure(f'"{item.text}" is not heard here, but: {heard}', item.at))
            self._drop_item()
        timed = self._before in _TIMED and self._is_next(Act.HANGUP) and self._call.leaves is None
        if timed and self._then <= self._call.clock:
            raise CallerLeft(self._then)

    def _drop_item(self) -> None:
        self._before = self._items.pop(0).verb

    def _rings_later(self) -> bool:
        """Whether a ring follows before the next input."""
        return Act.RING in takewhile(_PRELUDE.__contains__, (item.verb for item in self._items))

    def _audible(self) -> list[str]:
        """Return what was played and is not yet matched by a hear."""
        return [entry.text for entry in self._call.log[self._heard :] if entry.what in AUDIBLE]

    def _hears(self, item: Item) -> bool:
        log = self._call.log
        for index, entry in enumerate(log[self._heard :], self._heard):
            if entry.what in AUDIBLE and is_heard_in(item.text, entry.text):
                self._heard = index + 1
                # A text is over when the next event begins.
                self._then = log[index + 1].at if index + 1 < len(log) else self._call.clock
                return True
        return False

    # Inputs

    def _respond(self, pending: PendingInput) -> None:
        """Do the next item, or continue waiting for its time."""
        call = self._call
        gap = self._then - call.clock
        if gap > 0 and self._is_next(Act.HANGUP):
            call.leaves = self._then
            choice = self._ring(pending) if pending.kind is Does.DIAL else _IDLE[pending.kind]
        elif pending.kind is Does.DIAL:
            choice = self._ring(pending)
        elif gap > 0 and gap >= _patience(pending, call.clock):
            choice = _IDLE[pending.kind]
        elif self._is_next(Act.SILENCE) or call.advance(max(gap, 0)):
            choice = self._act(pending)
        else:
            return
        self._take(pending, choice)

    def _take(self, pending: PendingInput, choice: Choice) -> None:
        """Continue with a decision, and note its outcome once the input is over and the carrier does not ask again."""
        call = self._call
        page, element = call.page.name if call.page else "", call.index
        fetches = call.fetches
        call.take(choice)
        if call.is_still_gathering:
            return
        outcome = call.entered if pending.kind is Does.GATHER else _outcome(choice)
        left = call.ended is not None and call.ended.what == EndReason.CALLER
        # The caller may also leave later, while the call continues with the outcome.
        if left and call.fetches == fetches and call.log[-1].element == element:
            outcome = Act.HANGUP
        self.outcomes.append(PlayedOutcome(page, element, outcome))

    def _act(self, pending: PendingInput) -> Choice:
        if not self._items:
            return HungUp()
        item = self._items[0]
        decision = _DECISIONS.get((pending.kind, item.verb))
        if decision is None:
            message = f"the call waits for {_WANTED[pending.kind]} here, not for {item.verb}"
            raise ScenarioStopped(ExpectationFailure(message, item.at))
        self._drop_item()
        if not self._rings:
            self._ringing_at = item.at
        # Whatever is heard from here on is the response to this.
        self._heard = len(self._call.log)
        self._then = self._call.clock + _lasts(item, pending, self._call.clock)
        if item.verb in (Act.RECORD, Act.STAY) and self._is_next(Act.HANGUP):
            self._call.leaves = self._then
        return decision(item)

    def _ring(self, pending: PendingInput) -> Choice:
        if self._is_next(Act.HANGUP) and self._call.leaves is None:
            self._drop_item()
            return HungUp()
        numbers = tuple(address(callee) for callee in pending.callees)
        dial = Entry(
            at=self._call.clock,
            what=Event.DIALLED,
            text="",
            page=self._call.page,
            element=self._call.index,
            dialled=numbers,
        )
        names = dict(zip(numbers, self._source.callees_of(dial), strict=True))
        for name in names.values():
            if name not in self._rings and "all" not in self._rings:
                message = f"no ring item says what {name} does when dialled"
                raise ScenarioStopped(ExpectationFailure(message, self._ringing_at))
        return ring(self._call, pending, lambda number: self._rings.get(names[number]) or self._rings["all"])


_WANTED = {Does.GATHER: "keys, speech or silence", Does.RECORD: "a recording", Does.ROOM: "a stay in the room"}
#: How an input ends if the caller does nothing.
_IDLE: Mapping[Does, Choice] = {Does.GATHER: Silent(), Does.RECORD: Recorded(0), Does.ROOM: Stayed(86_400)}

_DECISIONS: Mapping[tuple[str, str], Callable[[Item], Choice]] = {
    (Does.GATHER, Act.PRESS): lambda item: Pressed(item.text, item.every),
    (Does.GATHER, Act.SPEAK): lambda item: Spoke(item.text),
    (Does.GATHER, Act.SILENCE): lambda _: Silent(),
    (Does.RECORD, Act.RECORD): lambda item: Recorded(item.seconds),
    (Does.RECORD, Act.SILENCE): lambda _: Recorded(0),
    (Does.ROOM, Act.STAY): lambda item: Stayed(item.seconds),
    (Does.ROOM, Act.FULL): lambda _: Stayed(0, full=True),
    **{(kind, Act.HANGUP): lambda _: HungUp() for kind in _WANTED},
}


def _patience(pending: PendingInput, now: int) -> float:
    """Return for how many more milliseconds the carrier waits for the caller."""
    if pending.typed is not None:
        return pending.typed.deadline(pending.settings) - now
    return int(pending.settings["timeout"]) * SECOND if "timeout" in pending.settings else inf


def _lasts(item: Item, pending: PendingInput, now: int) -> int:
    """Return how long an item lasts, in milliseconds."""
    match item.verb:
        case Act.PRESS:
            return len(item.text) * item.every
        case Act.SPEAK:
            return spoken_ms(item.text)
        case Act.SILENCE:
            return int(_patience(pending, now))
    return item.seconds * SECOND


def _outcome(choice: Choice) -> str:
    match choice:
        case Recorded(seconds):
            return "recorded" if seconds else "no-recording"
        case Stayed(_, full):
            return "full" if full else "ended"
        case HungUp():
            return Act.HANGUP
        case Dialled(outcome):
            return outcome
    raise AssertionError(choice)
