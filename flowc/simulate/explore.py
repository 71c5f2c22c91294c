"""Every way a call can take, tried; states are shared, so the work grows with the documents and not with the paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flowc.bundle.manifest import Manifest, RouteEntry
from flowc.bundle.routing import case_of
from flowc.simulate.call import Call
from flowc.simulate.decisions import (
    Choice,
    Dialled,
    Ended,
    Entry,
    PendingInput,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.documents import FOLLOWED, Fetcher, Page
from flowc.simulate.entry_points import Opening
from flowc.simulate.rules import Rules

#: A value that no case names, and keys that no case names.
OTHER = "other"
#: The kind of the routes of switches.
SWITCH = "switch"
_KEYS = "0123456789*#"
#: What is tried where the caller only presses the key that ends the input: it has no outcome of its own.
_ALONE = "the finish key alone"
_FACTS = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound", "status": "in-progress"}


#: What tells one spot from others: document, element, facts, whether the call is answered, the element before, how it
#: begins.
Key = tuple[str, int, tuple[tuple[str, str], ...], bool, str, Opening | None]


class ExplorerState(NamedTuple):
    """Where a call is: a document and an element of it, or (no document) at its beginning.

    `facts` are those that a switch has asked for, `answered` says whether the carrier has answered the call. `after` is
    the element that was run before, where it matters (`Line.after`).
    """

    page: Page | None
    element: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    answered: bool = False
    after: str = ""
    opening: Opening | None = None

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return (self.page.name if self.page else "", self.element, self.facts, self.answered, self.after, self.opening)


class Transition(NamedTuple):
    """Where a choice leads, how long it took from the spot on (milliseconds), and how many documents were fetched."""

    to: ExplorerState | Ended
    took: int
    fetches: int


class SwitchDecision(NamedTuple):
    """A decision by a fact of the call: the fact, and the route that decides by it."""

    fact: str
    route: RouteEntry

    @property
    def values(self) -> tuple[str, ...]:
        """The values that are tried; of numbers, one for each place that they lead to."""
        tried: dict[str, str] = {}
        for case in self.route.cases:
            tried.setdefault(case.document if self.route.ignore_case else case.value, case.value)
        return tuple(tried.values())

    def tried(self, value: str) -> str:
        """The value that is tried in place of another one that leads to the same place; OTHER for what is no case."""
        case = case_of(self.route, value)
        if case is None or not self.route.ignore_case:
            return OTHER if case is None else value
        return next(one.value for one in self.route.cases if one.document == case.document)


class Switched(NamedTuple):
    """A switch that was asked, the value it was asked with, and the document that it leads to, or why there is none."""

    switch: SwitchDecision
    value: str
    to: str


class Turn(NamedTuple):
    """What happens from a spot on until somebody chooses (at an element of a page), and where each choice leads.

    `took` is how long that is, in milliseconds. `facts` are the ways for other values of what a switch asks for, which
    lead to the same spot: a switch may be asked here, or after a choice. `switched` is which switches those are.
    """

    log: tuple[Entry, ...]
    page: Page | None
    element: int
    asks: PendingInput | None
    ended: Ended | None
    took: int
    ways: Mapping[str, Transition]
    facts: Mapping[str, Transition]
    switched: tuple[Switched, ...]

    @property
    def leads(self) -> Mapping[str, Transition]:
        """Where the call may go on, by what is chosen and by other facts of the call."""
        return {**self.ways, **self.facts}


@dataclass(frozen=True, eq=False)
class Explorer:
    """Tries the calls of one flow on one target."""

    rules: Rules
    fetch: Fetcher
    manifest: Manifest
    turns: dict[Key, Turn] = field(default_factory=dict)

    def turn(self, spot: ExplorerState) -> Turn:
        """What happens from a spot on; each is tried once."""
        known = self.turns.get(spot.key)
        if known is None:
            known = self.turns[spot.key] = self._tried(spot)
        return known

    def all(self, *starts: ExplorerState) -> Iterator[tuple[ExplorerState, Turn]]:
        """Every spot that can be reached, with its turn."""
        todo: deque[ExplorerState | Ended] = deque(starts)
        seen = set()
        while todo:
            spot = todo.popleft()
            if isinstance(spot, Ended) or spot.key in seen:
                continue
            seen.add(spot.key)
            turn = self.turn(spot)
            yield spot, turn
            todo += (way.to for way in turn.leads.values())

    def _tried(self, spot: ExplorerState) -> Turn:
        known = {**_FACTS, **dict(spot.facts)}
        call = Call(self.rules, self.fetch, known, page=spot.page, index=spot.element, answered=spot.answered)
        call.after = spot.after
        if spot.opening is not None:
            call.begin(spot.opening)
        else:
            call.run()
        log, page, element, took = tuple(call.log), call.page, call.index, call.clock
        ways: dict[str, Transition] = {}
        asked = list(log)
        if call.asks is not None:
            last = _last_asked(call)
            assert last.asks is not None
            for name, choice in self._choices(last.asks, last.clock):
                other = last.copied()
                _take(other, choice)
                to = other.ended or ExplorerState(other.page, other.index, spot.facts, other.answered, other.after)
                ways[name] = Transition(to, other.clock, other.fetches)
                asked += other.log
            if _ALONE in ways and ways[_ALONE].to == ways["no-input"].to:
                del ways[_ALONE]
        switched = dict.fromkeys(one for entry in asked if (one := self.switched(entry)) is not None)
        return Turn(
            log=log,
            page=page,
            element=element,
            asks=call.asks,
            ended=call.ended,
            took=took,
            ways=ways,
            facts=dict(self._others(spot, switched)),
            switched=tuple(switched),
        )

    def _others(self, spot: ExplorerState, switched: Iterable[Switched]) -> Iterator[tuple[str, Transition]]:
        """The same spot with other values of the facts that switches have asked for."""
        for switch in dict.fromkeys(one.switch for one in switched):
            if switch.fact in dict(spot.facts):
                continue
            for value in (*switch.values, OTHER):
                facts = tuple(sorted({**dict(spot.facts), switch.fact: value}.items()))
                yield f"{switch.fact} {value}", Transition(spot._replace(facts=facts), 0, 0)

    def switched(self, entry: Entry) -> Switched | None:
        """The switch that was asked, where an entry of a log is such a request."""
        asked = entry.asked
        route = self._route(asked.url) if asked is not None and asked.what in FOLLOWED else None
        if asked is None or route is None or route.kind != SWITCH:
            return None
        fact = next(fact for fact, parameter in self.rules.names.items() if parameter == route.parameter)
        page = self.fetch(asked)
        value = asked.parameters.get(route.parameter, "")
        return Switched(SwitchDecision(fact, route), value, page.name if isinstance(page, Page) else page.why)

    def _choices(self, asks: PendingInput, now: int) -> Iterator[tuple[str, Choice]]:
        match asks.what:
            case "gather":
                yield from self._inputs(asks, now)
            case "dial":
                # Whoever rings rings, and whoever talks talks, as long as is allowed: the worst case is told too.
                rings, talks = int(asks.words["timeout"]), int(asks.words["limit"])
                # Where a document names nobody, nobody can answer.
                for outcome in self.rules.outcomes if asks.callees else ("failed",):
                    if outcome != "declined":
                        yield outcome, Dialled(outcome, rings, talks if outcome == "completed" else 0)
            case "record":
                yield "recorded", Recorded(int(asks.words["limit"]))
                yield "no-recording", Recorded(0)
            case "room":
                yield "ended", Stayed(int(asks.words["limit"]))
                yield "full", Stayed(0, full=True)

    def _inputs(self, asks: PendingInput, now: int) -> Iterator[tuple[str, Choice]]:
        route = self._route(asks.words.get("url", ""))
        takes = asks.words.get("input", "dtmf").split()
        if "dtmf" in takes:
            cases = [case.value for case in route.cases] if route else []
            for keys in cases:
                yield keys, Pressed(keys)
            size = min(int(asks.words["digits"]), 4)
            others = (key * size for key in _keys(asks) if key * size not in cases)
            if (other := next(others, None)) is not None:
                yield "no-match", Pressed(other)
            if (finish := asks.words["finish"]) in set(_KEYS):
                yield _ALONE, Pressed(finish)
        if "speech" in takes:
            yield "speech", Spoke("something")
        yield "no-input", _nothing(asks, now)

    def _route(self, url: str) -> RouteEntry | None:
        entry = self.manifest.by_path.get(url.partition("#")[0].removeprefix(f"{self.manifest.base_url}/"))
        return entry if isinstance(entry, RouteEntry) else None


def _last_asked(call: Call) -> Call:
    """The same call, asked for the last time where the carrier asks again by itself: no choice can be made later."""
    last = call.copied()
    last.halts, last.deadline = True, None
    while last.asks is not None and last.asks.typed is not None and not last.asks.typed.is_last(last.asks.words):
        _take(last, _nothing(last.asks, last.clock))
    return last


def _take(call: Call, choice: Choice) -> None:
    """Go on with a choice; where fewer keys come than are taken, the carrier waits for more, and none comes."""
    call.take(choice)
    if call.is_typing:
        call.take(Silent())


def _nothing(asks: PendingInput, now: int) -> Choice:
    """An input that does not count, of those the one that takes longest: a wrong key at the last moment, or silence."""
    wrong = next((key for key in _KEYS if key not in (*_keys(asks), asks.words["finish"])), None)
    if wrong is None or asks.typed is None:
        return Silent()
    return Pressed(wrong, asks.typed.deadline(asks.words) - now)


def _keys(asks: PendingInput) -> list[str]:
    """The keys that an input may have."""
    return [key for key in _KEYS if key != asks.words["finish"] and key in asks.words.get("valid", key)]
