"""The caller of a scenario, who does what its `play` lists as soon as the call waits for it."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

from flowc.diagnostics.wording import listing
from flowc.flow.scenario import Behaviour, Item, Scenario
from flowc.simulate.acts import DECISIONS, IDLE, PRELUDE, TIMED, WANTED, Act, lasts, met
from flowc.simulate.call import Call
from flowc.simulate.call_log import AUDIBLE, EndReason, Entry, Event, is_heard_in
from flowc.simulate.callees import ring
from flowc.simulate.decisions import Answered, Choice, HungUp, PendingInput, Silent, outcome_of
from flowc.simulate.entry_points import Opening
from flowc.simulate.expectations import ExpectationFailure
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Does
from flowc.simulate.source_map import SourceMap

#: Inputs after which a call counts as caught in a loop.
_MOST_INPUTS = 200
#: What a call waits for that other people decide.
_MEETINGS = (Does.DIAL, Does.QUEUE, Does.SERVE)


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
        self._queue: Behaviour | None = None
        self._heard = 0
        self._then = 0
        self._before = ""
        self._outcomes: list[PlayedOutcome] = []

    @property
    def outcomes(self) -> tuple[PlayedOutcome, ...]:
        """The outcomes that the elements of the documents had."""
        return (*self._outcomes, *(PlayedOutcome(*stay) for stay in self._call.met))

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
            help_ = "Write returns: at the URL of the server, with the steps to which it may return the call."
            untold = self._is_next(Act.SERVER) and call.ended.what == EndReason.SERVER
            raise ScenarioStopped(ExpectationFailure(message, self._items[0].at, help_ if untold else ""))

    def _is_next(self, act: Act) -> bool:
        """Whether this is the next item."""
        return bool(self._items) and self._items[0].verb == act

    def _let_input_end(self) -> None:
        """Press nothing more if no key follows, so the carrier takes what was pressed; a wait may come first."""
        if self._call.pending is None or not self._call.is_typing:
            return
        after = next((item.verb for item in self._items if item.verb != Act.WAIT), "")
        leaves = self._is_next(Act.WAIT) and after == Act.HANGUP
        if after != Act.PRESS and not leaves:
            self._take(self._call.pending, Silent())

    def _do_prelude(self) -> None:
        """Handle the items before the next input: what must be heard, what callees will do, and waiting."""
        pending = self._call.pending
        later = self._call.waiting is not None or (pending is not None and pending.kind in _MEETINGS)
        while self._items and self._items[0].verb in PRELUDE:
            item = self._items[0]
            match item.verb:
                case Act.HEAR if not self._hears(item):
                    # While a callee is still to ring, or the caller is in a queue, the text may be heard later.
                    if later and not self._rings_later():
                        return
                    heard = " / ".join(self._audible()) or "nothing"
                    raise ScenarioStopped(ExpectationFailure(f'"{item.text}" is not heard here, but: {heard}', item.at))
                case Act.RING:
                    self._rings.update(item.ring)
                    self._ringing_at = item.at
                case Act.QUEUE:
                    self._queue = item.queue
                case Act.WAIT:
                    self._then += item.seconds * SECOND
            self._drop_item()
        timed = self._before in TIMED and self._is_next(Act.HANGUP) and self._call.leaves is None
        if timed and self._then <= self._call.clock:
            raise CallerLeft(self._then)

    def _drop_item(self) -> None:
        self._before = self._items.pop(0).verb

    def _rings_later(self) -> bool:
        """Whether a ring follows before the next input."""
        return Act.RING in takewhile(PRELUDE.__contains__, (item.verb for item in self._items))

    def _audible(self) -> list[str]:
        """Return what was played and is not yet matched by a hear."""
        return [entry.text for entry in self._call.log[self._heard :] if entry.what in AUDIBLE]

    def _hears(self, item: Item) -> bool:
        log = self._call.log
        for index in range(self._heard, len(log)):
            entry = log[index]
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
        leaves = gap > 0 and self._is_next(Act.HANGUP) and pending.kind is not Does.SERVER
        if leaves:
            call.leaves = self._then
        if pending.kind is Does.SERVER:
            if not self._is_next(Act.SERVER):
                call.pending = None
                call.leave_to(call.page.server if call.page else "")
                return
            choice: Choice = self._answer(pending, self._items[0])
        elif pending.kind is Does.DIAL:
            choice = self._ring(pending)
        elif pending.kind in _MEETINGS:
            choice = self._meet(pending)
        elif leaves or self._stays(pending, gap):
            choice = IDLE[pending.kind]
        elif gap > 0 and gap >= pending.patience(call.clock):
            choice = IDLE[pending.kind]
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
        if call.is_still_gathering or pending.kind is Does.PAUSE:
            return
        outcome = call.entered if pending.kind is Does.GATHER else outcome_of(choice)
        left = call.ended is not None and call.ended.what == EndReason.CALLER
        # The caller may also leave later, while the call continues with the outcome.
        if left and call.fetches == fetches and call.log[-1].element == element:
            outcome = Act.HANGUP
        self._outcomes.append(PlayedOutcome(page, element, outcome))

    def _stays(self, pending: PendingInput, gap: int) -> bool:
        """Whether the caller does nothing but wait in a queue: for an agent, or for a text."""
        if self._call.waiting is None or self._is_next(Act.HANGUP):
            return False
        if not self._items:
            return gap > 0 or self._call.waiting.answered is not None
        return pending.kind is Does.PAUSE or self._items[0].verb in PRELUDE

    def _meet(self, pending: PendingInput) -> Choice:
        if self._is_next(Act.HANGUP) and self._call.leaves is None:
            self._drop_item()
            return HungUp()
        if self._queue is None:
            message = f"no queue item says what happens in the queue {pending.settings['name']}"
            raise ScenarioStopped(ExpectationFailure(message, self._ringing_at))
        return met(pending, self._queue)

    def _act(self, pending: PendingInput) -> Choice:
        if not self._items:
            return HungUp()
        item = self._items[0]
        decision = DECISIONS.get((pending.kind, item.verb))
        if decision is None:
            message = f"the call waits for {WANTED[pending.kind]} here, not for {item.verb}"
            raise ScenarioStopped(ExpectationFailure(message, item.at))
        self._drop_item()
        if not self._rings:
            self._ringing_at = item.at
        # Whatever is heard from here on is the response to this.
        self._heard = len(self._call.log)
        self._then = self._call.clock + lasts(item, pending, self._call.clock)
        if item.verb in (Act.RECORD, Act.STAY) and self._is_next(Act.HANGUP):
            self._call.leaves = self._then
        return decision(item)

    def _answer(self, pending: PendingInput, item: Item) -> Choice:
        """Return what the author's server does by an item."""
        named = {self._source.named(one.flow, one.step): name for name, one in pending.returns.items()}
        if item.text != Act.HANGUP and item.text not in named:
            message = f"the server cannot return the call to {item.text} here"
            help_ = f"Write server: with {listing([*named, Act.HANGUP])}, or add the step to returns: of its URL."
            raise ScenarioStopped(ExpectationFailure(message, item.at, help_))
        self._drop_item()
        self._heard = len(self._call.log)
        outcome = named.get(item.text, item.text)
        return Answered(outcome, pending.returns.get(outcome))

    def _ring(self, pending: PendingInput) -> Choice:
        if self._is_next(Act.HANGUP) and self._call.leaves is None:
            self._drop_item()
            return HungUp()
        numbers = pending.element.dialled
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
