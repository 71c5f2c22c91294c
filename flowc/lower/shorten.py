"""Leaves out documents that only redirect to a route: what leads to one leads directly to the route.

This saves a request, and a call that begins with a switch is decided before it is answered: a redirect answers it.
"""

from __future__ import annotations

from collections.abc import Collection

from flowc.flow.verbs import REDIRECT
from flowc.lower.ir import DocId, Document, LinkedStep, NextSetting, Node, Program, ToDoc, ToRoute
from flowc.lower.renaming import renamed

#: The role of a document that stays because a case of a route leads to it, and a case can only lead to a document.
_DETOUR = "switch"


def shorten(program: Program, linked: Collection[str] = ()) -> Program:
    """Return the program without the documents that only lead to a route; other flows lead to its steps `linked`.

    The route gets the URL of the step that begins with it, so the answer URL of a flow does not change when the author
    adds a switch at its beginning.
    """
    short = {document.id: to for document in program.documents if (to := _only_route(document)) is not None}
    if not short and not linked:
        return program
    kept = {to for route in program.routes for to in (route.empty, route.default, *(case.to for case in route.cases))}
    kept |= {DocId(step) for step in linked}
    names = {name: DocId(name.step, _DETOUR, name.ordinal) for name in short}
    begins = {to.route: name.step for name, to in short.items() if name.role == "step"}
    documents = tuple(one for one in program.documents if one.id not in short or one.id in kept)
    made = renamed(
        program._replace(documents=documents),
        lambda name: names.get(name, name),
        lambda to: short.get(to.document, to) if isinstance(to, ToDoc) else to,
    )
    own = {step: DocId(step) for step in linked}
    return made._replace(
        routes=tuple(one._replace(begins=begins.get(one.id, "")) for one in made.routes),
        linked={step: LinkedStep(short.get(one, ToDoc(one)), names.get(one, one)) for step, one in own.items()},
    )


def _only_route(document: Document) -> ToRoute | None:
    """Return the route to which a document redirects; None if it does anything else."""
    match document.nodes:
        case _ if document.notify:
            return None
        case (Node(kind, _, (NextSetting("next", ToRoute() as to),), (), ()),) if kind == REDIRECT:
            return to
    return None
