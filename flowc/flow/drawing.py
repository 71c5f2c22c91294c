"""Draws the steps of a flow as a graph: as text, for Mermaid, and for Graphviz; untested parts are marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.model import Flow
from flowc.flow.values import Destination, End, Leave, ToStep
from flowc.flow.verbs import hangs_up

END = "(end)"
_LONGEST = 60
#: Colours that remain distinct with colour blindness.
_TRIED, _UNTRIED = "#0072b2", "#d55e00"


class DrawnEdge(NamedTuple):
    """An edge from a step: a label for the action and its outcome, and the destination (a step, the end, or a server).

    `outcome` is that of the action: empty if the action has only one, and `else` for all other outcomes.
    """

    origin: str
    label: str
    to: str
    action: Action
    outcome: str = ""


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
            yield from _edge(step, f"{action.verb} {case.outcome}", case.to, action, case.outcome)
        if action.then.otherwise is not None:
            label = f"{action.verb} else" if action.then.cases else action.verb
            yield from _edge(step, label, action.then.otherwise, action, "else")
    if action.action is not None and action.action.follow:
        yield DrawnEdge(step, action.verb, action.action.endpoint.url, action, "else")


def _edge(step: str, label: str, to: Destination, action: Action, outcome: str = "") -> Iterator[DrawnEdge]:
    match to:
        case ToStep(name):
            yield DrawnEdge(step, label, name, action, outcome)
        case End():
            yield DrawnEdge(step, label, END, action, outcome)
        case Leave(endpoint):
            yield DrawnEdge(step, label, endpoint.url, action, outcome)


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
    names = _names(flow)
    lines = ["flowchart TD\n"]
    for number, (use, places) in enumerate(_clusters(names).items()):
        nodes = [f'  {names[place]}["{_plain(_within(place, use))}"]\n' for place in places]
        lines += [f'  subgraph c{number}["{_plain(use)}"]\n', *nodes, "  end\n"] if use else nodes
    own = list(edges(flow))
    for edge in own:
        shown = f'|"{_plain(edge.label)}"|' if edge.label else ""
        lines.append(f"  {names[edge.origin]} -->{shown} {names[edge.to]}\n")
    if tried is not None:
        lines += [f"  style {names[step.name]} stroke:{_colour(step.name in tried.steps)}\n" for step in flow.steps]
        lines += [f"  linkStyle {number} stroke:{_colour(number in tried.edges)}\n" for number in range(len(own))]
    return "".join(lines)


def as_dot(flow: Flow, tried: Tried | None = None) -> str:
    """Return a graph for Graphviz."""
    names = _names(flow)
    steps = {step.name for step in flow.steps}
    lines = [f"digraph {_quoted(flow.name)} {{\n", "  node [shape=box];\n"]
    for number, (use, places) in enumerate(_clusters(names).items()):
        nodes = []
        for place in places:
            shape = "" if place in steps else ", shape=plaintext"
            if tried is not None and place in steps:
                shape = f", color={_quoted(_colour(place in tried.steps))}"
            nodes.append(f"  {names[place]} [label={_quoted(_within(place, use))}{shape}];\n")
        lines += [f"  subgraph cluster_{number} {{\n  label={_quoted(use)};\n", *nodes, "  }\n"] if use else nodes
    for number, edge in enumerate(edges(flow)):
        colour = "" if tried is None else f", color={_quoted(_colour(number in tried.edges))}"
        lines.append(f"  {names[edge.origin]} -> {names[edge.to]} [label={_quoted(edge.label)}{colour}];\n")
    return "".join([*lines, "}\n"])


def _colour(tried: bool) -> str:
    return _TRIED if tried else _UNTRIED


def _clusters(places: Iterable[str]) -> dict[str, list[str]]:
    """Return the places by the use of a part, or the repetition, that they belong to; the flow's own first."""
    clusters: dict[str, list[str]] = {"": []}
    for place in places:
        use, _, _ = place.rpartition("/")
        clusters.setdefault(use if "." in use and ":" not in use else "", []).append(place)
    return clusters


def _within(place: str, use: str) -> str:
    """Return the name of a place in its cluster."""
    return place.removeprefix(f"{use}/") if use else place


def _names(flow: Flow) -> dict[str, str]:
    """Return a short name for each step and each other destination."""
    places = dict.fromkeys([*(step.name for step in flow.steps), *(edge.to for edge in edges(flow))])
    return {place: f"n{number}" for number, place in enumerate(places)}


def _plain(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return shown.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _quoted(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


DRAWINGS: Mapping[str, Callable[[Flow, Tried | None], str]] = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot}
