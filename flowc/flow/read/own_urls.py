"""Replaces URLs in a flow that are documents of its own bundle: they mean a step, not a server.

These URLs are valid for one target and one base URL only, a plain web server refuses the POST by which carriers request
them, and later passes would treat them as the author's server. The flow is rewritten to continue with the step that is
meant, so that every later pass sees the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import suggestion
from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.model import ApiRequest, Flow, servers
from flowc.flow.values import Case, Destination, Endpoint, Following, Leave, Then, ToStep
from flowc.flow.verbs import GOTO, VERBS

_PORTS = {"http": 80, "https": 443}


class Meant(NamedTuple):
    """The message about a URL of the bundle, and the step that it names, if this flow has it."""

    message: str
    help: str
    step: str = ""


class OwnUrls:
    """The URLs of a flow that are in its own bundle."""

    def __init__(self, flow: Flow, targets: Iterable[str], hosted: str | None) -> None:
        """`targets` are the folders of the bundle, `hosted` is a base URL that overrides the flow's."""
        bases = (hosted, str(flow.base_url.value) if flow.base_url else None)
        self._flow = flow
        self._steps = {step.name for step in flow.steps}
        self._bases = [base for base in map(_split, filter(None, bases)) if base is not None]
        self._targets = {*flow.targets, *targets}

    def meant(self, url: str) -> Meant | None:
        """Return what a URL names; None if it is not in the bundle: other files of the same host are the author's."""
        found = _split(url) if self._bases else None
        for base in self._bases if found is not None else ():
            if found is not None and found.host == base.host and found.path[: len(base.path)] == base.path:
                return self._named(found.path[len(base.path) :])
        return None

    def _named(self, path: tuple[str, ...]) -> Meant | None:
        """Return what a path below the base URL names: TARGET/FLOW/STEP.xml, or TARGET/FLOW/STEP/VERB for a route."""
        if len(path) < 3 or path[0] not in self._targets:
            return None
        _, flow, step, *rest = path
        step = step.removesuffix(".xml")
        if flow != self._flow.name:
            help_ = f"Flows cannot be linked yet: copy the steps of {flow} into this flow, or use your own server."
            return Meant(f"this URL is a document of the flow {flow} in this bundle, not your own server", help_)
        if step not in self._steps:
            help_ = suggestion(step, self._steps) or "Write the name of a step, or the URL of your own server."
            return Meant("this URL is in this bundle, but the flow has no document with this path", help_)
        if rest:
            message = f"this URL is a route of the step {step} in this bundle, not your own server"
            return Meant(message, "Replace the URL by the name of the step where the call continues.", step)
        message = f"this URL is the step {step} in this bundle, not your own server"
        return Meant(message, f"Write {step} instead of the URL.", step)


def resolve_own_urls(flow: Flow, targets: Iterable[str], hosted: str | None) -> tuple[Flow, list[Finding]]:
    """Return the flow with steps in place of their URLs, and FC334 for each of these URLs."""
    answered = any(isinstance(url.to, Leave) for request in flow.requests for url in request.urls)
    if not answered and not any(servers(action) for step in flow.steps for action in step.actions):
        return flow, []
    return _Resolver(OwnUrls(flow, targets, hosted)).flow(flow)


class _Resolver:
    def __init__(self, urls: OwnUrls) -> None:
        self._urls = urls
        self._findings: list[Finding] = []

    def flow(self, flow: Flow) -> tuple[Flow, list[Finding]]:
        steps = tuple(step._replace(actions=tuple(map(self._action, step.actions))) for step in flow.steps)
        requests = tuple(map(self._request, flow.requests))
        found = replace(flow, steps=steps, requests=requests) if self._findings else flow
        return found, self._findings

    def _action(self, action: Action) -> Action:
        if isinstance(action, Redirect):
            step = self._step(action.endpoint)
            return _goto(action, step) if step else action
        if action.action is not None and action.action.follow and (step := self._step(action.action.endpoint)):
            return replace(action, action=None, then=_then(action, step))
        if action.then is not None and any(isinstance(to, Leave) for to in action.then.destinations()):
            return replace(action, then=self._then(action.then))
        return action

    def _then(self, then: Then) -> Then:
        cases = tuple(case._replace(to=self._destination(case.to)) for case in then.cases)
        otherwise = then.otherwise if then.otherwise is None else self._destination(then.otherwise)
        return then._replace(cases=cases, otherwise=otherwise, of_rows=tuple(map(self._destination, then.of_rows)))

    def _request(self, request: ApiRequest) -> ApiRequest:
        urls = tuple(
            url._replace(to=self._step(url.to.endpoint) or url.to) if isinstance(url.to, Leave) else url
            for url in request.urls
        )
        return request if urls == request.urls else replace(request, urls=urls)

    def _destination(self, to: Destination) -> Destination:
        return self._step(to.endpoint) or to if isinstance(to, Leave) else to

    def _step(self, endpoint: Endpoint) -> ToStep | None:
        """Return the step that a URL means, and report the URL; None if it means no step."""
        meant = self._urls.meant(endpoint.url)
        if meant is None or not meant.step:
            return None
        self._findings.append(Finding("FC334", endpoint.at, meant.message, meant.help))
        return ToStep(meant.step, endpoint.at)


def _then(action: Action, to: ToStep) -> Then:
    """Return what `action:` means with a step in place of a server: without input, the call continues in its step."""
    nothing = VERBS[action.verb].unreported
    cases = (Case(nothing, Following(to.at), to.at),) if nothing else ()
    return Then(cases, to, to.at)


def _goto(action: Redirect, to: ToStep) -> Goto:
    return Goto(verb=GOTO, id=action.id, at=action.at, line=action.line, blocks=action.blocks, to=to)


class _Split(NamedTuple):
    host: tuple[str, int | None]
    path: tuple[str, ...]


@lru_cache(maxsize=1024)  # the flows of a project have one base URL
def _split(url: str) -> _Split | None:
    """Return the host, port and path of a URL; None if it is not one. http and https of a host count as the same."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    usual = port is None or port == _PORTS[parts.scheme]
    return _Split((parts.hostname, None if usual else port), tuple(part for part in parts.path.split("/") if part))
