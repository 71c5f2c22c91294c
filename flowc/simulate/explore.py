"""Tries every path of a call. States are shared, so the work grows with the documents and not with the paths.

`Explorer.all` yields each state with its turn; `Explorer.turn` gives the turn of one state, so two flows can be walked
together (`compare_targets`): a pair of states is identified by the keys of both. A turn has

- `log`: what the caller hears, what is requested and reported until the call waits (`call_log`),
- `pending` or `ended`: what it then waits for, or how it ends,
- `outcomes`: transitions by what the caller or the callees do, such as `1`, `no-match`, `busy`,
- `facts`: transitions to the same state with another fact of the call, such as `from +12025550100`.

Documents are read once for all states, and an explorer has one object for each state.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flowc.bundle.manifest import CaseEntry, Manifest, RouteEntry
from flowc.bundle.routing import sample
from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import HOURS
from flowc.flow.verbs import SWITCH
from flowc.simulate.call import Call
from flowc.simulate.call_log import Ended, Entry
from flowc.simulate.call_state import Waiting
from flowc.simulate.choices import FINISH_ALONE, choices
from flowc.simulate.decisions import Choice, PendingInput, Silent
from flowc.simulate.documents import CarrierRequest, Fetcher, Page, decision_name, instant_of
from flowc.simulate.entry_points import Opening
from flowc.simulate.gathers import NO_INPUT, longest_silence
from flowc.simulate.rules import Rules

#: A value of a switch that no case matches.
OTHER = "other"
_FACTS = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound", "status": "in-progress"}


#: Begins the name of a fact that is the word of a calendar.
_HOURS_FACT = f"{HOURS} "
#: Identifies a state: document, element, facts, whether the call is answered, the element before, the opening, and the
#: document and element of a queue.
Key = tuple[str, int, tuple[tuple[str, str], ...], bool, str, Opening | None, tuple[str, int] | None]


class ExplorerState(NamedTuple):
    """Where a call is: at an element of a document, or (no document) at its beginning.

    `facts` are the facts that a switch has read, `answered` is whether the carrier has answered the call. `after` is
    the element that was run before, where it matters (`CallState.after`), `waiting` a stay in a queue.
    """

    page: Page | None
    element: int = 0
    facts: tuple[tuple[str, str], ...] = ()
    answered: bool = False
    after: str = ""
    opening: Opening | None = None
    waiting: Waiting | None = None

    @property
    def key(self) -> Key:
        """The identity of the state."""
        name = self.page.name if self.page else ""
        stay = (self.waiting.page.name, self.waiting.element) if self.waiting else None
        return (name, self.element, self.facts, self.answered, self.after, self.opening, stay)


class Transition(NamedTuple):
    """Where a decision leads, after how many milliseconds since the state, and how many fetched documents."""

    to: ExplorerState | Ended
    took: int
    fetches: int


class SwitchDecision(NamedTuple):
    """A switch: the fact of the call that it reads, and its route.

    The fact of a calendar is that of one decision, such as `hours office@menu/hours`: time passes between two.
    """

    fact: str
    route: RouteEntry

    @property
    def name(self) -> str:
        """The fact for people, such as `hours office`."""
        return self.fact.partition("@")[0]

    @property
    def values(self) -> tuple[str, ...]:
        """The values that are tried, OTHER included.

        Of numbers, one for each document that they lead to, and one for each prefix.
        """
        # An exception from a prefix, such as a number that means a hidden caller, may lead where all others do.
        prefixes = any(case.prefix for case in self.route.cases)
        tried: dict[object, str] = {}
        for case in self.route.cases:
            excepted = prefixes and not case.prefix and case.document == self.route.default
            value = None if excepted else sample(self.route, case)
            if value is not None:
                tried.setdefault(self._same(case), value)
        # Every word of a calendar has a case.
        return tuple(tried.values()) if self.route.hours else (*tried.values(), OTHER)

    def _same(self, case: CaseEntry) -> object:
        """Return what cases have in common of which only one is tried: the plus of a prefix makes no difference."""
        if case.prefix:
            return case.value.removeprefix("+"), case.document
        return case.document if self.route.ignore_case else case.value


class Switched(NamedTuple):
    """A switch that was requested with a value, and the document that it leads to, or why there is none."""

    switch: SwitchDecision
    value: str
    to: str


class Turn(NamedTuple):
    """What happens from a state on until the call waits for an input (at an element), and where each outcome leads.

    `took` is how long that takes, in milliseconds. `facts` lead to the same state with other values of the facts that
    `switched` read: the switches that are requested here, or after an input.
    """

    log: tuple[Entry, ...]
    page: Page | None
    element: int
    pending: PendingInput | None
    ended: Ended | None
    took: int
    outcomes: Mapping[str, Transition]
    facts: Mapping[str, Transition]
    switched: tuple[Switched, ...]

    @property
    def transitions(self) -> Mapping[str, Transition]:
        """Where the call may continue, by outcomes and by other facts of the call."""
        return {**self.outcomes, **self.facts}


@dataclass(frozen=True, eq=False)
class Explorer:
    """Explores the calls of one flow on one target."""

    rules: Rules
    fetch: Fetcher
    manifest: Manifest
    states: dict[Key, ExplorerState] = field(default_factory=dict)
    #: By the identity of the object for a state: keys take much memory.
    turns: dict[int, Turn] = field(default_factory=dict)

    def turn(self, state: ExplorerState) -> Turn:
        """Return what happens from a state on; each state is tried once."""
        state = self._one(state)
        known = self.turns.get(id(state))
        if known is None:
            known = self.turns[id(state)] = self._explore(state)
        return known

    def all(self, *starts: ExplorerState) -> Iterator[tuple[ExplorerState, Turn]]:
        """Yield every state that can be reached, with its turn."""
        todo: deque[ExplorerState | Ended] = deque(map(self._one, starts))
        seen = set()
        while todo:
            state = todo.popleft()
            if isinstance(state, Ended) or id(state) in seen:
                continue
            seen.add(id(state))
            turn = self.turn(state)
            yield state, turn
            todo += (transition.to for transition in turn.transitions.values())

    def _explore(self, state: ExplorerState) -> Turn:
        call = Call(self.rules, self.fetch, _FACTS, page=state.page, index=state.element, answered=state.answered)
        if state.facts:
            words = {name: word for name, word in state.facts if name.startswith(_HOURS_FACT)}
            call.facts = {**_FACTS, **{name: value for name, value in state.facts if name not in words}}
            call.words = {name.removeprefix(_HOURS_FACT): word for name, word in words.items()}
        call.after, call.waiting = state.after, state.waiting
        if state.opening is not None:
            call.begin(state.opening)
        else:
            call.run()
        log, page, element, took = tuple(call.log), call.page, call.index, call.clock
        outcomes: dict[str, Transition] = {}
        entries = list(log)
        if call.pending is not None:
            last = _last_attempt(call)
            assert last.pending is not None
            route = self._route(last.pending.settings.get("url", ""))
            # What a calendar gives now it may not give later.
            lasting = tuple(fact for fact in state.facts if not fact[0].startswith(_HOURS_FACT))
            for name, choice in choices(last, last.pending, [case.value for case in route.cases] if route else []):
                other = last.copied()
                _take(other, choice)
                to = other.ended or self._one(
                    ExplorerState(
                        page=other.page,
                        element=other.index,
                        facts=lasting,
                        answered=other.answered,
                        after=other.after,
                        waiting=other.waiting,
                    )
                )
                outcomes[name] = Transition(to, other.clock, other.fetches)
                entries += other.log
            if FINISH_ALONE in outcomes and outcomes[FINISH_ALONE].to == outcomes[NO_INPUT].to:
                del outcomes[FINISH_ALONE]
        switched = dict.fromkeys(one for entry in entries if (one := self.switched(entry)) is not None)
        return Turn(
            log=log,
            page=page,
            element=element,
            pending=call.pending,
            ended=call.ended,
            took=took,
            outcomes=outcomes,
            facts=dict(self._other_facts(state, switched)),
            switched=tuple(switched),
        )

    def _one(self, state: ExplorerState) -> ExplorerState:
        """Return the one object for a state: most states are reached by many transitions."""
        return self.states.setdefault(state.key, state)

    def _other_facts(self, state: ExplorerState, switched: Iterable[Switched]) -> Iterator[tuple[str, Transition]]:
        """Yield the same state with other values of the facts that switches have read."""
        for switch in dict.fromkeys(one.switch for one in switched):
            if switch.fact in dict(state.facts):
                continue
            for value in switch.values:
                facts = tuple(sorted({**dict(state.facts), switch.fact: value}.items()))
                yield f"{switch.fact} {value}", Transition(self._one(state._replace(facts=facts)), 0, 0)

    def switched(self, entry: Entry) -> Switched | None:
        """Return the switch that was requested, if an entry of a log is the request of a switch."""
        request = entry.request
        route = self._route(request.url) if request is not None and request.purpose.is_followed else None
        if request is None or route is None or not is_switch(route):
            return None
        if route.hours:
            calendar = self.manifest.calendars[route.hours]
            word = calendar.word(instant_of(self.manifest, route, request))
            return self._as_switched(f"{_HOURS_FACT}{decision_name(self.manifest, route)}", route, word, request)
        fact = next(fact for fact, parameter in self.rules.names.items() if parameter == route.parameter)
        return self._as_switched(fact, route, request.parameters.get(route.parameter, ""), request)

    def _as_switched(self, fact: str, route: RouteEntry, value: str, request: CarrierRequest) -> Switched:
        page = self.fetch(request)
        return Switched(SwitchDecision(fact, route), value, page.name if isinstance(page, Page) else page.why)

    def _route(self, url: str) -> RouteEntry | None:
        entry = self.manifest.by_path.get(url.partition("#")[0].removeprefix(f"{self.manifest.base_url}/"))
        return entry if isinstance(entry, RouteEntry) else None


def is_switch(route: RouteEntry) -> bool:
    """Whether a route decides by a fact of the call or by the time, and not by an input."""
    return route.kind in (SWITCH, HOURS)


def _last_attempt(call: Call) -> Call:
    """Return the same call at the last attempt of a gather that the carrier repeats: no input can be made later."""
    last = call.copied()
    last.halts, last.deadline = True, None
    while (
        last.pending is not None
        and last.pending.typed is not None
        and not last.pending.typed.is_last(last.pending.settings)
    ):
        _take(last, longest_silence(last.pending, last.clock))
    return last


def _take(call: Call, choice: Choice) -> None:
    """Continue with a decision; if the carrier waits for more keys, press none."""
    call.take(choice)
    if call.is_typing:
        call.take(Silent())
