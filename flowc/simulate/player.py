"""Plays a scenario on one target, and judges what came of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from math import inf

from flowc.flow.model import Flow
from flowc.flow.scenario import Behaviour, Item, Scenario
from flowc.flow.values import Setting
from flowc.profiles.speech import spoken_ms
from flowc.simulate.call import Call
from flowc.simulate.callees import ring
from flowc.simulate.decisions import (
    Choice,
    Dialled,
    Ended,
    Entry,
    HungUp,
    PendingInput,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page
from flowc.simulate.elements import address
from flowc.simulate.entry_points import Opening
from flowc.simulate.expectations import AUDIBLE, Course, ExpectationFailure, failures
from flowc.simulate.key_input import SECOND
from flowc.simulate.rules import Rules

#: Questions after which a call is broken off that goes round and round.
_MOST = 200
#: What needs nobody to ask for it.
_PRELUDE = ("hear", "ring", "wait")
#: What a hangup follows at once, in the middle of whatever the call is doing.
_TIMED = ("hear", "wait")


@dataclass(frozen=True, eq=False)
class Played:
    """A scenario that was played: the call's log, how it ended, the first failure, and what was tried of the flow."""

    scenario: Scenario
    target: str
    log: tuple[Entry, ...]
    ended: Ended | None
    failure: ExpectationFailure | None
    steps: tuple[str, ...]
    outcomes: tuple[tuple[str, int, str], ...]


class _Stop(Exception):
    """The scenario cannot go on."""

    def __init__(self, failure: ExpectationFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class _Leaves(Exception):
    """The caller has hung up by now: at this time, in milliseconds since the call began."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(eq=False)
class Player:
    """Plays the scenarios of one flow on one target.

    `openings` says how its calls begin, by their names, and `switches` to which steps the URLs of its switches belong.
    """

    flow: Flow
    target: str
    rules: Rules
    fetch: Fetcher
    openings: Mapping[str, Opening]
    switches: Mapping[str, str]
    _steps: list[tuple[int, str]] = field(init=False)
    _names: dict[int, dict[str, str]] = field(init=False)
    _book: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Find where in the file each step begins, and how each action names whom it dials."""
        first = ((min(action.at.node for action in step.actions), step.name) for step in self.flow.steps)
        self._steps = sorted(first)
        self._names = {
            action.at.node: {_plain(callee.address): callee.name for callee in action.parties()}
            for step in self.flow.steps
            for action in step.actions
        }
        self._book = {_plain(callee.address): callee.name for callee in self.flow.numbers}

    def play(self, scenario: Scenario) -> Played:
        """Play a scenario, and judge it."""
        try:
            return self._play(scenario, None)
        except _Leaves as leaves:
            # The call is over in the middle of something: it is played again by who knows when.
            return self._play(scenario, leaves.at)

    def _play(self, scenario: Scenario, leaves: int | None) -> Played:
        facts = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound"}
        for made in self.flow.requests:
            if made.name == scenario.call and made.sender is not None:
                facts |= {"direction": "outbound", "from": made.sender.address, "to": made.to[0].address}
        fetch = _without_answer(self.fetch) if scenario.fallback else self.fetch
        given = {name: self._fact(setting) for name, setting in scenario.facts.items()}
        call = Call(self.rules, fetch, {**facts, "status": "in-progress", **given}, leaves=leaves)
        caller = _Caller(self, call, scenario)
        failure = None
        try:
            caller.run()
        except _Stop as stop:
            failure = stop.failure
        course = self._course(call)
        if failure is None:
            failure = next(failures(scenario, call, course), None)
        log, steps, outcomes = tuple(call.log), tuple(course.steps), tuple(caller.outcomes)
        return Played(
            scenario=scenario,
            target=self.target,
            log=log,
            ended=call.ended,
            failure=failure,
            steps=steps,
            outcomes=outcomes,
        )

    def _fact(self, setting: Setting) -> str:
        """A fact of the call, and of a name of the phone book its number."""
        value = str(setting.value)
        return next((entry.written for entry in self.flow.numbers if entry.name == value), value)

    def _course(self, call: Call) -> Course:
        steps: list[str] = []
        for entry in call.log:
            for step in self.steps_of(entry):
                if steps[-1:] != [step]:
                    steps.append(step)
        dials = [entry for entry in call.log if entry.what == "dialled"]
        return Course(
            steps,
            [name for entry in dials for name in self.named(entry)],
            ["no-answer" if entry.text == "declined" else entry.text for entry in dials],
        )

    def step_of(self, entry: Entry) -> str:
        """The step that an entry of a log belongs to."""
        return self.step_at(entry.page, entry.element) if entry.page is not None else ""

    def steps_of(self, entry: Entry) -> Iterator[str]:
        """That step, and the one whose switch is asked then: it may have no document that could be run."""
        yield from filter(None, (self.step_of(entry),))
        if entry.asked is not None and entry.asked.url in self.switches:
            yield self.switches[entry.asked.url]

    def step_at(self, page: Page, element: int) -> str:
        """The step that an element of a document belongs to."""
        if element < len(page.places):
            index = bisect_right(self._steps, (page.places[element].node, "\uffff")) - 1
            return self._steps[index][1] if index >= 0 else page.step
        return page.step

    def named(self, entry: Entry) -> list[str]:
        """Those who were dialled, as the action names them, or the phone book; who has no name goes by the number."""
        places = entry.page.places if entry.page is not None else ()
        action = places[entry.element].node if entry.element < len(places) else -1
        own = {**self._book, **self._names.get(action, {})}
        return [own.get(_plain(number)) or number for number in entry.who]

    def answered_by(self, entry: Entry) -> str:
        """Which of several who were dialled has answered, by name; empty if there is nothing to tell apart."""
        return self.named(entry)[entry.answered] if entry.answered is not None and len(entry.who) > 1 else ""


def _without_answer(fetch: Fetcher) -> Fetcher:
    """The same documents, but for the first: its host is down."""

    def fetched(asked: CarrierRequest) -> Page | Missing:
        if asked.what == "answer":
            return Missing("unreachable", f"{asked.method} {asked.url} is not answered")
        return fetch(asked)

    return fetched


def _plain(number: str) -> str:
    return number.removeprefix("+")


class _Caller:
    """The caller of one scenario, who does what it says as soon as the call asks for it.

    `then` is when the thing before happened (milliseconds since the call began), or until when the caller waits.
    """

    def __init__(self, player: Player, call: Call, scenario: Scenario) -> None:
        self._player = player
        self._call = call
        self._scenario = scenario
        self._items = list(scenario.play)
        self._rings: dict[str, Behaviour] = {}
        self._rung = scenario.at
        self._heard = 0
        self._then = 0
        self._before = ""
        self.outcomes: list[tuple[str, int, str]] = []

    def run(self) -> None:
        call = self._call
        opening = self._player.openings.get(self._scenario.call)
        if opening is None:
            message = f"nothing says how {self._player.target} makes calls"
            raise _Stop(ExpectationFailure(message, self._scenario.made))
        call.begin(opening)
        for _ in range(_MOST):
            self._lets_end()
            self._prelude()
            if call.ended is not None or call.asks is None:
                break
            self._answer(call.asks)
        if call.ended is None:
            raise _Stop(
                ExpectationFailure(f"the call goes round and round: {_MOST} questions and no end", self._scenario.at)
            )
        if call.ended.what == "caller" and self._does("hangup"):
            self._items.pop(0)
        if self._items:
            message = f"the call was over before this could happen: {call.ended.why}"
            raise _Stop(ExpectationFailure(message, self._items[0].at))

    def _does(self, verb: str) -> bool:
        """Whether this is what the caller does next."""
        return bool(self._items) and self._items[0].verb == verb

    def _lets_end(self) -> None:
        """Press nothing more where no key follows, so the carrier takes what was pressed; a wait may come first."""
        after = next((item.verb for item in self._items if item.verb != "wait"), "")
        leaves = self._does("wait") and after == "hangup"
        if self._call.asks is not None and self._call.is_typing and after != "press" and not leaves:
            self._take(self._call.asks, Silent())

    def _prelude(self) -> None:
        """Take what comes before the next choice: what must have been heard, what others will do, and waiting."""
        dials = self._call.asks is not None and self._call.asks.what == "dial"
        while self._items and self._items[0].verb in _PRELUDE:
            item = self._items[0]
            if item.verb == "ring":
                self._rings.update(item.ring)
                self._rung = item.at
            elif item.verb == "wait":
                self._then += item.seconds * SECOND
            elif not self._hears(item):
                # While a number is still to ring, what is heard may well come after it.
                if dials and not self._rings_later():
                    return
                said = " / ".join(self._since()) or "nothing"
                raise _Stop(ExpectationFailure(f'"{item.text}" is not heard here, but: {said}', item.at))
            self._did()
        timed = self._before in _TIMED and self._does("hangup") and self._call.leaves is None
        if timed and self._then <= self._call.clock:
            raise _Leaves(self._then)

    def _did(self) -> None:
        self._before = self._items.pop(0).verb

    def _rings_later(self) -> bool:
        """Whether a ring follows before anything else that happens."""
        return "ring" in takewhile(_PRELUDE.__contains__, (item.verb for item in self._items))

    def _since(self) -> list[str]:
        return [entry.text for entry in self._call.log[self._heard :] if entry.what in AUDIBLE]

    def _hears(self, item: Item) -> bool:
        log = self._call.log
        for index, entry in enumerate(log[self._heard :], self._heard):
            if entry.what in AUDIBLE and item.text.lower() in entry.text.lower():
                self._heard = index + 1
                # A text is over when the next thing begins.
                self._then = log[index + 1].at if index + 1 < len(log) else self._call.clock
                return True
        return False

    # What the caller does

    def _answer(self, asks: PendingInput) -> None:
        """Do what is next, or go on waiting for it."""
        call = self._call
        gap = self._then - call.clock
        if gap > 0 and self._does("hangup"):
            call.leaves = self._then
            choice = self._ring(asks) if asks.what == "dial" else _IDLE[asks.what]
        elif asks.what == "dial":
            choice = self._ring(asks)
        elif gap > 0 and gap >= _patience(asks, call.clock):
            choice = _IDLE[asks.what]
        elif self._does("silence") or call.passes(max(gap, 0)):
            choice = self._act(asks)
        else:
            return
        self._take(asks, choice)

    def _take(self, asks: PendingInput, choice: Choice) -> None:
        """Go on with a choice, and note what came of it, once the input is over or the carrier does not ask again."""
        call = self._call
        where = (call.page.name if call.page else "", call.index)
        call.take(choice)
        if call.asks_on:
            return
        left = call.ended is not None and call.ended.what == "caller"
        came = call.entered if asks.what == "gather" else _outcome(choice)
        self.outcomes.append((*where, "hangup" if left else came))

    def _act(self, asks: PendingInput) -> Choice:
        if not self._items:
            return HungUp()
        item = self._items[0]
        makes = _MAKES.get((asks.what, item.verb))
        if makes is None:
            raise _Stop(
                ExpectationFailure(f"the call waits for {_WANTED[asks.what]} here, not for {item.verb}", item.at)
            )
        self._did()
        if not self._rings:
            self._rung = item.at
        # What is heard from here on is the answer to this.
        self._heard = len(self._call.log)
        self._then = self._call.clock + _lasts(item, asks, self._call.clock)
        if item.verb in ("record", "stay") and self._does("hangup"):
            self._call.leaves = self._then
        return makes(item)

    def _ring(self, asks: PendingInput) -> Choice:
        if self._does("hangup") and self._call.leaves is None:
            self._did()
            return HungUp()
        numbers = tuple(address(callee) for callee in asks.callees)
        rung = Entry(
            at=self._call.clock,
            what="dialled",
            text="",
            page=self._call.page,
            element=self._call.index,
            asked=None,
            who=numbers,
        )
        names = dict(zip(numbers, self._player.named(rung), strict=True))
        for name in names.values():
            if name not in self._rings and "all" not in self._rings:
                raise _Stop(ExpectationFailure(f"nothing says what {name} does when it rings", self._rung))
        return ring(self._call, asks, lambda number: self._rings.get(names[number]) or self._rings["all"])


_WANTED = {"gather": "keys, speech or silence", "record": "a recording", "room": "a stay in the room"}
#: What a caller does who does nothing.
_IDLE: Mapping[str, Choice] = {"gather": Silent(), "record": Recorded(0), "room": Stayed(86_400)}

_MAKES: Mapping[tuple[str, str], Callable[[Item], Choice]] = {
    ("gather", "press"): lambda item: Pressed(item.text, item.every),
    ("gather", "speak"): lambda item: Spoke(item.text),
    ("gather", "silence"): lambda _: Silent(),
    ("record", "record"): lambda item: Recorded(item.seconds),
    ("record", "silence"): lambda _: Recorded(0),
    ("room", "stay"): lambda item: Stayed(item.seconds),
    ("room", "full"): lambda _: Stayed(0, full=True),
    **{(what, "hangup"): lambda _: HungUp() for what in _WANTED},
}


def _patience(asks: PendingInput, now: int) -> float:
    """For how many more milliseconds the carrier waits for the caller."""
    if asks.typed is not None:
        return asks.typed.deadline(asks.words) - now
    return int(asks.words["timeout"]) * SECOND if "timeout" in asks.words else inf


def _lasts(item: Item, asks: PendingInput, now: int) -> int:
    """How long something takes that the caller does, in milliseconds."""
    match item.verb:
        case "press":
            return len(item.text) * item.every
        case "speak":
            return spoken_ms(item.text)
        case "silence":
            return int(_patience(asks, now))
    return item.seconds * SECOND


def _outcome(choice: Choice) -> str:
    match choice:
        case Recorded(seconds):
            return "recorded" if seconds else "no-recording"
        case Stayed(_, full):
            return "full" if full else "ended"
        case HungUp():
            return "hangup"
        case Dialled(outcome):
            return outcome
    raise AssertionError(choice)
