"""What lowering makes of a flow for one target: documents of nodes, routes between them, requests to the author.

Documents and routes are named, not addressed: URLs are given out by `link`.
"""

from __future__ import annotations

from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.flow.values import Endpoint, Setting

#: How a carrier is told to fetch the bundle's own documents and routes: what plain web servers answer.
OWN_METHOD = "GET"
#: The kinds of nodes that lowering makes without an action of that verb: the end of a call, and going on elsewhere.
HANGUP, REDIRECT = "hangup", "redirect"


class Dropped(Exception):
    """A pass would leave out something that the author wrote: flowc, or a target's table, is wrong."""


class DocId(NamedTuple):
    """A document: a step's own (role `step`), or one hoisted for an action of it.

    `ordinal` is the action's in its step, `part` tells documents of one role and action apart.
    """

    step: str
    role: str = "step"
    ordinal: int = 0
    part: int = 0


class RouteId(NamedTuple):
    """A route: the decision after an action, its verb (or `confirm`) being the kind.

    `nth` counts the step's actions of that verb, `part` the action's decisions.
    """

    step: str
    kind: str
    nth: int
    part: int


class ToDoc(NamedTuple):
    """Go on with a document of the bundle, by GET."""

    document: DocId


class ToRoute(NamedTuple):
    """Go on by a route of the bundle, by GET."""

    route: RouteId


class ToServer(NamedTuple):
    """Go on with, or tell, the author's server."""

    endpoint: Endpoint


Next = ToDoc | ToRoute | ToServer


class NextSetting(NamedTuple):
    """A field whose value is a URL that is known only after linking, or the author's."""

    name: str
    value: Next
    at: NodeRef


class Node(NamedTuple):
    """One element to be: its kind, its fields, what stands in it, and the settings of the target's own block."""

    kind: str
    at: NodeRef
    fields: tuple[Setting | NextSetting, ...] = ()
    children: tuple[Node, ...] = ()
    extra: tuple[Setting, ...] = ()


class Document(NamedTuple):
    """One document. `methods` are those the carrier fetches it by; `line` is where it comes from."""

    id: DocId
    nodes: tuple[Node, ...]
    at: NodeRef
    line: int
    methods: tuple[str, ...] = (OWN_METHOD,)


class RouteCase(NamedTuple):
    """A value of the parameter and the document it leads to."""

    value: str
    to: DocId


class Route(NamedTuple):
    """A decision by one request parameter: its cases, what a missing or empty value means, and the rest.

    `ignore_case` says that capitals of the value make no difference. `begins` is the step whose URL the route has,
    because the step begins with this decision (empty: the route has a URL of its own).
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


class Webhook(NamedTuple):
    """A request the carrier makes to the author's server because of this flow.

    `contract` names what it is sent with; `followed` says that the call goes on with the answer.
    """

    kind: str
    contract: str
    followed: bool
    step: str
    endpoint: Endpoint
    line: int


class LoweredRequest(NamedTuple):
    """What is sent to the carrier's API: the node's fields make its body. `name` is the call's, or the flow's."""

    kind: str
    name: str
    node: Node
    line: int


class Program(NamedTuple):
    """A flow, lowered for one target. `entry` is what the answer URL is: a document, or a route."""

    target: str
    entry: Next
    documents: tuple[Document, ...]
    routes: tuple[Route, ...]
    webhooks: tuple[Webhook, ...]
    requests: tuple[LoweredRequest, ...] = ()
