"""A call flow for the passes: typed, frozen, every part with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.flow.actions import Action, Goto, Redirect
from flowc.flow.audio import AudioFile
from flowc.flow.hours import Hours
from flowc.flow.values import (
    Block,
    Callback,
    Callee,
    Destination,
    Endpoint,
    Leave,
    Setting,
    ToStep,
    flow_of,
    settings_for,
)


class Step(NamedTuple):
    """A named list of actions; `at` is its name, `line` the name's line."""

    name: str
    actions: tuple[Action, ...]
    at: NodeRef
    line: int

    @property
    def written(self) -> str:
        """The name in its file, which is the same for all uses of a part."""
        return self.name.rpartition("/")[2] if self.at.file.use else self.name


def mentions(action: Action) -> tuple[ToStep, ...]:
    """Return the steps to which an action leads, also those to which the author's server may return the call."""
    named = [to for to in _destinations(action) if isinstance(to, ToStep)]
    named += [to for endpoint in servers(action) for to in endpoint.steps]
    return tuple(named)


def servers(action: Action) -> tuple[Endpoint, ...]:
    """Return the author's servers that may continue the call after an action."""
    found = [to.endpoint for to in _destinations(action) if isinstance(to, Leave)]
    if action.action is not None and action.action.follow:
        found.insert(0, action.action.endpoint)
    return (action.endpoint, *found) if isinstance(action, Redirect) else tuple(found)


def _destinations(action: Action) -> tuple[Destination, ...]:
    if action.then is not None:
        return action.then.destinations()
    return (action.to,) if isinstance(action, Goto) else ()


class RequestUrl(NamedTuple):
    """A field of a request for a URL that answers: a step, or the author's server."""

    name: str
    to: ToStep | Leave


@dataclass(frozen=True, eq=False, repr=False)
class ApiRequest:
    """A request to the carrier's API: an application, or an outgoing call, by its `kind`.

    `name` is the call's, or the flow's. `at` is its key, `line` the key's line. An application has no sender and no
    callees.
    """

    kind: str
    name: str
    at: NodeRef
    line: int
    settings: tuple[Setting, ...]
    blocks: tuple[Block, ...]
    callbacks: tuple[Callback, ...]
    urls: tuple[RequestUrl, ...]
    sender: Callee | None = None
    to: tuple[Callee, ...] = ()
    to_at: NodeRef | None = None

    def setting(self, name: str) -> Setting | None:
        """Return the setting of that name."""
        return next((setting for setting in self.settings if setting.name == name), None)

    def answered_by(self, name: str) -> ToStep | Leave | None:
        """Return the step or server that the field of that name gives."""
        return next((url.to for url in self.urls if url.name == name), None)

    def block(self, target: str) -> tuple[Setting, ...]:
        """Return the settings of a target's own block; empty if there is none."""
        return settings_for(self.blocks, target)

    def parties(self) -> tuple[Callee, ...]:
        """Return the sender and the callees."""
        return (*self.senders(), *self.to)

    def senders(self) -> tuple[Callee, ...]:
        """Return the number that makes a call; none for an application."""
        return (self.sender,) if self.sender else ()


@dataclass(frozen=True, eq=False, repr=False)
class Flow:
    """A call flow.

    `named` are the entries of the phone book that are used, `limits` the author's own limits, `parts` the names
    of the parts that it may use. `calendars` are those of the flow, and those of the project that it uses. `audio` are
    the files of the project that it plays.
    """

    file: SourceFile
    name: str
    at: NodeRef
    targets: tuple[str, ...]
    base_url: Setting | None
    host: Setting | None
    signatures: Setting | None
    entry: Destination
    steps: tuple[Step, ...]
    numbers: tuple[Callee, ...]
    requests: tuple[ApiRequest, ...] = ()
    named: frozenset[str] = frozenset()
    limits: tuple[Setting, ...] = ()
    parts: frozenset[str] = frozenset()
    calendars: tuple[Hours, ...] = ()
    audio: tuple[AudioFile, ...] = ()

    @property
    def signed(self) -> bool:
        """Whether a request must be verified before it is answered."""
        return self.signatures is not None and self.signatures.value == "required"

    def roots(self) -> tuple[ToStep, ...]:
        """Return the steps with which a call can begin: the entry, and those that its requests name."""
        starts = (self.entry, *(url.to for request in self.requests for url in request.urls))
        return tuple(to for to in starts if isinstance(to, ToStep))

    def step(self, name: str) -> Step | None:
        """Return the step of that name."""
        return next((step for step in self.steps if step.name == name), None)

    @cached_property
    def mentions(self) -> Mapping[str, tuple[ToStep, ...]]:
        """The steps to which each step leads, by its name. Several passes need them, so the actions are walked once."""
        return {step.name: tuple([to for action in step.actions for to in mentions(action)]) for step in self.steps}

    @cached_property
    def links(self) -> tuple[ToStep, ...]:
        """The destinations in other flows."""
        destinations = (*self.roots(), *(to for mentioned in self.mentions.values() for to in mentioned))
        return tuple(to for to in destinations if flow_of(to.step))
