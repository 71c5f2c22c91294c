"""The manifest: what a bundle holds, how its routes decide, and whom it calls. Frozen, and deterministic as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flowc.bundle.signature_scheme import Scheme, read_scheme

#: Version of the manifest's format; see flowc/schema/manifest.schema.json.
FORMAT = 1
GENERATOR = "flowc"
MANIFEST = "manifest.json"
#: The contract of the request that a call begins with.
ANSWER = "answer"


class SourceLocation(NamedTuple):
    """Where in the author's files something comes from; `line` is 1-based."""

    file: str
    line: int


class FlowEntry(NamedTuple):
    """A flow on a target, the answer URL to give to the carrier, and whether each request must be verified."""

    target: str
    flow: str
    answer_url: str
    answer_method: str
    signatures_required: bool
    source: SourceLocation


class DocumentEntry(NamedTuple):
    """One document: a file of the bundle. `methods` are those the carrier fetches it by, `size` is in bytes."""

    path: str
    url: str
    methods: tuple[str, ...]
    content_type: str
    sha256: str
    size: int
    target: str
    flow: str
    step: str
    role: str
    source: SourceLocation


class CaseEntry(NamedTuple):
    """A value of a route's parameter, and the path of the document it leads to."""

    value: str
    document: str


class RouteEntry(NamedTuple):
    """A decision by one request parameter. `empty` and `default` are paths of documents.

    `ignore_case` says that capitals of ASCII letters make no difference when a value is compared.
    """

    path: str
    url: str
    method: str
    kind: str
    parameter: str
    cases: tuple[CaseEntry, ...]
    empty: str
    default: str
    ignore_case: bool
    target: str
    flow: str
    step: str
    source: SourceLocation


class WebhookEntry(NamedTuple):
    """A request that a carrier makes to the author's server because of this bundle.

    `contract` names one of the target's; `followed` says that the call goes on with the answer.
    """

    kind: str
    contract: str
    followed: bool
    url: str
    method: str
    target: str
    flow: str
    step: str
    source: SourceLocation


class RequestEntry(NamedTuple):
    """What is to be sent to the carrier's API: an application or a call (`kind`); `path` is its file, the body alone.

    `name` is the call's, or the flow's.
    """

    kind: str
    name: str
    path: str
    body: Mapping[str, str | int | bool]
    target: str
    flow: str
    source: SourceLocation


class ParameterEntry(NamedTuple):
    """A parameter of a request. `values` are all it can have (empty: any), `when` says when it is sent (empty: always).

    `type` tells how its text is to be read: text, integer, decimal, boolean, timestamp or url.
    """

    name: str
    about: str
    type: str
    values: tuple[str, ...]
    when: str
    unit: str
    example: str


class ContractEntry(NamedTuple):
    """What a target's carrier sends with a request, and what becomes of the answer: call, heard, message or ignored.

    `documented` is False where the carrier does not say what it sends; `parameters` are then what may be expected.
    """

    target: str
    name: str
    about: str
    answer: str
    documented: bool
    parameters: tuple[ParameterEntry, ...]

    @property
    def place(self) -> str:
        """What tells its place among the contracts."""
        return f"{self.target} {self.name}"


class SignatureEntry(NamedTuple):
    """How a target's carrier signs, by the strongest of its schemes: a weaker one would be attacked."""

    target: str
    scheme: Scheme


class FileEntry(NamedTuple):
    """A file of the bundle but the manifest itself; `size` is in bytes."""

    path: str
    sha256: str
    size: int


def file_entry(path: str, data: bytes) -> FileEntry:
    """The entry of a file that holds these bytes."""
    return FileEntry(path, hashlib.sha256(data).hexdigest(), len(data))


@dataclass(frozen=True)
class Manifest:
    """What a bundle holds. `others` are its files beside the documents (and the manifest), in the order of paths."""

    base_url: str
    flows: tuple[FlowEntry, ...]
    documents: tuple[DocumentEntry, ...]
    routes: tuple[RouteEntry, ...]
    webhooks: tuple[WebhookEntry, ...]
    others: tuple[FileEntry, ...] = ()
    requests: tuple[RequestEntry, ...] = ()
    contracts: tuple[ContractEntry, ...] = ()
    signatures: tuple[SignatureEntry, ...] = ()

    @cached_property
    def by_path(self) -> Mapping[str, DocumentEntry | RouteEntry]:
        """Documents and routes by their paths."""
        entries: tuple[DocumentEntry | RouteEntry, ...] = (*self.documents, *self.routes)
        return {entry.path: entry for entry in entries}

    @cached_property
    def required(self) -> frozenset[str]:
        """The targets whose requests must be verified, since a flow says so."""
        return frozenset(flow.target for flow in self.flows if flow.signatures_required)

    @cached_property
    def prefix(self) -> str:
        """What precedes a path of the bundle in the path of a URL, with its slash."""
        return urlsplit(self.base_url).path.rstrip("/") + "/"

    def to_json(self) -> bytes:
        """The manifest as UTF-8 JSON: sorted keys, one entry a line, so that a change reads as a change."""
        return manifest_json(self.base_url, self.lines())

    def lines(self) -> dict[str, list[str]]:
        """Its lists by name, a line for each entry: its place in the list (empty: as it came), a tab, and its JSON."""
        files = sorted((*(FileEntry(one.path, one.sha256, one.size) for one in self.documents), *self.others))
        return {
            "contracts": [f"{entry.place}\t{_encode(entry)}" for entry in self.contracts],
            "documents": [f"{entry.path}\t{_encode(entry)}" for entry in self.documents],
            "files": [f"{entry.path}\t{_encode(entry)}" for entry in files],
            "flows": [f"\t{_encode(entry)}" for entry in self.flows],
            "requests": [f"{entry.path}\t{_encode(entry)}" for entry in self.requests],
            "routes": [f"{entry.path}\t{_encode(entry)}" for entry in self.routes],
            "signatures": [f"{entry.target}\t{_encode(entry)}" for entry in self.signatures],
            "webhooks": [f"\t{_encode(entry)}" for entry in self.webhooks],
        }


def manifest_json(base_url: str, lists: Mapping[str, Sequence[str]]) -> bytes:
    """A manifest of the lines that `Manifest.lines` makes, which are in order."""
    parts = {"base_url": _encode(base_url), "format": _encode(FORMAT), "generator": _encode(GENERATOR)}
    for name, lines in lists.items():
        entries = ",\n    ".join([line[line.index("\t") + 1 :] for line in lines])
        parts[name] = f"[\n    {entries}\n  ]" if lines else "[]"
    return ("{\n" + ",\n".join(f'  "{name}": {parts[name]}' for name in sorted(parts)) + "\n}\n").encode()


def contracts_asked(flows: Iterable[FlowEntry], webhooks: Iterable[WebhookEntry]) -> set[tuple[str, str]]:
    """The contracts, by target and name, of the request that a call begins with, and of all to the author's server."""
    return {(flow.target, ANSWER) for flow in flows} | {(hook.target, hook.contract) for hook in webhooks}


def _encode(value: Any) -> str:
    """A value of the manifest as JSON. The general encoder takes ten times as long for such small records."""
    kind = type(value)
    if kind in _FORMS:
        form, fields = _FORMS[kind]
        return form % tuple([encode_basestring(one) if type(one) is str else _encode(one) for one in fields(value)])
    if kind is tuple:
        return f"[{', '.join(map(_encode, value))}]"
    if kind is int:
        return str(value)
    return encode_basestring(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _form(record: Any) -> tuple[str, Callable[[Any], tuple[Any, ...]]]:
    """A record as JSON, its fields in the order of their names left open, and what takes these from a record."""
    names = sorted(record._fields)
    return f"{{{', '.join(f'{encode_basestring(name)}: %s' for name in names)}}}", attrgetter(*names)


_FORMS = {
    record: _form(record)
    for record in (
        *(SourceLocation, FlowEntry, DocumentEntry, CaseEntry, RouteEntry, WebhookEntry, ParameterEntry, ContractEntry),
        *(RequestEntry, Scheme, SignatureEntry, FileEntry),
    )
}


def read_manifest(data: bytes) -> Manifest:
    """The manifest in a bundle's manifest.json.

    Raises ValueError if it is no JSON, KeyError or TypeError if it is no manifest of this format.
    """
    try:
        raw = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    if raw["generator"] != GENERATOR or raw["format"] != FORMAT:
        raise ValueError("this is no manifest of flowc that this version reads")
    documents = tuple(DocumentEntry(**{**_sourced(one), "methods": tuple(one["methods"])}) for one in raw["documents"])
    paths = {document.path for document in documents}
    return Manifest(
        base_url=raw["base_url"],
        flows=tuple(FlowEntry(**_sourced(entry)) for entry in raw["flows"]),
        documents=documents,
        routes=tuple(
            RouteEntry(**{**_sourced(entry), "cases": tuple(CaseEntry(**case) for case in entry["cases"])})
            for entry in raw["routes"]
        ),
        webhooks=tuple(WebhookEntry(**_sourced(entry)) for entry in raw["webhooks"]),
        others=tuple(FileEntry(**entry) for entry in raw["files"] if entry["path"] not in paths),
        requests=tuple(RequestEntry(**_sourced(entry)) for entry in raw["requests"]),
        contracts=tuple(map(_contract, raw["contracts"])),
        signatures=tuple(SignatureEntry(**{**one, "scheme": read_scheme(one["scheme"])}) for one in raw["signatures"]),
    )


def _contract(entry: Mapping[str, Any]) -> ContractEntry:
    parameters = tuple(ParameterEntry(**{**one, "values": tuple(one["values"])}) for one in entry["parameters"])
    return ContractEntry(**{**entry, "parameters": parameters})


def _sourced(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "source": SourceLocation(**entry["source"])}
