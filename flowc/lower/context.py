"""The state of lowering one flow for one target: documents hoisted on demand, routes, webhooks, findings.

Hoisted documents are lowered from a queue, never by recursion, so a step of ten thousand actions needs no deeper a
stack than one of two actions.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action
from flowc.flow.graph import Graph
from flowc.flow.hours import Hours
from flowc.flow.model import ApiRequest, Flow, Step
from flowc.flow.values import Callee, Destination, Endpoint, Following, Leave, Setting, ToStep, flow_of
from flowc.flow.verbs import HANGUP, REDIRECT
from flowc.lower.ir import (
    OWN_METHOD,
    DocId,
    Document,
    Dropped,
    LoweredRequest,
    Next,
    NextSetting,
    Node,
    Notification,
    Program,
    Route,
    RouteCase,
    RouteId,
    ToDoc,
    ToRoute,
    ToServer,
    Webhook,
)
from flowc.profiles.profile import Profile

Nodes = tuple[Node, ...]
Field = Setting | NextSetting
Sequence = Callable[["Lowering", tuple[Action, ...]], Nodes]
#: The fields that identify an action.
_IDENTITY = ("verb", "id", "at", "line")


class Lowering:
    """One flow while it is lowered for one target."""

    def __init__(self, flow: Flow, graph: Graph, profile: Profile, sequence: Sequence) -> None:
        """Start with the flow alone; `sequence` lowers consecutive actions."""
        self.flow = flow
        self.graph = graph
        self.profile = profile
        self.findings: list[Finding] = []
        self._sequence = sequence
        self._documents: dict[DocId, Document] = {}
        self._routes: dict[RouteId, Route] = {}
        self._webhooks: dict[Webhook, None] = {}
        self._seen: set[DocId] = set()
        self._named: dict[str, DocId | None] = {}
        self._leaves: dict[tuple[str, int], dict[Endpoint, int]] = {}
        self._requests: list[LoweredRequest] = []
        self._notify: list[Notification] = []  # of the present document
        self._taken: dict[Action, set[str]] = {}
        self._pending: deque[tuple[DocId, Callable[[], Nodes], NodeRef, int, tuple[str, ...]]] = deque()

    def hoist(self, name: DocId, nodes: Callable[[], Nodes], at: NodeRef, line: int, method: str = OWN_METHOD) -> DocId:
        """Request a document; its nodes are made once, later."""
        if name not in self._seen:
            self._seen.add(name)
            self._pending.append((name, nodes, at, line, (method,)))
        return name

    def hoist_actions(self, name: DocId, actions: tuple[Action, ...], at: NodeRef, line: int) -> DocId:
        """Request a document of consecutive actions."""
        return self.hoist(name, partial(self._sequence, self, actions), at, line)

    def finish(self, entry: Next) -> Program:
        """Lower all requested documents, and return the program."""
        while self._pending:
            name, nodes, at, line, methods = self._pending.popleft()
            self._notify = []
            made = nodes()
            self._documents[name] = Document(
                id=name, nodes=made, at=at, line=line, methods=methods, notify=tuple(self._notify)
            )
        return Program(
            target=self.profile.name,
            flow=self.flow.name,
            entry=entry,
            documents=tuple(self._documents[name] for name in sorted(self._documents)),
            routes=tuple(self._routes[name] for name in sorted(self._routes)),
            webhooks=tuple(sorted(self._webhooks, key=lambda hook: (hook.line, hook.kind, hook.endpoint.url))),
            requests=tuple(self._requests),
        )

    def step(self, step: Step) -> DocId:
        """Return the document of a step."""
        name = DocId(step.name)
        return name if name in self._seen else self.hoist_actions(name, step.actions, step.at, step.line)

    def named(self, name: str) -> DocId | None:
        """Return the document of a step of this flow or another one; None if there is no such step."""
        if name not in self._named:
            step = self.graph.steps.get(name)
            self._named[name] = step and (DocId(name) if flow_of(name) else self.step(step))
        return self._named[name]

    # What is accounted for

    def take(self, action: Action, *names: str) -> None:
        """Note that these fields of an action are lowered."""
        self._taken.setdefault(action, set()).update(names)

    def settle(self, action: Action) -> None:
        """Raise Dropped if an action that was lowered has a field that was not."""
        taken = self._taken.pop(action, set())
        for name, value in vars(action).items():
            if name not in taken and name not in _IDENTITY and value not in ((), None):
                raise Dropped(f"nothing lowers {name} of this {action.verb} (line {action.line})")

    # Where things lead

    def document(self, to: Destination | None, action: Action) -> DocId:
        """Return the document of an action's destination; a missing destination (a fault) ends the call."""
        if isinstance(to, ToStep):
            return self.named(to.step) or self.end()
        if isinstance(to, Leave):
            return self._leave(to.endpoint, action)
        return self._known(to, action) or self.end()

    def end(self) -> DocId:
        """Return the document that hangs up."""
        return self.hoist(DocId("", "end"), lambda: (hangup(self.flow.at),), self.flow.at, 1)

    def go(self, to: Destination | None, action: Action) -> Nodes:
        """Return the nodes that continue with a destination, for the end of a document."""
        if isinstance(to, Leave):
            return (redirect(self.server(REDIRECT, to.endpoint, action, True), action.at),)
        known = self._known(to, action)
        return (redirect(ToDoc(known), action.at) if known else hangup(action.at),)

    def _known(self, to: Destination | None, action: Action) -> DocId | None:
        """Return the document of a step, or of the rest of this one; None for the end of the call."""
        if isinstance(to, ToStep):
            return self.named(to.step)
        if isinstance(to, Following):
            rest = self.rest(action)
            name = DocId(action.id.step, "rest", action.id.ordinal)
            return self.hoist_actions(name, rest, rest[0].at, rest[0].line) if rest else None
        return None

    def rest(self, action: Action) -> tuple[Action, ...]:
        """Return the actions after an action in its step."""
        return self.graph.steps[action.id.step].actions[action.id.ordinal :]

    def server(self, kind: str, endpoint: Endpoint, action: Action, followed: bool = False) -> ToServer:
        """Return a request to the author's server, and note it for the manifest.

        `followed` says that the call continues with the answer.
        """
        block = ((setting.name, setting.value) for setting in action.block(self.profile.name))
        variant = self.profile.variant(action.verb, block) if kind.startswith(f"{action.verb}-") else ""
        contract = kind.replace(action.verb, variant, 1) if variant else kind
        return self.webhook(
            Webhook(
                kind=kind,
                contract=contract,
                followed=followed,
                step=action.id.step,
                endpoint=endpoint,
                line=action.line,
            )
        )

    def webhook(self, hook: Webhook) -> ToServer:
        """Note a request to the author's server, and return it."""
        self._webhooks[hook] = None
        returns = (self.named(to.step) for to in hook.endpoint.steps)
        return ToServer(hook.endpoint, tuple(ToDoc(document) for document in returns if document is not None))

    def notify(self, notification: Notification) -> None:
        """Note that the host sends a notification when it answers with the document that is being lowered."""
        self._notify.append(notification)

    def request(self, request: LoweredRequest) -> None:
        """Note a request to the carrier's API."""
        self._requests.append(request)

    def block(
        self, kind: str, holder: Action | Callee | ApiRequest, source: Action | ApiRequest
    ) -> tuple[Setting, ...]:
        """Return the target's own block of a node of that kind; URLs of the author's server in it are noted.

        `source` is the action or the request that the node is made for.
        """
        settings = holder.block(self.profile.name)
        if not settings:
            return ()
        given = {setting.name: setting for setting in settings}
        for setting in settings:
            callback = self.profile.callback(kind, setting.name)
            if callback is not None:
                method = given.get(callback.method or "")
                endpoint = Endpoint(str(setting.value), str(method.value) if method else "POST", setting.at)
                if isinstance(source, Action):
                    self.server(callback.kind, endpoint, source, callback.followed)
                else:
                    self.webhook(
                        Webhook(
                            kind=callback.kind,
                            contract=callback.kind,
                            followed=callback.followed,
                            step="",
                            endpoint=endpoint,
                            line=source.line,
                        )
                    )
        return settings

    def route(
        self,
        kind: str,
        action: Action,
        part: int,
        parameter: str,
        cases: Iterable[RouteCase],
        empty: DocId,
        default: DocId,
        ignore_case: bool = False,
        hours: Hours | None = None,
    ) -> Next:
        """Return a decision after an action; a decision with only one destination is that document.

        `kind` is the action's verb, `confirm`, or `hours` for a decision by a calendar; `part` counts its decisions of
        that kind from 1.
        """
        rows = tuple(cases)
        if empty == default and all([case.to == default for case in rows]):
            return ToDoc(default)
        name = RouteId(action.id.step, kind, action.id.nth, part)
        route = Route(
            id=name,
            parameter=parameter,
            cases=rows,
            empty=empty,
            default=default,
            ignore_case=ignore_case,
            at=action.at,
            line=action.line,
            hours=hours,
        )
        if self._routes.setdefault(name, route) != route:
            raise Dropped(f"two decisions of {action.id.step} have one route: {name}")
        return ToRoute(name)

    def _leave(self, endpoint: Endpoint, action: Action) -> DocId:
        leaves = self._leaves.setdefault((action.id.step, action.id.ordinal), {})
        name = DocId(action.id.step, "leave", action.id.ordinal, leaves.setdefault(endpoint, len(leaves)))
        return self.hoist(
            name,
            lambda: (redirect(self.server(REDIRECT, endpoint, action, True), endpoint.at),),
            endpoint.at,
            action.line,
        )


def hangup(at: NodeRef) -> Node:
    """Return a node that ends the call."""
    return Node(HANGUP, at)


def redirect(to: Next, at: NodeRef) -> Node:
    """Return a node that continues the call there."""
    return Node(REDIRECT, at, (NextSetting("next", to, at),))
