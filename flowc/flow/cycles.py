"""Rounds in a directed graph, found without recursion: which parts of it lead back to themselves, and by which way."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

_Node = TypeVar("_Node", bound=Hashable)


def components(leads: Mapping[_Node, Iterable[_Node]]) -> list[list[_Node]]:
    """The strongly connected components, each behind those that it leads to (Tarjan's algorithm).

    Every node that something leads to has to be a key.
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
    """The component of `root`: itself, and what was opened after it."""
    component = []
    while True:
        node, _ = open_.popitem()
        component.append(node)
        if node == root:
            return component


def leads_back(component: Collection[_Node], leads: Mapping[_Node, Collection[_Node]]) -> bool:
    """Whether a component holds a round: more than one node, or one that leads to itself."""
    return len(component) > 1 or any(node in leads[node] for node in component)


def shortest_round(start: _Node, leads: Mapping[_Node, Iterable[_Node]], within: Collection[_Node]) -> list[_Node]:
    """A shortest way from a node back to it, its end left out; empty if there is none among the nodes `within`."""
    before: dict[_Node, _Node] = {}
    todo = deque([start])
    while todo:
        node = todo.popleft()
        for after in leads[node]:
            if after == start:
                way = [node]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            if after in within and after not in before:
                before[after] = node
                todo.append(after)
    return []
