"""What a carrier gets when it asks for a URL: a document that it can run, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import quote_plus, urlencode

from flowc.bundle.manifest import DocumentEntry, Manifest
from flowc.bundle.routing import Request, answer
from flowc.diagnostics.source import NodeRef
from flowc.syntax.markup import Malformed, Tag, read_document

#: Most of what is sent is sent again and again.
_quoted = lru_cache(1 << 12)(quote_plus)


#: What is asked for a document that the call goes on with.
FOLLOWED = ("answer", "fallback", "action", "redirect")


class CarrierRequest(NamedTuple):
    """A request that a carrier makes: what for (answer, fallback, action, redirect, sound, told), and what it says.

    `contract` is the name of what the carrier documents of such a request.
    """

    what: str
    method: str
    url: str
    parameters: Mapping[str, str]
    contract: str = ""


class Page(NamedTuple):
    """A document to run: its name, its step, its elements, and (where known) the place in the flow of each."""

    name: str
    step: str
    elements: tuple[Tag, ...]
    places: tuple[NodeRef, ...] = ()


class Missing(NamedTuple):
    """Why there is no document: unreachable or unusable, or server where the author's own answers; and in words.

    `how` is more precise where that is known: connection, protocol, slow, 4xx, 5xx ..., large, type.
    """

    what: str
    why: str
    how: str = ""


class Fetcher(Protocol):
    """Where documents come from."""

    def __call__(self, asked: CarrierRequest) -> Page | Missing:
        """What is answered."""


class BundleFetcher:
    """Answers from a bundle, as every host of it does."""

    def __init__(
        self,
        manifest: Manifest,
        files: Mapping[str, bytes],
        root: str,
        places: Mapping[str, tuple[NodeRef, ...]] | None = None,
    ) -> None:
        """`files` are the bundle's by path, `root` the element around a document, `places` where elements come from."""
        self._manifest = manifest
        self._files = files
        self._root = root
        self._places = places or {}
        self._pages: dict[str, Page | Missing] = {}

    def __call__(self, asked: CarrierRequest) -> Page | Missing:
        """What is answered; a URL outside the bundle is the author's server's."""
        if not asked.url.startswith(f"{self._manifest.base_url}/"):
            return Missing("server", f"{asked.url} is the author's own")
        form = urlencode(asked.parameters, quote_via=_quoted)
        url = asked.url.partition("#")[0]
        if asked.method == "POST":
            request = Request("POST", url, form.encode())
        else:
            request = Request(asked.method, f"{url}?{form}" if form else url)
        answered = answer(self._manifest, request)
        entry = answered.document
        if entry is None:
            return Missing("unreachable", f"{asked.method} {asked.url} is answered with {answered.status}")
        if asked.method not in entry.methods and not self._is_route(url):
            return Missing("unreachable", f"{asked.url} is not made to be asked by {asked.method}")
        page = self._pages.get(entry.path)
        if page is None:
            page = self._pages[entry.path] = self._page(entry)
        return page

    def _is_route(self, url: str) -> bool:
        path = url.removeprefix(f"{self._manifest.base_url}/")
        return not isinstance(self._manifest.by_path.get(path), DocumentEntry)

    def _page(self, entry: DocumentEntry) -> Page | Missing:
        return read_page(self._files[entry.path], entry.path, entry.step, self._root, self._places.get(entry.path, ()))


def read_page(data: bytes, name: str, step: str, root: str, places: tuple[NodeRef, ...] = ()) -> Page | Missing:
    """A document as a carrier reads it."""
    document = read_document(data)
    if isinstance(document, Malformed):
        return Missing("unusable", document.why)
    if document.name != root:
        return Missing("unusable", f"its root is <{document.name}>, not <{root}>")
    elements = tuple(child for child in document.children if isinstance(child, Tag))
    return Page(name, step, elements, places if len(places) == len(elements) else ())
