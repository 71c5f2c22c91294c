"""Every way a call can take, tried; states are shared, so the work grows with the documents and not with the paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from flowc.manifest import Manifest, RouteEntry
from flowc.routing import case_of
from flowc.simulate.call import Call
from flowc.simulate.choice import (
    Asks,
    Choice,
    Dialled,
    Ended,
    Entry,
    Pressed,
    Recorded,
    Silent,
    Spoke,
    Stayed,
)
from flowc.simulate.opening import Opening
from flowc.simulate.page import Fetcher, Page
from flowc.simulate.rules import Rules

#: A value that no case names, and keys that no case names.
OTHER = "other"
_KEYS = "0123456789*#"
_FACTS = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound", "status": "in-progress"}


#: What tells one spot from others: document, element, facts, whether the call is answered, the element before.
Key = tuple[str, int, tuple[tuple[str, str], ...], bool, str]


class Spot(NamedTuple):
    """Where a call is: a document, an element of it, the facts that a switch has asked for; whether it is answered.

    `after` is the element that was run before, where it matters (`Line.after`).
    """

    page: Page
    element: int
    facts: tuple[tuple[str, str], ...] = ()
    answered: bool = False
    after: str = ""

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return (self.page.name, self.element, self.facts, self.answered, self.after)


class Way(NamedTuple):
    """Where a choice leads, how long it took from the spot on (milliseconds), and how many documents were fetched."""

    to: Spot | Ended
    took: int
    fetches: int


class Turn(NamedTuple):
    """What happens from a spot on until somebody chooses (at an element of a page), and where each choice leads.

    `took` is how long that is, in milliseconds; `facts` are the ways for other values of what a switch asks for.
    """

    log: tuple[Entry, ...]
    page: Page | None
    element: int
    asks: Asks | None
    ended: Ended | None
    took: int
    ways: Mapping[str, Way]
    facts: Mapping[str, Way]

    @property
    def leads(self) -> Mapping[str, Way]:
        """Where the call may go on, by what is chosen and by other facts of the call."""
        return {**self.ways, **self.facts}


class Switch(NamedTuple):
    """A request that asks for a fact of the call: the fact, and the route that decides by it."""

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


@dataclass(frozen=True, eq=False)
class Explorer:
    """Tries the calls of one flow on one target."""

    rules: Rules
    fetch: Fetcher
    manifest: Manifest
    turns: dict[Key, Turn] = field(default_factory=dict)

    def begin(self, opening: Opening) -> Spot | Ended:
        """Where a call begins."""
        call = Call(self.rules, self.fetch, _FACTS)
        call.begin(opening)
        first = call.log[0]
        return Spot(call.first, 0) if call.first is not None else call.ended or Ended("nothing", "", first.text)

    def turn(self, spot: Spot) -> Turn:
        """What happens from a spot on; each is tried once."""
        known = self.turns.get(spot.key)
        if known is None:
            known = self.turns[spot.key] = self._tried(spot)
        return known

    def all(self, *starts: Spot | Ended) -> Iterator[tuple[Spot, Turn]]:
        """Every spot that can be reached, with its turn."""
        todo = deque(starts)
        seen = set()
        while todo:
            spot = todo.popleft()
            if isinstance(spot, Ended) or spot.key in seen:
                continue
            seen.add(spot.key)
            turn = self.turn(spot)
            yield spot, turn
            todo += (way.to for way in turn.leads.values())

    def _tried(self, spot: Spot) -> Turn:
        known = {**_FACTS, **dict(spot.facts)}
        call = Call(self.rules, self.fetch, known, page=spot.page, index=spot.element, answered=spot.answered)
        call.after = spot.after
        call.run()
        ways: dict[str, Way] = {}
        others: dict[str, Way] = {}
        for name, facts, entry in self._switches(call, spot):
            assert entry.page is not None
            others[name] = Way(Spot(entry.page, entry.element, facts, spot.answered), entry.at, 0)
        log, page, element, took = tuple(call.log), call.page, call.index, call.clock
        if call.asks is not None:
            for name, choice in self._choices(call.asks):
                other = call.copied()
                other.halts, other.deadline = True, None
                other.take(choice)
                if other.is_typing:  # fewer keys than are taken: the carrier waits for more, and none comes
                    other.take(Silent())
                to = other.ended or Spot(_page(other), other.index, spot.facts, other.answered, other.after)
                ways[name] = Way(to, other.clock, other.fetches)
        return Turn(log, page, element, call.asks, call.ended, took, ways, others)

    def _switches(self, call: Call, spot: Spot) -> Iterator[tuple[str, tuple[tuple[str, str], ...], Entry]]:
        """Other values of the facts that a redirect of this turn has asked for."""
        for entry in call.log:
            switch = self.switch_of(entry)
            if switch is None or switch.fact in dict(spot.facts):
                continue
            for value in (*switch.values, OTHER):
                facts = tuple(sorted({**dict(spot.facts), switch.fact: value}.items()))
                yield f"{switch.fact} {value}", facts, entry

    def switch_of(self, entry: Entry) -> Switch | None:
        """The switch that was asked, where an entry of a log is such a request."""
        route = self._route(entry.asked.url) if entry.asked and entry.asked.what == "redirect" else None
        facts = {parameter: fact for fact, parameter in self.rules.names.items()}
        if route is None or route.parameter not in facts:
            return None
        return Switch(facts[route.parameter], route)

    def _choices(self, asks: Asks) -> Iterator[tuple[str, Choice]]:
        match asks.what:
            case "gather":
                yield from self._inputs(asks)
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

    def _inputs(self, asks: Asks) -> Iterator[tuple[str, Choice]]:
        route = self._route(asks.words.get("url", ""))
        takes = asks.words.get("input", "dtmf").split()
        if "dtmf" in takes:
            cases = [case.value for case in route.cases] if route else []
            for keys in cases:
                yield keys, Pressed(keys)
            size = min(int(asks.words["digits"]), 4)
            finish = asks.words["finish"]
            other = next((key * size for key in _KEYS if key != finish and key * size not in cases), None)
            if other is not None:
                yield "no-match", Pressed(other)
        if "speech" in takes:
            yield "speech", Spoke("something")
        yield "no-input", Silent()

    def _route(self, url: str) -> RouteEntry | None:
        entry = self.manifest.by_path.get(url.partition("#")[0].removeprefix(f"{self.manifest.base_url}/"))
        return entry if isinstance(entry, RouteEntry) else None


def _page(call: Call) -> Page:
    assert call.page is not None
    return call.page
