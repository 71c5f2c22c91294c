"""The response of a server of a bundle to a request, independent of the protocol: a document, or a status and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flowc.bundle import MANIFEST, ensure_complete
from flowc.bundle.audio import FOREVER, AudioEntry
from flowc.bundle.manifest import DocumentEntry, Manifest
from flowc.bundle.manifest_reader import read_manifest
from flowc.bundle.routing import FILE_METHODS, METHODS, Answer, Request, answer
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple

#: The largest form body that is accepted, in bytes; those of carriers have about a thousand.
MAX_BODY = 65_536
#: How much of a larger body is read: a client that still sends when the connection closes never sees the response.
MAX_READ = 16 * MAX_BODY
_PLAIN = "text/plain; charset=utf-8"
_REASONS = {
    400: "bad request\n",
    403: "bad signature\n",
    404: "not found\n",
    405: "method not allowed\n",
    411: "length required\n",
    413: "too large\n",
    503: "signatures cannot be verified\n",
}


class UnusableBundle(Exception):
    """A folder does not contain a bundle, or the bundle is damaged; the message says which."""


class Served(NamedTuple):
    """A bundle that is served: its manifest, and documents and audio by their paths. No other file is ever returned."""

    manifest: Manifest
    documents: Mapping[str, bytes]


class Reply(NamedTuple):
    """The response to the carrier; for the log, its description (`note`), and what a route decided by (`decided`)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    note: str
    decided: Answer | None = None


#: Verifies the signature of a request, with the URL that the carrier was given. Headers have lower-case names.
Verifier = Callable[[Request, Mapping[str, str]], bool]


@dataclass(frozen=True, slots=True)
class Guard:
    """Verifies the signatures of each target's requests; a bad one is refused or (if `report` is set) only reported.

    `closed` are targets whose requests get 503, since they cannot be verified. `lines` describe for each target whether
    its requests are verified.
    """

    verifiers: Mapping[str, Verifier]
    closed: frozenset[str] = frozenset()
    report: bool = False
    lines: tuple[str, ...] = ()


_OPEN = Guard({})


def served(manifest: Manifest, files: Mapping[str, bytes]) -> Served:
    """Return a bundle in memory, to be served. Raises KeyError for a file that is not among them."""
    return Served(manifest, {entry.path: files[entry.path] for entry in _entries(manifest)})


def read_bundle(folder: Path) -> Served:
    """Read the bundle in a folder.

    Raises UnusableBundle unless every document is as the manifest lists it, and BundleError after an interrupted build.
    """
    ensure_complete(folder)
    try:
        manifest = read_manifest((folder / MANIFEST).read_bytes())
        documents = {entry.path: _intact(folder, entry) for entry in _entries(manifest)}
    except OSError as error:
        raise UnusableBundle(f"{error.filename}: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableBundle(f"{folder / MANIFEST}: this is not the manifest of a bundle") from error
    return Served(manifest, documents)


def _entries(manifest: Manifest) -> Iterator[DocumentEntry | AudioEntry]:
    yield from manifest.documents
    yield from manifest.audio


def _intact(folder: Path, entry: DocumentEntry | AudioEntry) -> bytes:
    data = (folder / entry.path).read_bytes()
    if sha256_hex(data) != entry.sha256:
        crlf = sha256_hex(data.replace(b"\r\n", b"\n")) == entry.sha256
        reason = " (git or an editor has changed its line ends to CRLF)" if crlf else ""
        raise UnusableBundle(f"{folder / entry.path} differs from the manifest{reason}: build again")
    return data


def reply(
    bundle: Served,
    request: Request,
    headers: Mapping[str, str],
    guard: Guard | None = None,
    clock: Callable[[], float] = time.time,
) -> Reply:
    """Return the response to a request whose URL is path and query as received. Never raises.

    `clock` returns the time by which calendars decide, in seconds since 1970.
    """
    if len(request.body) > MAX_BODY:
        return refused(413, request.method)
    decided = answer(bundle.manifest, request, clock())
    document = decided.document
    if decided.audio is not None and decided.status == 200:
        return _file(bundle, decided.audio, request.method)
    if document is None:
        return refused(decided.status, request.method, FILE_METHODS if decided.audio else METHODS)
    guard = guard or _OPEN
    status, warned = _verified(bundle.manifest, document.target, request, headers, guard)
    if status != 200 and not guard.report:
        return refused(status, request.method)
    note = f"{document.path} ({document.source.file}:{document.source.line}){warned}"
    body = b"" if request.method == "HEAD" else bundle.documents[document.path]
    return Reply(200, _headers(document.content_type, document.size), body, note, decided)


def _file(bundle: Served, audio: AudioEntry, method: str) -> Reply:
    """Return an audio file, which is not secret: carriers do not sign all requests for files."""
    headers = _headers(audio.content_type, audio.size, FOREVER)
    return Reply(
        200, headers, b"" if method == "HEAD" else bundle.documents[audio.path], f"{audio.path} ({audio.file})"
    )


def _verified(
    manifest: Manifest, target: str, request: Request, headers: Mapping[str, str], guard: Guard
) -> tuple[int, str]:
    """Return the status for a request's signature, and a note for the log.

    The signature covers the URL that the carrier was given, so the Host header is ignored.
    """
    verify = guard.verifiers.get(target)
    if verify is None:
        return (503, ", not verified") if target in guard.closed | manifest.required else (200, "")
    own = urlsplit(manifest.base_url)
    trusted = verify(request._replace(url=f"{own.scheme}://{own.netloc}{request.url}"), headers)
    return (200, "") if trusted else (403, ", with a bad signature")


def refused(status: int, method: str, methods: Sequence[str] = METHODS) -> Reply:
    """Return the response to a request without a document, with one of the statuses of `_REASONS`."""
    text = _REASONS[status].encode()
    allow = (("Allow", ", ".join(methods)),) if status == 405 else ()
    body = b"" if method == "HEAD" else text
    return Reply(status, (*_headers(_PLAIN, len(text)), *allow), body, _REASONS[status].strip())


def _headers(content_type: str, length: int, cached: str = "no-store") -> tuple[tuple[str, str], ...]:
    return (("Content-Type", content_type), ("Content-Length", str(length)), ("Cache-Control", cached))
