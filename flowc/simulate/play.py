"""Plays a scenario on one target, and judges what came of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from flowc.model import Flow, Setting
from flowc.scenario import Behaviour, Item, Scenario
from flowc.simulate.call import (
    Asks,
    Call,
    Choice,
    Entry,
    HungUp,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.page import Fetcher
from flowc.simulate.rules import Rules
from flowc.simulate.world import address, ring
from flowc.source import Place
from flowc.wording import listing

#: What the caller hears of a log.
_AUDIBLE = ("heard", "played")
#: Questions after which a call is broken off that goes round and round.
_MOST = 200


class Failure(NamedTuple):
    """An expectation that did not hold: what was found instead, and where it is written."""

    message: str
    at: Place


@dataclass(frozen=True, eq=False)
class Played:
    """A scenario that was played: the call's log, the first failure, and what was tried of the flow."""

    scenario: Scenario
    target: str
    log: tuple[Entry, ...]
    failure: Failure | None
    steps: tuple[str, ...]
    outcomes: tuple[tuple[str, int, str], ...]


class _Stop(Exception):
    """The scenario cannot go on."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(eq=False)
class Player:
    """Plays the scenarios of one flow on one target."""

    flow: Flow
    target: str
    rules: Rules
    fetch: Fetcher
    answer_url: str
    answer_method: str
    _steps: list[tuple[int, str]] = field(init=False)

    def __post_init__(self) -> None:
        """Find where in the file each step begins."""
        first = ((min(action.at.node for action in step.actions), step.name) for step in self.flow.steps)
        self._steps = sorted(first)

    def play(self, scenario: Scenario) -> Played:
        """Play a scenario, and judge it."""
        facts = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound"}
        call = Call(self.rules, self.fetch, {**facts, "status": "in-progress", **scenario.facts})
        course = _Course(self, call, scenario)
        failure = None
        try:
            course.run()
            failure = next(course.failures(), None)
        except _Stop as stop:
            failure = stop.failure
        return Played(scenario, self.target, tuple(call.log), failure, tuple(course.steps()), tuple(course.outcomes))

    def step_of(self, entry: Entry) -> str:
        """The step that an entry of a log belongs to."""
        if entry.page is None:
            return ""
        if entry.element < len(entry.page.places):
            node = entry.page.places[entry.element].node
            index = bisect_right(self._steps, (node, "\uffff")) - 1
            return self._steps[index][1] if index >= 0 else entry.page.step
        return entry.page.step

    def named(self, number: str) -> str:
        """A number as the phone book names it."""
        book = {callee.address.removeprefix("+"): callee.name for callee in self.flow.numbers}
        return book.get(number.removeprefix("+"), number)


class _Course:
    """One scenario being played."""

    def __init__(self, player: Player, call: Call, scenario: Scenario) -> None:
        self._player = player
        self._call = call
        self._scenario = scenario
        self._items = list(scenario.play)
        self._rings: dict[str, Behaviour] = {}
        self._heard = 0
        self._waited = 0
        self.dialled: list[str] = []
        self.ended_as: list[str] = []
        self.outcomes: list[tuple[str, int, str]] = []

    def run(self) -> None:
        call = self._call
        call.begin(self._player.answer_url, self._player.answer_method)
        for _ in range(_MOST):
            self._prelude()
            if call.ended is not None or call.asks is None:
                break
            choice = self._choose(call.asks)
            self._count(call.asks, choice)
            call.take(choice)
        self._prelude()
        if self._items and call.ended is not None:
            message = f"the call was over before this could happen: {call.ended.why}"
            raise _Stop(Failure(message, self._items[0].at))
        if call.ended is None:
            raise _Stop(Failure(f"the call goes round and round: {_MOST} questions and no end", self._scenario.at))

    def _prelude(self) -> None:
        """Take what comes before the next choice: what must have been heard, and what others will do."""
        dials = self._call.asks is not None and self._call.asks.what == "dial"
        while self._items and self._items[0].verb in ("hear", "ring"):
            item = self._items[0]
            if item.verb == "ring":
                self._rings.update(item.ring)
            elif not self._hears(item):
                # While a number is still to ring, what is heard may well come after it.
                if dials and not self._rings_later():
                    return
                said = " / ".join(self._since()) or "nothing"
                raise _Stop(Failure(f'"{item.text}" is not heard here, but: {said}', item.at))
            self._items.pop(0)

    def _rings_later(self) -> bool:
        """Whether a ring follows before anything else that happens."""
        verbs = (item.verb for item in self._items)
        return "ring" in takewhile(lambda verb: verb in ("hear", "ring"), verbs)

    def _since(self) -> list[str]:
        return [entry.text for entry in self._call.log[self._heard :] if entry.what in _AUDIBLE]

    def _hears(self, item: Item) -> bool:
        for index, entry in enumerate(self._call.log[self._heard :], self._heard):
            if entry.what in _AUDIBLE and item.text.lower() in entry.text.lower():
                self._heard = index + 1
                return True
        return False

    def _choose(self, asks: Asks) -> Choice:
        if asks.what == "dial":
            return self._ring(asks)
        if not self._items:
            return HungUp()
        item = self._items[0]
        if item.verb == "wait" and asks.what == "gather":
            return self._wait(asks, item)
        makes = _MAKES.get((asks.what, item.verb))
        if makes is None:
            raise _Stop(Failure(f"the call waits for {_WANTED[asks.what]} here, not for {item.verb}", item.at))
        self._items.pop(0)
        return makes(item)

    def _wait(self, asks: Asks, item: Item) -> Choice:
        """A caller who waits as long as the carrier listens has said nothing; then the rest of the wait counts."""
        limit = int(asks.words["timeout"])
        if item.seconds - self._waited >= limit:
            self._waited += limit
            return Silent()
        self._items.pop(0)
        self._waited = 0
        return self._choose(asks)

    def _ring(self, asks: Asks) -> Choice:
        if self._items and self._items[0].verb == "hangup":
            self._items.pop(0)
            return HungUp()
        names = {address(callee): self._player.named(address(callee)) for callee in asks.callees}
        for name in names.values():
            if name not in self._rings and "all" not in self._rings:
                message = f"nothing says what {name} does when it rings"
                raise _Stop(Failure(message, self._items[0].at if self._items else self._scenario.at))
        self.dialled += names.values()
        result = ring(self._call, asks, lambda number: self._rings.get(names[number]) or self._rings["all"])
        self.ended_as.append("no-answer" if result.outcome == "declined" else result.outcome)
        return result

    def _count(self, asks: Asks, choice: Choice) -> None:
        page = self._call.page
        self.outcomes.append((page.name if page else "", self._call.index, _outcome(asks, choice)))

    def steps(self) -> Iterator[str]:
        """The steps that were reached, in order."""
        last = ""
        for entry in self._call.log:
            step = self._player.step_of(entry)
            if step and step != last:
                yield step
                last = step

    def failures(self) -> Iterator[Failure]:
        """What was expected and did not come."""
        call, expect = self._call, self._scenario.expect
        steps = list(self.steps())
        yield from _in_order("reach", expect, steps, "the call reached {found}, not {wanted}")
        yield from _in_order("dialled", expect, self.dialled, "{found} was dialled, not {wanted}")
        yield from _none_of("not_reach", expect, steps, "the call reached {wanted}")
        yield from _none_of("not_dialled", expect, self.dialled, "{wanted} was dialled")
        yield from _in_order("outcome", expect, self.ended_as, "the dials ended as {found}, not {wanted}")
        heard = [entry.text for entry in call.log if entry.what in _AUDIBLE]
        for wanted in expect.get("hear", ()):
            if not any(str(wanted.value).lower() in text.lower() for text in heard):
                yield Failure(f'"{wanted.value}" was not heard', wanted.at)
        ended = call.ended.what if call.ended else "nothing"
        for wanted in expect.get("ends", ()):
            if wanted.value not in (ended, *_ALSO.get(ended, ())):
                yield Failure(f"the call ended by {ended}, not by {wanted.value}", wanted.at)
        yield from self._untold()
        yield from self._beyond(expect.get("at_most", ()))

    def _untold(self) -> Iterator[Failure]:
        asked = [entry.asked for entry in self._call.log if entry.asked is not None]
        for told in self._scenario.told:
            same = [one for one in asked if one.url.partition("#")[0] == told.url]
            if not same:
                yield Failure(f"{told.url} was not asked", told.at)
            for name, value in told.parameters.items():
                found = [one.parameters.get(name, "") for one in same]
                if same and value not in found:
                    shown = listing(one or "nothing" for one in found)
                    yield Failure(f"{told.url} was asked with {name} {shown}, not {value or 'nothing'}", told.at)

    def _beyond(self, bounds: tuple[Setting, ...]) -> Iterator[Failure]:
        found = {"seconds": self._call.clock // 1000, "dials": len(self.dialled), "fetches": self._call.fetches}
        for bound in bounds:
            if found[bound.name] > int(str(bound.value)):
                yield Failure(f"the call took {found[bound.name]} {bound.name}, more than {bound.value}", bound.at)


_WANTED = {"gather": "keys, speech or silence", "record": "a recording", "room": "a stay in the room"}
#: Other words for an end: whoever is hung up on after a talk, or at the end of a document, is hung up on.
_ALSO = {"ran-out": ("hangup",), "talked": ("hangup",), "scheduled": ("hangup",)}

_MAKES: Mapping[tuple[str, str], Callable[[Item], Choice]] = {
    ("gather", "press"): lambda item: Pressed(item.text),
    ("gather", "speak"): lambda item: Spoke(item.text),
    ("gather", "silence"): lambda _: Silent(),
    ("record", "record"): lambda item: Recorded(item.seconds),
    ("record", "silence"): lambda _: Recorded(0),
    ("room", "stay"): lambda item: Stayed(item.seconds),
    ("room", "full"): lambda _: Stayed(0, full=True),
    **{(what, "hangup"): lambda _: HungUp() for what in _WANTED},
}


def _outcome(asks: Asks, choice: Choice) -> str:
    match choice:
        case Pressed(keys):
            return keys
        case Spoke():
            return "speech"
        case Silent():
            return "no-input"
        case Recorded(seconds):
            return "recorded" if seconds else "no-recording"
        case Stayed(_, full):
            return "full" if full else "ended"
        case HungUp():
            return "hangup"
    return choice.outcome


def _in_order(
    name: str, expect: Mapping[str, tuple[Setting, ...]], found: list[str], message: str
) -> Iterator[Failure]:
    """Everything that is expected must be found, in this order; other things may lie between."""
    position = 0
    for wanted in expect.get(name, ()):
        if wanted.value not in found[position:]:
            shown = ", ".join(found) or "nothing"
            yield Failure(message.replace("{found}", shown).replace("{wanted}", str(wanted.value)), wanted.at)
            return
        position = found.index(str(wanted.value), position) + 1


def _none_of(name: str, expect: Mapping[str, tuple[Setting, ...]], found: list[str], message: str) -> Iterator[Failure]:
    for wanted in expect.get(name, ()):
        if wanted.value in found:
            yield Failure(message.replace("{wanted}", str(wanted.value)), wanted.at)
