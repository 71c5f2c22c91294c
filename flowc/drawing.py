"""The steps of a flow drawn as a graph: as text, for Mermaid, and for Graphviz."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from flowc.model import Action, Destination, End, Flow, Goto, Leave, Redirect, ToStep

_END = "(end)"
_LONGEST = 60


class Edge(NamedTuple):
    """A way from a step: the action and its outcome in words, and where it leads (a step, the end, or a server)."""

    origin: str
    label: str
    to: str


def edges(flow: Flow) -> Iterator[Edge]:
    """Every way from every step, in the order of writing."""
    for step in flow.steps:
        for action in step.actions:
            yield from _ways(step.name, action)


def _ways(step: str, action: Action) -> Iterator[Edge]:
    if isinstance(action, Goto):
        yield from _edge(step, "", action.to)
    elif isinstance(action, Redirect):
        yield Edge(step, "", action.link.url)
    elif action.verb in ("hangup", "reject") and not action.setting("after"):
        yield Edge(step, "", _END)
    if action.then is not None:
        for case in action.then.cases:
            yield from _edge(step, f"{action.verb} {case.outcome}", case.to)
        if action.then.otherwise is not None:
            yield from _edge(step, f"{action.verb} else" if action.then.cases else action.verb, action.then.otherwise)
    if action.action is not None and action.action.follow:
        yield Edge(step, action.verb, action.action.link.url)


def _edge(step: str, label: str, to: Destination) -> Iterator[Edge]:
    match to:
        case ToStep(name):
            yield Edge(step, label, name)
        case End():
            yield Edge(step, label, _END)
        case Leave(link):
            yield Edge(step, label, link.url)


def as_text(flow: Flow) -> str:
    """A line for each step, and one below it for each way."""
    lines = [f"{flow.name}\n"]
    ways: dict[str, list[Edge]] = {step.name: [] for step in flow.steps}
    for edge in edges(flow):
        ways[edge.origin].append(edge)
    for step, own in ways.items():
        lines.append(f"{step}\n")
        lines += [f"  {edge.label + ' ' if edge.label else ''}-> {edge.to}\n" for edge in own]
    return "".join(lines)


def as_mermaid(flow: Flow) -> str:
    """A flowchart for Mermaid."""
    names = _names(flow)
    lines = ["flowchart TD\n"]
    lines += [f'  {name}["{_plain(what)}"]\n' for what, name in names.items()]
    for origin, label, to in edges(flow):
        shown = f'|"{_plain(label)}"|' if label else ""
        lines.append(f"  {names[origin]} -->{shown} {names[to]}\n")
    return "".join(lines)


def as_dot(flow: Flow) -> str:
    """A graph for Graphviz."""
    names = _names(flow)
    steps = {step.name for step in flow.steps}
    lines = [f"digraph {_quoted(flow.name)} {{\n", "  node [shape=box];\n"]
    for what, name in names.items():
        shape = "" if what in steps else ", shape=plaintext"
        lines.append(f"  {name} [label={_quoted(what)}{shape}];\n")
    for origin, label, to in edges(flow):
        lines.append(f"  {names[origin]} -> {names[to]} [label={_quoted(label)}];\n")
    return "".join([*lines, "}\n"])


def _names(flow: Flow) -> dict[str, str]:
    """A short name for every step and every other place that a way leads to."""
    places = dict.fromkeys([*(step.name for step in flow.steps), *(edge.to for edge in edges(flow))])
    return {place: f"n{number}" for number, place in enumerate(places)}


def _plain(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return shown.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")


def _quoted(text: str) -> str:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'


DRAWINGS: Mapping[str, Callable[[Flow], str]] = {"text": as_text, "mermaid": as_mermaid, "dot": as_dot}
