"""The IR: a flow for one target as documents of nodes, routes between them, and requests to the author's server.

Documents and routes have names; `link` assigns their URLs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.hours import Hours
from flowc.flow.values import Endpoint, Setting

#: The method by which a carrier fetches the bundle's documents and routes: plain web servers answer only this one.
OWN_METHOD = "GET"
#: The URLs of a request to the carrier's API whose answer continues a call.
GO_ON = ("answer", "fallback")

#: The kind of the node with which a caller leaves a queue, and of the decision by the key for that; the kind of the
#: decision by the time in the queue, which has a case for each second.
LEAVE, WAITED = "leave", "waited"


class Dropped(Exception):
    """A pass would lose something that the author wrote: flowc, or a target's table, is wrong."""


class DocId(NamedTuple):
    """A document: a step's own (role `step`), or one hoisted for an action of it.

    `ordinal` is the action's in its step, `part` numbers documents of one role and action.
    """

    step: str
    role: str = "step"
    ordinal: int = 0
    part: int = 0


class RouteId(NamedTuple):
    """A route: the decision after an action; its kind is the verb, `confirm`, or in a queue position, waited or leave.

    `nth` counts the step's actions of that verb, `part` the action's decisions.
    """

    step: str
    kind: str
    nth: int
    part: int


class ToDoc(NamedTuple):
    """Continue with a document of the bundle, by GET."""

    document: DocId


class ToRoute(NamedTuple):
    """Continue with a route of the bundle, by GET."""

    route: RouteId


class ToServer(NamedTuple):
    """Continue with, or notify, the author's server; `returns` is where the server may return the call."""

    endpoint: Endpoint
    returns: tuple[Own, ...] = ()


Own = ToDoc | ToRoute
Next = Own | ToServer


class NextSetting(NamedTuple):
    """A field whose value is a URL of the bundle, known only after linking, or of the author's server."""

    name: str
    value: Next
    at: NodeRef


class Node(NamedTuple):
    """A future element: its kind, its fields, its children, and the settings of the target's own block."""

    kind: str
    at: NodeRef
    fields: tuple[Setting | NextSetting, ...] = ()
    children: tuple[Node, ...] = ()
    extra: tuple[Setting, ...] = ()


class Notification(NamedTuple):
    """A request by which the host notifies the author's server; `given` are parameters that the flow adds."""

    step: str
    endpoint: Endpoint
    given: tuple[Setting, ...]
    at: NodeRef
    line: int


class Document(NamedTuple):
    """A document. `methods` are those by which the carrier fetches it; `line` is its line in the flow.

    `notify` are the servers that the host notifies when it answers with the document.
    """

    id: DocId
    nodes: tuple[Node, ...]
    at: NodeRef
    line: int
    methods: tuple[str, ...] = (OWN_METHOD,)
    notify: tuple[Notification, ...] = ()


class RouteCase(NamedTuple):
    """A value of the parameter, or (`prefix`) the beginning of values, and the document to which it leads."""

    value: str
    to: DocId
    prefix: bool = False


class Route(NamedTuple):
    """A decision by a request parameter: its cases, and the documents for a missing or empty value and for the rest.

    `ignore_case` says that the case of the value is ignored. `begins` is the step whose URL the route has, because the
    step begins with this decision (empty: the route has its own URL).
    """

    id: RouteId
    parameter: str
    cases: tuple[RouteCase, ...]
    empty: DocId
    default: DocId
    ignore_case: bool
    at: NodeRef
    line: int
    begins: str = ""
    hours: Hours | None = None


class Webhook(NamedTuple):
    """A request the carrier makes to the author's server because of this flow.

    `contract` names the contract of its parameters; `followed` says that the call continues with the answer.
    """

    kind: str
    contract: str
    followed: bool
    step: str
    endpoint: Endpoint
    line: int


class LoweredRequest(NamedTuple):
    """A request to the carrier's API: the node's fields make its body. `name` is the call's, or the flow's."""

    kind: str
    name: str
    node: Node
    line: int


class LinkedStep(NamedTuple):
    """How other flows reach a step: `next` by a redirect, and `document` from a case of a route."""

    next: Own
    document: DocId


class Program(NamedTuple):
    """A flow, lowered for one target. `entry` is the document or route of the answer URL.

    `linked` are the steps to which other flows lead. What they mean to this flow is the document of a step with a name
    such as `office/start`, which only `link` can find.
    """

    target: str
    flow: str
    entry: Next
    documents: tuple[Document, ...]
    routes: tuple[Route, ...]
    webhooks: tuple[Webhook, ...]
    requests: tuple[LoweredRequest, ...] = ()
    linked: Mapping[str, LinkedStep] = MappingProxyType({})

    def beginnings(self) -> Iterator[Next]:
        """Yield what answers its calls: incoming ones, those that it makes, and those whose answer URL fails."""
        yield self.entry
        for request in self.requests:
            yield from (one.value for one in request.node.fields if isinstance(one, NextSetting) and one.name in GO_ON)
