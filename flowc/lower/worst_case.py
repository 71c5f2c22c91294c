"""The worst case of a flow on a target: how long a call can last there, how often it can dial, ask and speak.

It is read off what the flow means there, so it is known without a document being written. Each measure is taken over
all ways at once: the longest call need not be the one that dials most often. How long words and audio files take is
not known, and guessed as the simulator does, and so is how fast keys are pressed; the first is at the last moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf
from typing import NamedTuple

from flowc.flow.cycles import components, leads_back, shortest_cycle
from flowc.flow.values import Duration
from flowc.flow.verbs import VERBS, Timing
from flowc.lower.ir import DocId, Next, NextSetting, Node, Program, ToDoc, ToRoute, ToServer
from flowc.profiles.profile import Profile
from flowc.profiles.speech import FILE_MS, KEY_MS, spoken_ms

#: How long a call lasts that stays in a room, or hears a sound that repeats without end, in milliseconds.
_DAY = 86_400_000
_TAG = re.compile(r"<[^>]*>")
_TALKED = "completed"
_SWITCH = "switch"


class Measures(NamedTuple):
    """What a call takes: milliseconds in all, and of ringing; dials, prompts that are heard, documents that are asked.

    `math.inf` stands for no bound.
    """

    time: float = 0
    ringing: float = 0
    dials: float = 0
    prompts: float = 0
    fetches: float = 0

    def plus(self, other: Measures) -> Measures:
        """Both, one after the other."""
        return Measures(*(one + more for one, more in zip(self, other, strict=True)))

    def times(self, often: int) -> Measures:
        """The same so often, one after the other."""
        return Measures(*(often * one for one in self)) if often else _NOTHING


_NOTHING = Measures()
_FETCH = Measures(fetches=1)


class WorstCase(NamedTuple):
    """The most that a call can take, and (empty if there is none) the steps of a round, the first one again at its end.

    Not every measure has no bound because of a round: one without a dial leaves the dials countable. If there is one
    that dials, the round is such a one.
    """

    most: Measures
    round: tuple[str, ...]


#: A document and an element of it: a call is before it.
_ProgramPoint = tuple[DocId, int]


class _Edge(NamedTuple):
    """One way on from a spot: what it takes, and where it leads (None: to the end of the call, or out of the flow)."""

    takes: Measures
    to: _ProgramPoint | None


def longest(program: Program, profile: Profile) -> WorstCase:
    """The worst case of a flow on its target. The work grows with elements and routes, not with the ways of a call."""
    ways = _Successors(program, profile)
    first = ways.begins(program.entry)
    known = ways.reached(first)
    leads = {spot: [way.to for way in own if way.to is not None] for spot, own in known.items()}
    most: dict[_ProgramPoint, Measures] = {}
    circle: tuple[str, ...] = ()
    dials = False
    for component in components(leads):
        within = set(component) if leads_back(component, leads) else set()
        best = _best((way for spot in component for way in known[spot]), within, most)
        for spot in component:
            most[spot] = best._replace(time=min(best.time, ways.scheduled(spot)))
        dialling = {spot for spot in within if any(way.takes.dials and way.to in within for way in known[spot])}
        if dialling or (within and not dials):
            dials = bool(dialling)
            way = shortest_cycle(min(dialling or within, key=ways.rank), leads, within)
            earliest = way.index(min(way, key=ways.rank))
            circle = _steps(way[earliest:] + way[:earliest])
    return WorstCase(Measures(*map(max, *(most[spot] for spot in first), _NOTHING)).plus(_FETCH), circle)


def _best(ways: Iterable[_Edge], within: set[_ProgramPoint], most: Mapping[_ProgramPoint, Measures]) -> Measures:
    """The most of each measure over some ways; what a way `within` a round takes has no bound, and so has the time."""
    best = _NOTHING
    for way in ways:
        if way.to in within:
            found = Measures(*(inf if some else 0 for some in way.takes._replace(time=1)))
        else:
            found = way.takes if way.to is None else way.takes.plus(most[way.to])
        best = Measures(*map(max, best, found))
    return best


def _steps(way: list[_ProgramPoint]) -> tuple[str, ...]:
    names = [document.step for document, _ in way]
    return (*(name for number, name in enumerate(names) if number == 0 or name != names[number - 1]), names[0])


class _Successors:
    """Where a call goes on from each spot of a program."""

    def __init__(self, program: Program, profile: Profile) -> None:
        self._profile = profile
        self._lines = {document.id: document.line for document in program.documents}
        self._nodes = {document.id: document.nodes for document in program.documents}
        self._routes = {route.id: route for route in program.routes}
        self._talked = profile.result("dial").values.get(_TALKED, ())
        self._after_talk = profile.strategies.after_talk != "ignored"
        self._turns: dict[Timing, Callable[[Node, _ProgramPoint], Iterator[_Edge]]] = {
            "input": self._gather,
            "talk": self._dial,
            "recording": self._record,
            "room": self._room,
            "request": self._redirect,
        }

    def begins(self, entry: Next) -> list[_ProgramPoint]:
        """Where a call can begin: with one document, or with those that a route leads to."""
        return [spot for _, spot in self._to(entry) if spot is not None]

    def reached(self, first: Iterable[_ProgramPoint]) -> dict[_ProgramPoint, list[_Edge]]:
        """The ways of every spot that a call can come to."""
        found: dict[_ProgramPoint, list[_Edge]] = {}
        todo = list(first)
        while todo:
            spot = todo.pop()
            if spot not in found:
                found[spot] = list(self._from(spot))
                todo += [way.to for way in found[spot] if way.to is not None]
        return found

    def rank(self, spot: _ProgramPoint) -> tuple[int, int]:
        """Where a spot stands in the flow, for the earliest of several."""
        return (self._lines[spot[0]], spot[1])

    def scheduled(self, spot: _ProgramPoint) -> float:
        """After how many milliseconds the call is hung up that comes to a spot; infinite where it is not."""
        node = self._node(spot)
        after = _time(node, "after") if node is not None and VERBS[node.kind].hangs_up else 0
        return after or inf

    def _node(self, spot: _ProgramPoint) -> Node | None:
        nodes = self._nodes[spot[0]]
        return nodes[spot[1]] if spot[1] < len(nodes) else None

    def _from(self, spot: _ProgramPoint) -> Iterator[_Edge]:
        node = self._node(spot)
        if node is None or (VERBS[node.kind].hangs_up and not _time(node, "after")):
            return
        behind = (spot[0], spot[1] + 1)
        turn = self._turns.get(VERBS[node.kind].timing)
        if turn is not None:
            yield from turn(node, behind)
        else:
            sounds = node.children or (node,)
            yield _Edge(_heard(sounds), None if any(map(_endless, sounds)) else behind)

    def _gather(self, node: Node, behind: _ProgramPoint) -> Iterator[_Edge]:
        asked = _heard(node.children).plus(Measures(time=self._input(node)))
        wrong = any(field.name == "invalid_sound" for field in node.fields)
        missed = asked.plus(Measures(time=FILE_MS, prompts=1)) if wrong else asked
        # The carrier asks again by itself, and a key that counts is pressed when it asks for the last time.
        before = missed.times(self._profile.attempts(node.kind, ((own.name, own.value) for own in node.extra)) - 1)
        yield _Edge(before.plus(missed), behind)
        for _, to in self._next(node):
            yield _Edge(before.plus(asked).plus(_FETCH), to)

    def _input(self, node: Node) -> int:
        """The longest that an input takes: begun at the last moment, and ended by waiting, not by the last key."""
        timeout = _time(node, "timeout")
        if self._profile.has_total_timeout(node.kind, ((own.name, own.value) for own in node.extra)):
            return timeout
        keys = next((field.value for field in node.fields if field.name == "digits"), 1)
        if not isinstance(keys, int) or keys < 2:
            return timeout
        return timeout + KEY_MS * (keys - 2) + (_time(node, "digit_timeout") or timeout)

    def _dial(self, node: Node, behind: _ProgramPoint) -> Iterator[_Edge]:
        ringing, talk = _time(node, "timeout"), _time(node, "time_limit")
        rung = Measures(time=ringing, ringing=ringing, dials=1)
        talked = rung.plus(Measures(time=talk))
        if not _follows(node):
            yield _Edge(talked, behind)
        if not self._after_talk:
            yield _Edge(talked, None)
        for word, to in self._next(node):
            if word is None or word not in self._talked:
                yield _Edge(rung.plus(_FETCH), to)
            if self._after_talk and (word is None or word in self._talked):
                yield _Edge(talked.plus(_FETCH), to)

    def _record(self, node: Node, behind: _ProgramPoint) -> Iterator[_Edge]:
        background = VERBS[node.kind].background
        if any(field.name in background and field.value is True for field in node.fields):
            yield _Edge(_NOTHING, behind)
            return
        # Some carriers go on behind it where nothing is recorded, others ask with an empty recording.
        spoken, silent = Measures(time=_time(node, "max_length")), Measures(time=_time(node, "timeout"))
        yield _Edge(silent if _follows(node) else Measures(*map(max, spoken, silent)), behind)
        for word, to in self._next(node):
            takes = silent if word == "" else spoken if word is not None else Measures(*map(max, spoken, silent))
            yield _Edge(takes.plus(_FETCH), to)

    def _room(self, node: Node, behind: _ProgramPoint) -> Iterator[_Edge]:
        stayed = Measures(time=_time(node, "time_limit") or _DAY)
        ways = list(self._next(node))
        yield _Edge(_NOTHING if ways else stayed, behind)
        for _, to in ways:
            yield _Edge(stayed.plus(_FETCH), to)

    def _redirect(self, node: Node, _: _ProgramPoint) -> Iterator[_Edge]:
        for _word, to in self._next(node):
            yield _Edge(_FETCH, to)

    def _next(self, node: Node) -> Iterator[tuple[str | None, _ProgramPoint | None]]:
        """Where the request of an element leads, and for which value of its parameter (None: for any)."""
        if _follows(node):
            nexts = (field.value for field in node.fields if isinstance(field, NextSetting) and field.name == "next")
            yield from self._to(next(nexts))

    def _to(self, to: Next) -> Iterator[tuple[str | None, _ProgramPoint | None]]:
        match to:
            case ToDoc(document):
                yield None, (document, 0)
            case ToRoute(name):
                route = self._routes[name]
                # A switch decides by a fact of the call, whatever has come of the element.
                any_ = name.kind == _SWITCH
                yield from ((None if any_ else case.value, (case.to, 0)) for case in route.cases)
                yield None if any_ else "", (route.empty, 0)
                yield None if any_ else "else", (route.default, 0)
            case ToServer():
                yield None, None


def _follows(node: Node) -> bool:
    """Whether a call goes on with what the request of an element answers; without one it goes on behind it."""
    names = {field.name: field.value for field in node.fields}
    return isinstance(names.get("next"), (ToDoc, ToRoute, ToServer)) and names.get("follow") is not False


def _heard(nodes: Iterable[Node]) -> Measures:
    """What is said, played and waited for in a row."""
    time, prompts = 0.0, 0
    for node in nodes:
        fields = {field.name: field.value for field in node.fields if not isinstance(field, NextSetting)}
        loop = fields.get("loop", 1)
        often = loop if isinstance(loop, int) else 1
        takes = VERBS[node.kind].timing
        if _endless(node):
            time += _DAY
        elif takes == "speech":
            time += often * spoken_ms(f"{fields.get('text', '')} {_TAG.sub(' ', str(fields.get('ssml', '')))}")
        elif takes == "file":
            time += FILE_MS * often
        elif takes == "silence":
            time += _time(node, "length")
        prompts += takes in ("speech", "file")
    return Measures(time=time, prompts=prompts)


def _endless(node: Node) -> bool:
    """Whether a sound repeats until the call ends."""
    return any(field.name == "loop" and field.value == 0 for field in node.fields)


def _time(node: Node, name: str) -> int:
    """A field of a node in milliseconds; 0 where it is left out."""
    value = next((field.value for field in node.fields if field.name == name), None)
    return value.ms if isinstance(value, Duration) else 0
