"""Asks a live host for everything a manifest promises, and tells where it answers otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

from flowc.bundle.manifest import DocumentEntry, Manifest
from flowc.bundle.routing import Request, answer
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.wording import cut
from flowc.serve.probe.questions import Question, questions
from flowc.simulate.client import FAILURES, Client, HttpResponse

__all__ = ["Fault", "Result", "Unreachable", "probe"]

#: A host that does not answer so many times in a row is taken for gone.
_PATIENCE = 3
#: What a host may say where the bundle has nothing: any refusal, and that it knows no such method.
_REFUSALS = (*range(400, 500), 501)
_LONGEST_SHOWN = 120


class Unreachable(Exception):
    """The host does not answer; the message says how."""


class WrongAnswer(NamedTuple):
    """An answer that is not what the manifest promises; `variant` is the kind of request, `message` what was wrong."""

    variant: str
    method: str
    target: str
    message: str

    def __str__(self) -> str:
        """The fault in one line."""
        return f"{self.method} {cut(self.target, _LONGEST_SHOWN)} ({self.variant}): {self.message}"


class ProbeResult(NamedTuple):
    """How many requests were made, what was wrong, and what was only lenient."""

    asked: int
    faults: tuple[WrongAnswer, ...]
    lenient: tuple[WrongAnswer, ...]


def _sent(question: Question) -> bytes | Iterator[bytes] | None:
    """The form of a question, in chunks where it is asked so."""
    if question.method != "POST":
        return None
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
    progress: Progress = no_progress,
) -> ProbeResult:
    """Ask a host for every document and every way of every route, and for much that no carrier would ask.

    `url` is where the bundle is hosted. `methods` are those by which routes are asked beside their own; `leniencies`
    name the variants whose faults are set apart. At most `rate` requests are made a second (0: as many as can be),
    each answered within `timeout` seconds. Of an answer no more is read than the largest document of the manifest has.
    Raises Unreachable if the host does not answer.
    """
    there = replace(manifest, base_url=url.rstrip("/"))
    documents: dict[str, list[DocumentEntry]] = {}
    for entry in there.documents:
        documents.setdefault(entry.sha256, []).append(entry)
    known = leniencies or {}
    asked = list(questions(there, methods))
    faults: list[WrongAnswer] = []
    lenient: list[WrongAnswer] = []
    silent = 0
    begun = time.monotonic()
    largest = max((entry.size for entry in there.documents), default=0)
    with closing(Client(url, timeout, largest)) as client:
        for number, question in enumerate(progress(asked, "asking")):
            if rate:
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            try:
                said = _asked(client, question)
                silent = 0
            except FAILURES as error:
                silent += 1
                if silent == _PATIENCE or number == 0:
                    raise Unreachable(f"{url} does not answer: {_why(error)}") from error
                found = [WrongAnswer(question.variant, question.method, question.target, f"no answer: {_why(error)}")]
            else:
                found = list(_faults(there, question, said, documents))
            for fault in found:
                (lenient if fault.variant in known else faults).append(fault)
    return ProbeResult(len(asked), tuple(faults), tuple(lenient))


def _asked(client: Client, question: Question) -> HttpResponse:
    """The answer to a question, which is put again if the host closes the connection, but not if it takes too long."""
    try:
        return client.ask(question.method, question.target, _sent(question))
    except TimeoutError:
        raise
    except FAILURES:
        return client.ask(question.method, question.target, _sent(question))


def _faults(
    manifest: Manifest, question: Question, said: HttpResponse, documents: Mapping[str, Sequence[DocumentEntry]]
) -> Iterator[WrongAnswer]:
    wanted = answer(manifest, Request(question.method, question.target, question.body)).document
    same = () if said.body is None else documents.get(sha256_hex(said.body), ())
    if wanted is None:
        if said.status not in _REFUSALS:
            yield _fault(question, f"answers {said.status}{' and a document' if same else ''} where nothing is")
        return
    if said.status != 200:
        yield _fault(question, f"answers {said.status} where {wanted.path} belongs")
        return
    if said.body is None:
        largest = max(entry.size for entry in manifest.documents)
        yield _fault(question, f"answers more than {largest} bytes where {wanted.path} belongs")
        return
    if said.body if question.method == "HEAD" else wanted not in same:
        near = next((entry for entry in same if (entry.target, entry.flow) == (wanted.target, wanted.flow)), None)
        answered = near.path if near else "something else"
        message = f"answers {answered} where {wanted.path} belongs"
        if wanted in documents.get(sha256_hex(said.body.replace(b"\r\n", b"\n")), ()):
            message = f"answers {wanted.path} with other line ends: CRLF"
        yield _fault(question, message)
        return
    kind, cache = said.headers.get("Content-Type", ""), said.headers.get("Cache-Control", "")
    if _plain(kind) not in (_plain(wanted.content_type), _plain(wanted.content_type.partition(";")[0])):
        message = f"has the type {cut(kind) or 'of nothing'} where {wanted.content_type} belongs"
        yield _fault(question, message, "type")
    if "no-store" not in cache.lower():
        message = f"may be kept: Cache-Control is {cut(cache) or 'missing'} where no-store belongs"
        yield _fault(question, message, "cacheable")


def _fault(question: Question, message: str, variant: str = "") -> WrongAnswer:
    return WrongAnswer(variant or question.variant, question.method, question.target, message)


def _why(error: Exception) -> str:
    return cut(str(error) or type(error).__name__, _LONGEST_SHOWN)


def _plain(content_type: str) -> str:
    return content_type.replace(" ", "").replace('"', "").lower()
