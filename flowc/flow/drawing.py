"""Draws the steps of a flow as a graph: as text, for Mermaid, and for Graphviz; untested parts are marked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, origin
from flowc.diagnostics.wording import first_of
from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.model import Flow, servers
from flowc.flow.values import Destination, End, Leave, ToStep
from flowc.flow.verbs import hangs_up

END = "(end)"
#: The label of an edge by which the author's server returns the call.
SERVER = "server"
_LONGEST = 60
#: The key of a row in the name of a step of a part, such as 101 in `start.extension/101/ring`.
_ROW = re.compile(r"(?<=/)[a-z0-9-]*(?:\.[0-9]+)?(?=/)")
#: Colours that remain distinct with colour blindness.
_TRIED, _UNTRIED = "#0072b2", "#d55e00"


class DrawnEdge(NamedTuple):
    """An edge from a step: a label for the action and its outcome, and the destination (a step, the end, or a server).

    `outcome` is that of the action: empty if the action has only one, and `else` for all other outcomes. `row` is the
    place of the rows of a table to which the outcome belongs.
    """

    origin: str
    label: str
    to: str
    action: Action
    outcome: str = ""
    row: NodeRef | None = None


class Tried(NamedTuple):
    """What was tested of a flow: its steps by name, and its edges by their number in the order of the file."""

    steps: frozenset[str]
    edges: frozenset[int]


def edges(flow: Flow) -> Iterator[DrawnEdge]:
    """Yield all edges of all steps, in the order of the file."""
    for step in flow.steps:
        for action in step.actions:
            yield from _edges(step.name, action)


def _edges(step: str, action: Action) -> Iterator[DrawnEdge]:
    if isinstance(action, Goto):
        yield from _edge(step, "", action.to, action)
    elif isinstance(action, Redirect):
        yield DrawnEdge(step, "", action.endpoint.url, action)
    elif hangs_up(action):
        yield DrawnEdge(step, "", END, action)
    if action.then is not None:
        for case in action.then.cases:
            yield from _edge(step, f"{action.verb} {case.outcome}", case.to, action, case.outcome, case.row)
        if action.then.otherwise is not None:
            label = f"{action.verb} else" if action.then.cases else action.verb
            yield from _edge(step, label, action.then.otherwise, action, "else")
    if action.action is not None and action.action.follow:
        yield DrawnEdge(step, action.verb, action.action.endpoint.url, action, "else")
    returns = dict.fromkeys(to.step for endpoint in servers(action) for to in endpoint.steps)
    yield from (DrawnEdge(step, SERVER, to, action, to) for to in returns)


def _edge(
    step: str, label: str, to: Destination, action: Action, outcome: str = "", row: NodeRef | None = None
) -> Iterator[DrawnEdge]:
    match to:
        case ToStep(name):
            place = name
        case End():
            place = END
        case Leave(endpoint):
            place = endpoint.url
        case _:
            return
    yield DrawnEdge(origin=step, label=label, to=place, action=action, outcome=outcome, row=row)


class _Line(NamedTuple):
    """An edge of a picture, and whether it was tried."""

    origin: str
    label: str
    to: str
    tried: bool


class _Picture(NamedTuple):
    """What is drawn: the steps with whether they were tried, other places, and the edges. The rows of a table are one.

    `clusters` are the places by the use of a part, or the repetition, that they belong to; the flow's own first.
    """

    steps: Mapping[str, bool]
    names: Mapping[str, str]
    clusters: Mapping[str, list[str]]
    lines: list[_Line]


def _picture(flow: Flow, tried: Tried | None) -> _Picture:
    every = [step.name for step in flow.steps]
    uses: dict[str, list[str]] = {}
    for step in every:
        uses.setdefault(_ROW.sub("*", step), []).append(step)
    uses = {use: rows for use, rows in uses.items() if len(rows) > 1}
    drawn = {step: step for step in every} | {step: use for use, rows in uses.items() for step in rows}
    steps = dict.fromkeys((drawn[step] for step in every), False)
    steps.update((drawn[step], True) for step in every if tried is not None and step in tried.steps)
    groups: dict[tuple[object, ...], list[int]] = {}
    own = list(edges(flow))
    for number, edge in enumerate(own):
        ends = drawn[edge.origin], drawn.get(edge.to, edge.to)
        same = origin(edge.row).at if edge.row else edge.label if drawn[edge.origin] in uses else number
        groups.setdefault((*ends, same), []).append(number)
    lines = []
    for (begin, to, _), numbers in groups.items():
        first = own[numbers[0]]
        outcomes = dict.fromkeys(own[number].outcome for number in numbers)
        label = first.label if first.row is None else f"{first.action.verb} {first_of(list(outcomes))}"
        lines.append(_Line(str(begin), label, str(to), tried is not None and not tried.edges.isdisjoint(numbers)))
    places = dict.fromkeys([*steps, *(line.to for line in lines)])
    clusters: dict[str, list[str]] = {"": []}
    for place in places:
        use, _, _ = place.rpartition("/")
        clusters.setdefault(use if "." in use and ":" not in use else "", []).append(place)
    return _Picture(
        steps=steps,
        names={place: f"n{number}" for number, place in enumerate(places)},
        clusters={_counted(use, uses, own): own for use, own in clusters.items()},
        lines=lines,
    )


def _counted(use: str, uses: Mapping[str, list[str]], places: list[str]) -> str:
    """Return the name of a cluster, with the number of rows that it is drawn for."""
    return f"{use.replace('/*', '')} \N{MULTIPLICATION SIGN}{len(uses[places[0]])}" if "*" in use else use


def as_text(flow: Flow, tried: Tried | None = None) -> str:
    """Return a line for each step, and one below it for each edge; an exclamation mark precedes what was not tested."""
    lines = [f"{flow.name}\n"]
    drawn: dict[str, list[str]] = {step.name: [] for step in flow.steps}
    for number, edge in enumerate(edges(flow)):
        mark = "" if tried is None else "  " if number in tried.edges else "! "
        drawn[edge.origin].append(f"  {mark}{edge.label + ' ' if edge.label else ''}-> {edge.to}\n")
    for step, own in drawn.items():
        mark = "" if tried is None else "  " if step in tried.steps else "! "
        lines += [f"{mark}{step}\n", *own]
    return "".join(lines)


def as_mermaid(flow: Flow, tried: Tried | None = None) -> str:
    """Return a flowchart for Mermaid."""
    picture = _picture(flow, tried)
    names = picture.names
    lines = ["flowchart TD\n"]
    for number, (use, places) in enumerate(picture.clusters.items()):
        nodes = [f'  {names[place]}["{_plain(_within(place, use))}"]\n' for place in places]
        lines += [f'  subgraph c{number}["{_plain(use)}"]\n', *nodes, "  end\n"] if use else nodes
    for line in picture.lines:
        shown = f'|"{_plain(line.label)}"|' if line.label else ""
        lines.append(f"  {names[line.origin]} -->{shown} {names[line.to]}\n")
    if tried is not None:
        lines += [f"  style {names[step]} stroke:{_colour(reached)}\n" for step, reached in picture.steps.items()]
        lines += [f"  linkStyle {number} stroke:{_colour(line.tried)}\n" for number, line in enumerate(picture.lines)]
    return "".join(lines)


def as_dot(flow: Flow, tried: Tried | None = None) -> str:
    """Return a graph for Graphviz."""
    picture = _picture(flow, tried)
    names = picture.names
    lines = [f"digraph {_quoted(flow.name)} {{\n", "  node [shape=box];\n"]
    for number, (use, places) in enumerate(picture.clusters.items()):
        nodes = []
        for place in places:
            shape = "" if place in picture.steps else ", shape=plaintext"
            if tried is not None and place in picture.steps:
                shape = f", color={_quoted(_colour(picture.steps[place]))}"
            nodes.append(f"  {names[place]} [label={_quoted(_within(place, use))}{shape}];\n")
        lines += [f"  subgraph cluster_{number} {{\n  label={_quoted(use)};\n", *nodes, "  }\n"] if use else nodes
    for line in picture.lines:
        colour = "" if tried is None else f", color={_quoted(_colour(line.tried))}"
        lines.append(f"  {names[line.origin]} -> {names[line.to]} [label={_quoted(line.label)}{colour}];\n")
    return "".join([*lines, "}\n"])


def _colour(tried: bool) -> str:
    return _TRIED if tried else _UNTRIED


def _within(place: str, use: str) -> str:
    """Return the name of a place in its cluster."""
    return place.rpartition("/")[2] if use else place


def _plain(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return shown.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _quoted(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


DRAWINGS: Mapping[str, Callable[[Flow, Tried | None], str]] = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot}
