"""Requests everything in a manifest from a live host, and reports wrong responses."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from flowc.bundle.audio import FOREVER, AudioEntry
from flowc.bundle.manifest import DocumentEntry, Manifest
from flowc.bundle.routing import Request, answer
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import cut
from flowc.serve.probe.requests import ProbeRequest, probe_requests, without_notifications
from flowc.simulate.client import FAILURES, Client, HttpResponse

__all__ = ["ProbeResult", "Unreachable", "WrongAnswer", "probe"]

#: Missing responses in a row after which a host counts as unreachable.
_PATIENCE = 3
#: Statuses that a host may return for paths outside the bundle: any client error, and an unknown method.
_REFUSALS = (*range(400, 500), 501)
_LONGEST_SHOWN = 120
#: By how many seconds the clocks of two computers usually differ at most.
_CLOCKS_DIFFER = 2


class Unreachable(Exception):
    """The host does not respond; the message gives the error."""


class WrongAnswer(NamedTuple):
    """A response that differs from the manifest: the variant and the line of the request, and what was wrong."""

    variant: str
    method: str
    target: str
    message: str

    def __str__(self) -> str:
        """Return the fault in one line."""
        return f"{self.method} {cut(self.target, _LONGEST_SHOWN)} ({self.variant}): {self.message}"


class ProbeResult(NamedTuple):
    """The number of requests, the wrong responses, and those that only differ in a known, tolerated way.

    `left_out` is the number of documents and routes that were not requested, since the host would notify a server.
    """

    asked: int
    faults: tuple[WrongAnswer, ...]
    lenient: tuple[WrongAnswer, ...]
    left_out: int = 0


def _body(request: ProbeRequest) -> bytes | Iterator[bytes] | None:
    """Return the form of a request, in chunks if it is to be sent so."""
    if request.method != "POST":
        return None
    body, size = request.body, request.chunk
    return (body[at : at + size] for at in range(0, len(body), size)) if size else body


def probe(
    manifest: Manifest,
    url: str,
    *,
    methods: tuple[str, ...] = (),
    leniencies: Mapping[str, str] | None = None,
    rate: float = 0,
    timeout: float = 10,
    notify: bool = False,
    progress: Progress = no_progress,
) -> ProbeResult:
    """Request everything in a manifest from a host: documents, audio files, routes; and much that no carrier requests.

    `url` is where the bundle is hosted. Routes are requested by `methods`, too, in addition to their own. `leniencies`
    name the variants whose faults are tolerated. At most `rate` requests are sent per second (0: no limit), and each
    response must come within `timeout` seconds. A response is read up to the size of the largest document. Without
    `notify`, what notifies a server is left out.
    Raises Unreachable if the host does not respond.
    """
    there = replace(manifest, base_url=url.rstrip("/"))
    documents: dict[str, list[DocumentEntry]] = {}
    for entry in there.documents:
        documents.setdefault(entry.sha256, []).append(entry)
    known = leniencies or {}
    asked = there if notify else without_notifications(there)
    requests = list(probe_requests(asked, methods))
    faults: list[WrongAnswer] = []
    lenient: list[WrongAnswer] = []
    silent = 0
    begun = time.monotonic()
    sizes = [*(entry.size for entry in there.documents), *(entry.size for entry in there.audio)]
    largest = max(sizes, default=0)
    with closing(Client(url, timeout, largest)) as client:
        for number, request in enumerate(progress(requests, "asking")):
            if rate:
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            try:
                response, moments = _ask_when_settled(client, there, request)
                silent = 0
            except FAILURES as error:
                silent += 1
                if silent == _PATIENCE or number == 0:
                    raise Unreachable(f"{url} does not answer: {_why(error)}") from error
                found = [_fault(request, f"no answer: {_why(error)}")]
            else:
                found = min((list(_faults(there, request, response, documents, at)) for at in moments), key=len)
            for fault in found:
                (lenient if fault.variant in known else faults).append(fault)
    left_out = len(there.by_path) - len(asked.by_path)
    return ProbeResult(len(requests), tuple(faults), tuple(lenient), left_out)


def _ask_when_settled(
    client: Client, manifest: Manifest, request: ProbeRequest
) -> tuple[HttpResponse, tuple[float, float]]:
    """Send a request, and again if a calendar changes meanwhile, or a little earlier or later by the host's clock.

    Return the response, and the first and the last time of which it may be; these differ only if the host is slow.
    """
    asked = Request(request.method, request.target, request.body)
    for last_time in (False, True):
        sent = time.time()
        response = _ask(client, request)
        moments = (sent - _CLOCKS_DIFFER, time.time() + _CLOCKS_DIFFER)
        if last_time or answer(manifest, asked, moments[0]) == answer(manifest, asked, moments[1]):
            break
        time.sleep(2 * _CLOCKS_DIFFER)
    return response, moments


def _ask(client: Client, request: ProbeRequest) -> HttpResponse:
    """Send a request, and again if the host closes the connection, but not after a timeout."""
    try:
        return client.ask(request.method, request.target, _body(request))
    except TimeoutError:
        raise
    except FAILURES:
        return client.ask(request.method, request.target, _body(request))


def _faults(
    manifest: Manifest,
    request: ProbeRequest,
    response: HttpResponse,
    documents: Mapping[str, Sequence[DocumentEntry]],
    at: float,
) -> Iterator[WrongAnswer]:
    answered = answer(manifest, Request(request.method, request.target, request.body), at)
    if answered.audio is not None:
        yield from _audio_faults(request, response, answered.audio)
        return
    wanted = answered.document
    same = () if response.body is None else documents.get(sha256_hex(response.body), ())
    if wanted is None:
        if response.status not in _REFUSALS:
            yield _fault(request, f"answers {response.status}{' and a document' if same else ''} where nothing is")
        return
    if response.status != 200:
        yield _fault(request, f"answers {response.status} where {wanted.path} belongs")
        return
    if response.body is None:
        largest = max(entry.size for entry in manifest.documents)
        yield _fault(request, f"answers more than {largest} bytes where {wanted.path} belongs")
        return
    if response.body if request.method == "HEAD" else wanted not in same:
        near = next((entry for entry in same if (entry.target, entry.flow) == (wanted.target, wanted.flow)), None)
        found = near.path if near else "something else"
        message = f"answers {found} where {wanted.path} belongs"
        if wanted in documents.get(sha256_hex(response.body.replace(b"\r\n", b"\n")), ()):
            message = f"answers {wanted.path} with other line ends: CRLF"
        yield _fault(request, message)
        return
    kind, cache = response.headers.get("Content-Type", ""), response.headers.get("Cache-Control", "")
    if _plain(kind) not in (_plain(wanted.content_type), _plain(wanted.content_type.partition(";")[0])):
        message = f"has the type {cut(kind) or 'of nothing'} where {wanted.content_type} belongs"
        yield _fault(request, message, "type")
    if "no-store" not in cache.lower():
        message = f"may be kept: Cache-Control is {cut(cache) or 'missing'} where no-store belongs"
        yield _fault(request, message, "cacheable")


def _audio_faults(request: ProbeRequest, response: HttpResponse, wanted: AudioEntry) -> Iterator[WrongAnswer]:
    data = wanted.sha256 if request.method == "HEAD" and not response.body else sha256_hex(response.body or b"")
    if response.status != 200 or data != wanted.sha256:
        found = "something else" if response.status == 200 else str(response.status)
        yield _fault(request, f"answers {found} where {wanted.path} belongs")
        return
    kind, cache = response.headers.get("Content-Type", ""), response.headers.get("Cache-Control", "")
    if _plain(kind) != _plain(wanted.content_type):
        message = f"has the type {cut(kind) or 'of nothing'} where {wanted.content_type} belongs"
        yield _fault(request, message, "type")
    if "immutable" not in cache.lower():
        message = f"is fetched again: Cache-Control is {cut(cache) or 'missing'} where {FOREVER} belongs"
        yield _fault(request, message, "cacheable")


def _fault(request: ProbeRequest, message: str, variant: str = "") -> WrongAnswer:
    return WrongAnswer(variant or request.variant, request.method, request.target, message)


def _why(error: Exception) -> str:
    return cut(str(error) or type(error).__name__, _LONGEST_SHOWN)


def _plain(content_type: str) -> str:
    return content_type.replace(" ", "").replace('"', "").lower()
