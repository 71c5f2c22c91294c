"""Lowers requests to the carrier's API: the URLs that answer, the callbacks, and the callees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.model import ApiRequest
from flowc.flow.values import Endpoint, Leave, Setting, ToStep
from flowc.lower.callees import check_short_codes
from flowc.lower.context import Lowering
from flowc.lower.ir import (
    GO_ON,
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
from flowc.profiles.rows import NodeRow, Spelling, Unsupported

#: The URLs that every request has: without them, carriers use the answer URL, or none.
_ANSWER, _HANGUP = "answer", "hangup"
_FALLBACK = "fallback"
_TO = "to"


def lower_request(context: Lowering, request: ApiRequest, entry: Next) -> None:
    """Note a request, and the documents that it needs.

    A carrier whose API calls one person at a time gets a request for each callee, numbered from 1.
    """
    nexts = {
        url.name: NextSetting(url.name, _answering(context, request, url.name, url.to), url.to.at)
        for url in request.urls
    }
    for callback in request.callbacks:
        endpoint = callback.endpoint
        nexts[callback.name] = NextSetting(
            callback.name, _server(context, request, callback.name, endpoint), endpoint.at
        )
    if _ANSWER not in nexts:
        nexts[_ANSWER] = NextSetting(_ANSWER, entry, request.at)
    if _HANGUP not in nexts:
        nexts[_HANGUP] = NextSetting(_HANGUP, ToDoc(_empty(context)), request.at)
    fields: tuple[Setting | NextSetting, ...] = (*nexts.values(), *request.settings)
    block = context.block(request.kind, request, request)
    several = len(request.to) > 1 and _one_at_a_time(context.profile.row(request.kind))
    for one in _numbered(request) if several else (request,):
        node = Node(one.kind, one.at, (*_named(context, one), *fields), (), block)
        context.request(LoweredRequest(one.kind, one.name, node, one.line))


def _numbered(request: ApiRequest) -> Iterator[ApiRequest]:
    for number, callee in enumerate(request.to, 1):
        yield replace(request, name=f"{request.name}/{number}", to=(callee,))


def _one_at_a_time(row: NodeRow | Unsupported) -> bool:
    to = row.fields.get(_TO) if isinstance(row, NodeRow) else None
    return isinstance(to, Spelling) and to.items is not None and to.items.most == 1


def _answering(context: Lowering, request: ApiRequest, name: str, to: ToStep | Leave) -> Next:
    if isinstance(to, Leave):
        return _server(context, request, name, to.endpoint)
    return ToDoc(context.named(to.step) or context.end())


def _server(context: Lowering, request: ApiRequest, name: str, endpoint: Endpoint) -> Next:
    kind = name.removesuffix("_url").replace("_", "-")
    return context.webhook(
        Webhook(kind=kind, contract=kind, followed=kind in GO_ON, step="", endpoint=endpoint, line=request.line)
    )


def _empty(context: Lowering) -> DocId:
    """Return the empty document, for requests that only report how a call ended."""
    return context.hoist(DocId("", "nothing"), tuple, context.flow.at, 1)


def _named(context: Lowering, request: ApiRequest) -> Iterator[Setting]:
    """Return the caller and the callees of a call; an application has the flow's name instead."""
    if request.sender is None or request.to_at is None:
        yield Setting("name", request.name, request.at)
    else:
        yield Setting("from", request.sender.written, request.sender.at)
        check_short_codes(context, request.to)
        people = tuple(Setting("", callee.written, callee.at) for callee in request.to)
        yield Setting(_TO, people, request.to_at)


def branching_fallbacks(program: Program) -> Iterator[Finding]:
    """Find fallbacks that lead to a route (FC372): the host, which has failed to answer, may fail again."""
    routes = {route.id: route for route in program.routes}
    for request in program.requests:
        for field in request.node.fields:
            if not isinstance(field, NextSetting) or field.name != _FALLBACK or isinstance(field.value, ToServer):
                continue
            to = field.value
            if route := _first_route(program, to):
                step = to.document.step if isinstance(to, ToDoc) else routes[to.route].begins
                message = f"the fallback {step} leads to a choice that needs the host"
                help_ = "Name a step without choices, such as one that says something and hangs up."
                yield Finding("FC372", field.at, message, help_, (Related(route.at, "the choice"),))


def _first_route(program: Program, start: Next) -> Route | None:
    """Return the first route that a call can reach from a start."""
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
    """Return where the fields of a node and of its children lead."""
    yield from (field.value for field in node.fields if isinstance(field, NextSetting))
    for child in node.children:
        yield from _nexts(child)
