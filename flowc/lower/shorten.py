"""Leaves out documents that only redirect to a route: what leads to one leads directly to the route.

This saves a request, and a call that begins with a switch is decided before it is answered: a redirect answers it.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowc.flow.verbs import REDIRECT
from flowc.lower.ir import (
    DocId,
    Document,
    Next,
    NextSetting,
    Node,
    Program,
    Route,
    RouteId,
    ToDoc,
    ToRoute,
)

#: The role of a document that stays because a case of a route leads to it, and a case can only lead to a document.
_DETOUR = "switch"


def shorten(program: Program) -> Program:
    """Return the program without the documents that only lead to a route.

    The route gets the URL of the step that begins with it, so the answer URL of a flow does not change when the author
    adds a switch at its beginning.
    """
    short = {document.id: to for document in program.documents if (to := _only_route(document)) is not None}
    if not short:
        return program
    kept = {to for route in program.routes for to in (route.empty, route.default, *(case.to for case in route.cases))}
    names = {name: DocId(name.step, _DETOUR, name.ordinal) for name in short}
    begins = {to.route: name.step for name, to in short.items() if name.role == "step"}
    return program._replace(
        entry=_straight(program.entry, short),
        documents=tuple(
            document._replace(
                id=names.get(document.id, document.id), nodes=tuple(_node(node, short) for node in document.nodes)
            )
            for document in program.documents
            if document.id not in short or document.id in kept
        ),
        routes=tuple(_route(route, names, begins) for route in program.routes),
        requests=tuple(request._replace(node=_node(request.node, short)) for request in program.requests),
    )


def _only_route(document: Document) -> ToRoute | None:
    """Return the route to which a document redirects; None if it does anything else."""
    match document.nodes:
        case (Node(kind, _, (NextSetting("next", ToRoute() as to),), (), ()),) if kind == REDIRECT:
            return to
    return None


def _straight(to: Next, short: Mapping[DocId, ToRoute]) -> Next:
    return short.get(to.document, to) if isinstance(to, ToDoc) else to


# No child element leads to a step.
def _node(node: Node, short: Mapping[DocId, ToRoute]) -> Node:
    fields = tuple(
        field._replace(value=_straight(field.value, short)) if isinstance(field, NextSetting) else field
        for field in node.fields
    )
    return node._replace(fields=fields)


def _route(route: Route, names: Mapping[DocId, DocId], begins: Mapping[RouteId, str]) -> Route:
    return route._replace(
        cases=tuple(case._replace(to=names.get(case.to, case.to)) for case in route.cases),
        empty=names.get(route.empty, route.empty),
        default=names.get(route.default, route.default),
        begins=begins.get(route.id, ""),
    )
