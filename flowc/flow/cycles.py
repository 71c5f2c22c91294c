"""Finds cycles in a directed graph, without recursion: the components with cycles, and a shortest cycle."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

_Node = TypeVar("_Node", bound=Hashable)


def components(leads: Mapping[_Node, Iterable[_Node]]) -> list[list[_Node]]:
    """Return the strongly connected components, each after those to which it leads (Tarjan's algorithm).

    Every node must be a key.
    """
    number: dict[_Node, int] = {}
    lowest: dict[_Node, int] = {}
    open_: dict[_Node, None] = {}
    found: list[list[_Node]] = []
    for root in leads:
        if root in number:
            continue
        number[root] = lowest[root] = len(number)
        open_[root] = None
        path = [(root, iter(leads[root]))]
        while path:
            node, rest = path[-1]
            after = next(rest, None)
            if after is not None:
                if after not in number:
                    number[after] = lowest[after] = len(number)
                    open_[after] = None
                    path.append((after, iter(leads[after])))
                elif after in open_:
                    lowest[node] = min(lowest[node], number[after])
                continue
            path.pop()
            if path:
                lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
            if lowest[node] == number[node]:
                found.append(_taken(open_, node))
    return found


def _taken(open_: dict[_Node, None], root: _Node) -> list[_Node]:
    """Return the component of `root`: itself, and the nodes that were opened after it."""
    component = []
    while True:
        node, _ = open_.popitem()
        component.append(node)
        if node == root:
            return component


def leads_back(component: Collection[_Node], leads: Mapping[_Node, Collection[_Node]]) -> bool:
    """Whether a component contains a cycle: more than one node, or one that leads to itself."""
    return len(component) > 1 or any(node in leads[node] for node in component)


def shortest_cycle(start: _Node, leads: Mapping[_Node, Iterable[_Node]], within: Collection[_Node]) -> list[_Node]:
    """Return a shortest path from a node back to it, without its end; empty if `within` contains none."""
    before: dict[_Node, _Node] = {}
    todo = deque([start])
    while todo:
        node = todo.popleft()
        for after in leads[node]:
            if after == start:
                path = [node]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1]
            if after in within and after not in before:
                before[after] = node
                todo.append(after)
    return []
