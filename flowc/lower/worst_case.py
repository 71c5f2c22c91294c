"""The worst case of a flow on a target: how long a call can last there, how often it can dial, ask and speak.

It is read off the program, so no document is needed. Each measure is the maximum over all paths: the longest call need
not be the one that dials most often. Paths begin at incoming calls, at calls that the flow makes, and at fallbacks. How
long texts and files of other servers take is unknown, and estimated as in the simulator; the first key is pressed at
the last moment, further ones at the estimated pace. The author's server ends the call, or answers with a redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import inf

from flowc.diagnostics.records import NamedTuple
from flowc.flow.actions import HOURS
from flowc.flow.cycles import components, leads_back, shortest_cycle
from flowc.flow.verbs import SWITCH, VERBS, Timing
from flowc.lower.context import redirect
from flowc.lower.ir import WAITED, DocId, Next, NextSetting, Node, Own, Program, ToDoc, ToRoute, ToServer
from flowc.lower.lasting import DAY, endless, heard, time_of
from flowc.lower.measures import Measures, WorstCase, file_ms
from flowc.lower.renaming import seen_from_outside
from flowc.profiles.profile import Profile
from flowc.profiles.speech import KEY_MS

_TALKED = "completed"
#: The roles of documents that callees hear before they are connected.
_SCREENS = ("confirm", "screen", "whisper")
_NOTHING = Measures()
_FETCH = Measures(fetches=1)

#: A position before an element of a document.
_ProgramPoint = tuple[DocId, int]


class _Edge(NamedTuple):
    """A transition: what it takes, and where it leads (None: to the end of the call, or out of the flow)."""

    takes: Measures
    to: _ProgramPoint | None


def longest(program: Program, profile: Profile, linked: Iterable[Program] = ()) -> WorstCase:
    """Return the worst case of a flow on its target. The work grows with elements and routes, not with paths.

    `linked` are the flows in which its calls may continue.
    """
    successors = _Successors(program, profile, linked)
    entries = list(dict.fromkeys(point for start in program.beginnings() for point in successors.entries(start)))
    edges = successors.reachable(entries)
    leads = {point: [edge.to for edge in own if edge.to is not None] for point, own in edges.items()}
    most: dict[_ProgramPoint, Measures] = {}
    loop: tuple[str, ...] = ()
    loop_dials = False
    for component in components(leads):
        within = set(component) if leads_back(component, leads) else set()
        best = _best((edge for point in component for edge in edges[point]), within, most)
        for point in component:
            most[point] = best.within(successors.scheduled(point))
        dialling = {point for point in within if any(edge.takes.dials and edge.to in within for edge in edges[point])}
        if dialling or (within and not loop_dials):
            loop_dials = bool(dialling)
            cycle = shortest_cycle(min(dialling or within, key=successors.rank), leads, within)
            earliest = cycle.index(min(cycle, key=successors.rank))
            loop = _steps(cycle[earliest:] + cycle[:earliest])
    total = _NOTHING
    for point in entries:
        total = total.or_more(most[point])
    return WorstCase(total.plus(_FETCH), loop)


def _best(edges: Iterable[_Edge], within: set[_ProgramPoint], most: Mapping[_ProgramPoint, Measures]) -> Measures:
    """Return the most of each measure over some edges; what an edge `within` a loop takes is unbounded."""
    best = _NOTHING
    for edge in edges:
        if edge.to in within:
            found = Measures(*(inf if some else 0 for some in edge.takes._replace(time=1)))
        else:
            found = edge.takes if edge.to is None else edge.takes.plus(most[edge.to])
        best = best.or_more(found)
    return best


def _steps(cycle: list[_ProgramPoint]) -> tuple[str, ...]:
    names = [document.step for document, _ in cycle]
    return (*(name for number, name in enumerate(names) if number == 0 or name != names[number - 1]), names[0])


class _Successors:
    """Where a call continues from each point of a program."""

    def __init__(self, program: Program, profile: Profile, linked: Iterable[Program]) -> None:
        self._profile = profile
        others = [seen_from_outside(other) for other in linked]
        programs = (program, *others)
        self._lines = {one.id: (number, one.line) for number, own in enumerate(programs) for one in own.documents}
        self._nodes = {one.id: one.nodes for own in programs for one in own.documents}
        self._routes = {route.id: route for own in programs for route in own.routes}
        # Those who lead back mean the flow's own steps.
        self._linked = {DocId(f"{program.flow}/{step}"): place for step, place in program.linked.items()}
        for other in others:
            others_linked = ((DocId(step), place) for step, place in other.linked.items())
            self._linked |= {name: place for name, place in others_linked if place.next != ToDoc(name)}
        self._after_talk = profile.strategies.after_talk != "ignored"
        self._edges_of: dict[Timing, Callable[[Node, _ProgramPoint], Iterator[_Edge]]] = {
            "input": self._gather,
            "talk": self._dial,
            "recording": self._record,
            "room": self._room,
            "waiting": self._queue,
            "service": self._service,
            "request": self._redirect,
        }

    def entries(self, entry: Next) -> list[_ProgramPoint]:
        """Return where a call can begin: at one document, or at those that a route leads to."""
        return [point for _, point in self._to(entry) if point is not None]

    def reachable(self, entries: Iterable[_ProgramPoint]) -> dict[_ProgramPoint, list[_Edge]]:
        """Return the edges from every point that a call can reach."""
        found: dict[_ProgramPoint, list[_Edge]] = {}
        todo = list(entries)
        while todo:
            point = todo.pop()
            if point not in found:
                found[point] = list(self._from(point))
                todo += [edge.to for edge in found[point] if edge.to is not None]
        return found

    def rank(self, point: _ProgramPoint) -> tuple[int, int, int]:
        """Return the position of a point in the flow, to order several; those of other flows are last."""
        return (*self._lines[point[0]], point[1])

    def scheduled(self, point: _ProgramPoint) -> float:
        """Return after how many milliseconds a call that reaches a point is hung up; infinite if it is not."""
        node = self._node(point)
        after = time_of(node, "after") if node is not None and VERBS[node.kind].hangs_up else 0
        return after or inf

    def _node(self, point: _ProgramPoint) -> Node | None:
        nodes = self._nodes[point[0]]
        return nodes[point[1]] if point[1] < len(nodes) else None

    def _from(self, point: _ProgramPoint) -> Iterator[_Edge]:
        node = self._node(point)
        if node is None or (VERBS[node.kind].hangs_up and not time_of(node, "after")):
            return
        after = (point[0], point[1] + 1)
        edges_of = self._edges_of.get(VERBS[node.kind].timing)
        if edges_of is not None:
            yield from edges_of(node, after)
        else:
            sounds = node.children or (node,)
            yield _Edge(heard(sounds), None if any(map(endless, sounds)) else after)

    def _gather(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        asked = heard(node.children).plus(Measures(time=self._input(node)))
        wrong = next((field.value for field in node.fields if field.name == "invalid_sound"), None)
        missed = asked.plus(Measures(time=file_ms(wrong), prompts=1)) if wrong else asked
        # The carrier asks again by itself; the worst case is a valid key at the last attempt.
        before = missed.times(self._profile.attempts(node.kind, ((own.name, own.value) for own in node.extra)) - 1)
        yield _Edge(before.plus(missed), after)
        for _, to in self._next(node):
            yield _Edge(before.plus(asked).plus(_FETCH), to)

    def _input(self, node: Node) -> int:
        """Return the longest time of an input: begun at the last moment, and ended by waiting, not by the last key."""
        timeout = time_of(node, "timeout")
        if self._profile.has_total_timeout(node.kind, ((own.name, own.value) for own in node.extra)):
            return timeout
        keys = next((field.value for field in node.fields if field.name == "digits"), 1)
        if not isinstance(keys, int) or keys < 2:
            return timeout
        return timeout + KEY_MS * (keys - 2) + (time_of(node, "digit_timeout") or timeout)

    def _dial(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        ringing, talk = time_of(node, "timeout"), time_of(node, "time_limit")
        rung = Measures(time=ringing, ringing=ringing, dials=1)
        talked = rung.plus(Measures(time=self._screening(node) + talk, talking=talk))
        talk_values = self._profile.result(node.kind).values.get(_TALKED, ())
        if not _follows(node):
            yield _Edge(talked, after)
        if not self._after_talk:
            yield _Edge(talked, None)
        for value, to in self._next(node):
            if value is None or value not in talk_values:
                yield _Edge(rung.plus(_FETCH), to)
            if self._after_talk and (value is None or value in talk_values):
                yield _Edge(talked.plus(_FETCH), to)

    def _screening(self, dial: Node) -> float:
        """Return how long callees hear something, or are asked for a key, before they are connected."""
        parts = ((part, field.value) for part in (dial, *dial.children) for field in part.fields)
        documents = [to.document for _, to in parts if isinstance(to, ToDoc) and to.document.role in _SCREENS]
        screens = (
            heard(self._nodes[document]).time + sum(map(self._input, self._nodes[document])) for document in documents
        )
        return max([time_of(dial, "confirm_timeout"), *screens])

    def _record(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        background = VERBS[node.kind].background
        if any(field.name in background and field.value is True for field in node.fields):
            yield _Edge(_NOTHING, after)
            return
        # If nothing is recorded, some carriers run the next element, and others send a request without a recording.
        spoken, silent = Measures(time=time_of(node, "max_length")), Measures(time=time_of(node, "timeout"))
        longer = spoken.or_more(silent)
        yield _Edge(silent if _follows(node) else longer, after)
        for value, to in self._next(node):
            takes = silent if value == "" else spoken if value is not None else longer
            yield _Edge(takes.plus(_FETCH), to)

    def _room(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        limit = self._limit(node, "time_limit")
        stayed = Measures(time=limit, talking=limit)
        yield _Edge(_NOTHING if _follows(node) else stayed, after)
        yield from (_Edge(stayed.plus(_FETCH), to) for _, to in self._next(node))

    def _queue(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        waits = (field.value for field in node.fields if isinstance(field, NextSetting) and field.name == "wait")
        waited = (to.route for to in waits if isinstance(to, ToRoute) and to.route.kind == WAITED)
        longest_wait = next((1000 * len(self._routes[route].cases) for route in waited), self._limit(node, "max_wait"))
        yield from self._met(node, after, longest_wait, DAY, "answered")

    def _service(self, node: Node, after: _ProgramPoint) -> Iterator[_Edge]:
        yield from self._met(node, after, self._limit(node, "timeout"), self._limit(node, "time_limit"), _TALKED)

    def _met(self, node: Node, after: _ProgramPoint, wait: int, talk: int, outcome: str) -> Iterator[_Edge]:
        """Yield what two callers take who meet in a queue, or do not meet."""
        waited = Measures(time=wait)
        talked = waited.plus(Measures(time=talk, talking=talk))
        if not _follows(node):
            yield _Edge(talked, after)
        for value, to in self._next(node):
            met = value is None or value in self._profile.result(node.kind).values.get(outcome, ())
            yield _Edge((talked if met else waited).plus(_FETCH), to)

    def _limit(self, node: Node, name: str) -> int:
        """Return a time of a node, or the carrier's own; a day if it has none."""
        spelling = self._profile.spelling(node.kind, ((own.name, own.value) for own in node.extra), name)
        return time_of(node, name) or (spelling.assumed if spelling else None) or DAY

    def _redirect(self, node: Node, _: _ProgramPoint) -> Iterator[_Edge]:
        yield from (_Edge(_FETCH, to) for _, to in self._next(node))

    def _next(self, node: Node) -> Iterator[tuple[str | None, _ProgramPoint | None]]:
        """Yield where the request of an element leads, and for which value of its parameter (None: for any)."""
        if _follows(node):
            nexts = (field.value for field in node.fields if isinstance(field, NextSetting) and field.name == "next")
            yield from self._to(next(nexts))

    def _to(self, to: Next) -> Iterator[tuple[str | None, _ProgramPoint | None]]:
        match to:
            case ToDoc(document) if document in self._linked:
                yield from self._to(self._linked[document].next)
            case ToDoc(document):
                yield None, (document, 0)
            case ToRoute(name):
                route = self._routes[name]
                # A switch decides by a fact of the call or by the time, independent of the outcome of the element.
                any_ = name.kind in (SWITCH, HOURS)
                yield from ((None if any_ else case.value, self._begin(case.to)) for case in route.cases)
                yield None if any_ else "", self._begin(route.empty)
                yield None if any_ else "else", self._begin(route.default)
            case ToServer(endpoint, returns):
                yield None, None
                yield from ((None, self._returned(one, redirect(one, endpoint.at))) for one in returns)

    def _returned(self, to: Own, answer: Node) -> _ProgramPoint:
        """Return the point before the redirect by which the author's server returns the call."""
        step = to.document.step if isinstance(to, ToDoc) else to.route.step
        name = DocId(step, "server")
        self._nodes[name], self._lines[name] = (answer,), self._lines.get(DocId(step), (len(self._lines), 0))
        return (name, 0)

    def _begin(self, document: DocId) -> _ProgramPoint:
        """Return the point before the first element of a document of this flow or another one."""
        place = self._linked.get(document)
        return (place.document if place else document, 0)


def _follows(node: Node) -> bool:
    """Whether a call continues with the response to the request of an element; else it continues after the element."""
    names = {field.name: field.value for field in node.fields}
    return isinstance(names.get("next"), (ToDoc, ToRoute, ToServer)) and names.get("follow") is not False
