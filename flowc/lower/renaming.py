"""Gives documents and destinations of a program other names."""

from __future__ import annotations

from collections.abc import Callable

from flowc.lower.ir import DocId, LinkedStep, Next, NextSetting, Node, Own, Program, Route, ToDoc, ToRoute, ToServer


def renamed(program: Program, document: Callable[[DocId], DocId], own: Callable[[Own], Own]) -> Program:
    """Return a program with the names of its documents, and what its elements lead to, replaced."""

    def next_(to: Next) -> Next:
        return to._replace(returns=tuple(map(own, to.returns))) if isinstance(to, ToServer) else own(to)

    def node(one: Node) -> Node:
        fields = (
            field._replace(value=next_(field.value)) if isinstance(field, NextSetting) else field
            for field in one.fields
        )
        return one._replace(fields=tuple(fields), children=tuple(map(node, one.children)))

    def route(one: Route) -> Route:
        return one._replace(
            cases=tuple(case._replace(to=document(case.to)) for case in one.cases),
            empty=document(one.empty),
            default=document(one.default),
        )

    return program._replace(
        entry=next_(program.entry),
        documents=tuple(
            one._replace(id=document(one.id), nodes=tuple(map(node, one.nodes))) for one in program.documents
        ),
        routes=tuple(map(route, program.routes)),
        requests=tuple(one._replace(node=node(one.node)) for one in program.requests),
    )


def seen_from_outside(program: Program) -> Program:
    """Return a program as other flows see it: its documents and routes have names such as `office/start`.

    Destinations in further flows have such names already.
    """
    prefix = f"{program.flow}/"
    documents = {one.id: one.id._replace(step=prefix + one.id.step) for one in program.documents}
    routes = {one.id: one.id._replace(step=prefix + one.id.step) for one in program.routes}

    def document(name: DocId) -> DocId:
        return documents.get(name, name)

    def to(one: Own) -> Own:
        return ToDoc(document(one.document)) if isinstance(one, ToDoc) else ToRoute(routes[one.route])

    made = renamed(program, document, to)
    places = {
        prefix + step: LinkedStep(to(place.next), document(place.document)) for step, place in program.linked.items()
    }
    return made._replace(routes=tuple(one._replace(id=routes[one.id]) for one in made.routes), linked=places)
