"""What is sent to the carrier's API: who answers, who is told, and whom it calls."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.model import ApiRequest
from flowc.flow.values import Endpoint, Leave, Setting, ToStep
from flowc.lower.context import Lowering
from flowc.lower.ir import (
    DocId,
    LoweredRequest,
    Next,
    NextSetting,
    Node,
    Program,
    Route,
    ToDoc,
    ToRoute,
    ToServer,
    Webhook,
)

#: What is sent with every request, whatever its author says: left out, carriers ask the answer's URL, or nobody.
_ANSWER, _HANGUP = "answer", "hangup"
_FALLBACK = "fallback"
#: The requests whose answer a call goes on with.
_GO_ON = (_ANSWER, _FALLBACK)


def lower_request(context: Lowering, asked: ApiRequest, entry: Next) -> None:
    """Note a request, with the documents that it needs."""
    nexts = {
        url.name: NextSetting(url.name, _answering(context, asked, url.name, url.to), url.to.at) for url in asked.urls
    }
    for callback in asked.callbacks:
        endpoint = callback.endpoint
        nexts[callback.name] = NextSetting(callback.name, _server(context, asked, callback.name, endpoint), endpoint.at)
    if _ANSWER not in nexts:
        nexts[_ANSWER] = NextSetting(_ANSWER, entry, asked.at)
    if _HANGUP not in nexts:
        nexts[_HANGUP] = NextSetting(_HANGUP, ToDoc(_empty(context)), asked.at)
    fields: tuple[Setting | NextSetting, ...] = (*_named(asked), *nexts.values(), *asked.settings)
    node = Node(asked.kind, asked.at, fields, (), context.block(asked.kind, asked, asked))
    context.request(LoweredRequest(asked.kind, asked.name, node, asked.line))


def _answering(context: Lowering, asked: ApiRequest, name: str, to: ToStep | Leave) -> Next:
    if isinstance(to, Leave):
        return _server(context, asked, name, to.endpoint)
    step = context.graph.steps.get(to.step)
    return ToDoc(context.step(step) if step else context.end())


def _server(context: Lowering, asked: ApiRequest, name: str, endpoint: Endpoint) -> Next:
    kind = name.removesuffix("_url").replace("_", "-")
    return context.webhook(
        Webhook(kind=kind, contract=kind, followed=kind in _GO_ON, step="", endpoint=endpoint, line=asked.line)
    )


def _empty(context: Lowering) -> DocId:
    """The document that says nothing: what a carrier gets that only tells how a call ended."""
    return context.hoist(DocId("", "nothing"), tuple, context.flow.at, 1)


def _named(asked: ApiRequest) -> Iterator[Setting]:
    """Who calls whom; a request that is no call is known to the carrier by the flow's name."""
    if asked.sender is None or asked.to_at is None:
        yield Setting("name", asked.name, asked.at)
    else:
        yield Setting("from", asked.sender.written, asked.sender.at)
        people = tuple(Setting("", callee.written, callee.at) for callee in asked.to)
        yield Setting("to", people, asked.to_at)


def branching_fallbacks(program: Program) -> Iterator[Finding]:
    """FC372: a fallback that leads to a route, which the host may fail to decide, as it has failed to answer."""
    routes = {route.id: route for route in program.routes}
    for request in program.requests:
        for field in request.node.fields:
            if not isinstance(field, NextSetting) or field.name != _FALLBACK or isinstance(field.value, ToServer):
                continue
            to = field.value
            if route := _first_route(program, to):
                step = to.document.step if isinstance(to, ToDoc) else routes[to.route].begins
                message = f"the fallback {step} leads to a choice that the host must make"
                help_ = "Name a step that needs no host for its choices, such as one that says something and hangs up."
                yield Finding("FC372", field.at, message, help_, (Related(route.at, "the choice"),))


def _first_route(program: Program, start: Next) -> Route | None:
    """The first route that a call can come to which begins there."""
    documents = {document.id: document for document in program.documents}
    routes = {route.id: route for route in program.routes}
    todo, seen = [start], {start}
    while todo:
        match todo.pop(0):
            case ToRoute(route):
                return routes[route]
            case ToDoc(name) if name in documents:
                leads = dict.fromkeys(to for node in documents[name].nodes for to in _nexts(node))
                todo += (to for to in leads if to not in seen)
                seen |= leads.keys()
    return None


def _nexts(node: Node) -> Iterator[Next]:
    """Where the fields of a node lead, and those of the nodes in it."""
    yield from (field.value for field in node.fields if isinstance(field, NextSetting))
    for child in node.children:
        yield from _nexts(child)
