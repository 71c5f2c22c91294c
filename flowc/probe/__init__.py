"""Asks a live host for everything a manifest promises, and tells where it answers otherwise."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import NamedTuple
from urllib.parse import urlsplit

from flowc.manifest import DocumentEntry, Manifest
from flowc.probe.questions import Question, questions
from flowc.routing import Request, answer
from flowc.watch import Watch, unwatched

__all__ = ["Fault", "Result", "Unreachable", "probe"]

#: A host that does not answer so many times in a row is taken for gone.
_PATIENCE = 3
#: What a host may say where the bundle has nothing: any refusal, and that it knows no such method.
_REFUSALS = (*range(400, 500), 501)
_LONGEST_SHOWN = 120
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Unreachable(Exception):
    """The host does not answer; the message says how."""


class Fault(NamedTuple):
    """An answer that is not what the manifest promises; `variant` is the kind of request, `message` what was wrong."""

    variant: str
    method: str
    target: str
    message: str

    def __str__(self) -> str:
        """The fault in one line."""
        shown = self.target if len(self.target) <= _LONGEST_SHOWN else f"{self.target[:_LONGEST_SHOWN]}..."
        return f"{self.method} {shown} ({self.variant}): {self.message}"


class Result(NamedTuple):
    """How many requests were made, what was wrong, and what was only lenient."""

    asked: int
    faults: tuple[Fault, ...]
    lenient: tuple[Fault, ...]


class _Said(NamedTuple):
    status: int
    content_type: str
    cache: str
    body: bytes


class _Line:
    """A connection that is kept, and made anew when the host has closed it."""

    def __init__(self, url: str, timeout: float) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=timeout)

    def ask(self, question: Question) -> _Said:
        """Raises OSError or HTTPException if nothing comes back, not even on a new connection."""
        try:
            return self._once(question)
        except (OSError, HTTPException):
            self._connection.close()
        try:
            return self._once(question)
        except (OSError, HTTPException):
            self._connection.close()
            raise

    def _once(self, question: Question) -> _Said:
        headers = _FORM if question.method == "POST" else {}
        body = _sent(question) if question.method == "POST" else None
        try:
            self._connection.request(question.method, question.target, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            # A host may refuse a long body before it has all come, and say so.
            if self._connection.sock is None:
                raise
        response: HTTPResponse = self._connection.getresponse()
        data = response.read()
        said = _Said(
            response.status, response.headers.get("Content-Type", ""), response.headers.get("Cache-Control", ""), data
        )
        if response.will_close:
            self._connection.close()
        return said

    def close(self) -> None:
        self._connection.close()


def _sent(question: Question) -> bytes | Iterator[bytes]:
    """The body of a question, in chunks where it is asked so."""
    body, size = question.body, question.chunk
    return (body[at : at + size] for at in range(0, len(body), size)) if size else body


def probe(
    manifest: Manifest,
    url: str,
    *,
    methods: tuple[str, ...] = (),
    leniencies: Mapping[str, str] | None = None,
    rate: float = 0,
    timeout: float = 10,
    watch: Watch = unwatched,
) -> Result:
    """Ask a host for every document and every way of every route, and for much that no carrier would ask.

    `url` is where the bundle is hosted. `methods` are those by which routes are asked beside their own; `leniencies`
    name the variants whose faults are set apart. At most `rate` requests are made a second (0: as many as can be),
    each answered within `timeout` seconds. Raises Unreachable if the host does not answer.
    """
    there = replace(manifest, base_url=url.rstrip("/"))
    documents: dict[str, list[DocumentEntry]] = {}
    for entry in there.documents:
        documents.setdefault(entry.sha256, []).append(entry)
    known = leniencies or {}
    asked = list(questions(there, methods))
    faults: list[Fault] = []
    lenient: list[Fault] = []
    silent = 0
    line = _Line(url, timeout)
    begun = time.monotonic()
    try:
        for number, question in enumerate(watch(asked, "asking")):
            if rate:
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            try:
                said = line.ask(question)
                silent = 0
            except (OSError, HTTPException) as error:
                silent += 1
                if silent == _PATIENCE or number == 0:
                    raise Unreachable(f"{url} does not answer: {error or type(error).__name__}") from error
                found = [Fault(question.variant, question.method, question.target, f"no answer: {error}")]
            else:
                found = list(_faults(there, question, said, documents))
            for fault in found:
                (lenient if fault.variant in known else faults).append(fault)
    finally:
        line.close()
    return Result(len(asked), tuple(faults), tuple(lenient))


def _faults(
    manifest: Manifest, question: Question, said: _Said, documents: Mapping[str, Sequence[DocumentEntry]]
) -> Iterator[Fault]:
    wanted = answer(manifest, Request(question.method, question.target, question.body)).document
    same = documents.get(hashlib.sha256(said.body).hexdigest(), ())
    if wanted is None:
        if said.status not in _REFUSALS:
            yield _fault(question, f"answers {said.status}{' and a document' if same else ''} where nothing is")
        return
    if said.status != 200:
        yield _fault(question, f"answers {said.status} where {wanted.path} belongs")
        return
    if said.body if question.method == "HEAD" else wanted not in same:
        near = next((entry for entry in same if (entry.target, entry.flow) == (wanted.target, wanted.flow)), None)
        answered = near.path if near else "something else"
        message = f"answers {answered} where {wanted.path} belongs"
        if wanted in documents.get(hashlib.sha256(said.body.replace(b"\r\n", b"\n")).hexdigest(), ()):
            message = f"answers {wanted.path} with other line ends: CRLF"
        yield _fault(question, message)
        return
    if _plain(said.content_type) not in (_plain(wanted.content_type), _plain(wanted.content_type.partition(";")[0])):
        message = f"has the type {said.content_type or 'of nothing'} where {wanted.content_type} belongs"
        yield _fault(question, message, "type")
    if "no-store" not in said.cache.lower():
        message = f"may be kept: Cache-Control is {said.cache or 'missing'} where no-store belongs"
        yield _fault(question, message, "cacheable")


def _fault(question: Question, message: str, variant: str = "") -> Fault:
    return Fault(variant or question.variant, question.method, question.target, message)


def _plain(content_type: str) -> str:
    return content_type.replace(" ", "").replace('"', "").lower()
