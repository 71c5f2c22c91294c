"""What a carrier gets when it requests a URL: a document that it can run, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol
from urllib.parse import unquote

from flowc.bundle.manifest import DocumentEntry, Manifest, RouteEntry
from flowc.bundle.notification import NotifyEntry
from flowc.bundle.routing import Answer, answer_at
from flowc.bundle.step_entry import StepEntry
from flowc.diagnostics.source import NodeRef
from flowc.flow.hours import Hours
from flowc.simulate.elements import CarrierElement, read_elements
from flowc.simulate.rules import Rules
from flowc.syntax.markup import Malformed, read_document


class Purpose(StrEnum):
    """What a carrier makes a request for."""

    ANSWER = "answer"
    FALLBACK = "fallback"
    ACTION = "action"
    REDIRECT = "redirect"
    SOUND = "sound"
    NOTICE = "notice"

    @property
    def is_followed(self) -> bool:
        """Whether the call continues with the document that is returned."""
        return self not in _IGNORED


_IGNORED = frozenset({Purpose.SOUND, Purpose.NOTICE})


class CarrierRequest(NamedTuple):
    """A request that a carrier makes; `contract` is the name of its description in webhooks.yaml.

    `at` is its time in seconds since 1970 (None: unknown). `words` are words that count instead, by the names of
    calendars, or by those of single decisions (`decision_name`).
    """

    purpose: Purpose
    method: str
    url: str
    parameters: Mapping[str, str]
    contract: str = ""
    at: int | None = None
    words: Mapping[str, str] = {}


class Page(NamedTuple):
    """A document to run: its name, its step, its elements, and (where known) their places in a flow, and its name.

    `decided` says which word of a calendar led to it, if one did. `notify` are the servers that the host notifies.
    `returns` are for each element the steps to which the author's server may return the call; `server` is the URL of a
    server that has the call now, because of the only element.
    """

    name: str
    step: str
    elements: tuple[CarrierElement, ...]
    places: tuple[NodeRef, ...] = ()
    flow: str = ""
    decided: str = ""
    notify: tuple[NotifyEntry, ...] = ()
    returns: tuple[tuple[StepEntry, ...], ...] = ()
    server: str = ""

    def at_server(self, url: str, element: int) -> Page | None:
        """Return the page for a server that has the call; None if it may not return it."""
        if not any(self.returns[element : element + 1]):
            return None
        return self._replace(
            name=f"{url} for {self.name} {element}",
            elements=self.elements[element : element + 1],
            places=self.places[element : element + 1],
            returns=self.returns[element : element + 1],
            server=url,
        )


class Missing(NamedTuple):
    """Why there is no document: `unreachable`, `unusable`, or `server` (the author's own answers); and in words.

    `how` is more precise where it is known: connection, protocol, slow, 4xx, 5xx ..., large, type.
    """

    what: str
    why: str
    how: str = ""


class Fetcher(Protocol):
    """A source of documents."""

    def __call__(self, request: CarrierRequest, /) -> Page | Missing:
        """Return the document that answers a request."""


class BundleFetcher:
    """Answers from a bundle, as every host of it does."""

    def __init__(
        self,
        manifest: Manifest,
        files: Mapping[str, bytes],
        rules: Rules,
        places: Mapping[str, tuple[NodeRef, ...]] | None = None,
        calendars: Iterable[Hours] = (),
        returns: Mapping[str, tuple[tuple[StepEntry, ...], ...]] | None = None,
    ) -> None:
        """`files` are the bundle's by path, `places` are where the elements of its documents are written.

        `calendars` are those of the flow, and `returns` the steps to which servers may return, for each element.
        """
        self._manifest = manifest
        self._base = f"{manifest.base_url}/"
        self._files = files
        self._rules = rules
        self._places = places or {}
        self._returns = returns or {}
        self._calendars = {hours.name: hours for hours in calendars}
        self._pages: dict[str, Page | Missing] = {}

    def __call__(self, request: CarrierRequest) -> Page | Missing:
        """Return the document that answers a request; a URL outside the bundle belongs to the author's server."""
        if not request.url.startswith(self._base):
            return Missing("server", f"{request.url} is the author's own")
        path = unquote(request.url.removeprefix(self._base).partition("#")[0].partition("?")[0])
        route = self._route(path)
        at = instant_of(self._manifest, route, request) if route is not None and route.hours else None
        # Nothing is encoded to be decoded again, and of the parameters only that of a route is read.
        answered = answer_at(self._manifest, request.method, path, lambda name: request.parameters.get(name, ""), at)
        entry = answered.document
        if entry is None:
            return Missing("unreachable", f"{request.method} {request.url} is answered with {answered.status}")
        if request.method not in entry.methods and route is None:
            return Missing("unreachable", f"{request.url} does not accept {request.method}")
        page = self._pages.get(entry.path)
        if page is None:
            page = self._pages[entry.path] = self._page(entry)
        if at is not None and isinstance(page, Page):
            given = route is not None and _given_word(self._manifest, route, request) is not None
            return page._replace(decided=self._decided(answered, request, given))
        return page

    def _route(self, path: str) -> RouteEntry | None:
        entry = self._manifest.by_path.get(path)
        return entry if isinstance(entry, RouteEntry) else None

    def _decided(self, answered: Answer, request: CarrierRequest, given: bool) -> str:
        """Return the word that decided, with the local time if the time is known."""
        name, word = answered.parameter, answered.value
        if request.at is None or given or name not in self._calendars:
            return f"{name} is {word}"
        return f"{name} is {word} on {self._calendars[name].local(request.at):%Y-%m-%d at %H:%M:%S}"

    def _page(self, entry: DocumentEntry) -> Page | Missing:
        places = self._places.get(entry.path, ())
        page = read_page(self._files[entry.path], entry.path, entry.step, self._rules, places)
        if isinstance(page, Page):
            return page._replace(flow=entry.flow, notify=entry.notify, returns=self._returns.get(entry.path, ()))
        return page


def instant_of(manifest: Manifest, route: RouteEntry, request: CarrierRequest) -> int:
    """Return the time of a request, or one at which the calendar of a route gives the word that counts instead."""
    calendar = manifest.calendars[route.hours]
    word = _given_word(manifest, route, request)
    if word is None:
        return 0 if request.at is None else request.at
    number = calendar.words.index(word)
    return next(at for at, own in calendar.changes if own == number)


def decision_name(manifest: Manifest, route: RouteEntry) -> str:
    """Return the name of one decision by a calendar, such as `office@menu/hours`, the same for each target."""
    place = route.path.split("/", 2)[2].removesuffix(".xml")
    return f"{manifest.calendars[route.hours].name}@{place}"


def _given_word(manifest: Manifest, route: RouteEntry, request: CarrierRequest) -> str | None:
    name = decision_name(manifest, route)
    return request.words.get(name, request.words.get(name.partition("@")[0]))


def read_page(data: bytes, name: str, step: str, rules: Rules, places: tuple[NodeRef, ...] = ()) -> Page | Missing:
    """Read a document as a carrier does."""
    document = read_document(data)
    if isinstance(document, Malformed):
        return Missing("unusable", document.why)
    if document.name != rules.root:
        return Missing("unusable", f"its root is <{document.name}>, not <{rules.root}>")
    elements = tuple(read_elements(document.children, rules))
    return Page(name, step, elements, places if len(places) == len(elements) else ())
