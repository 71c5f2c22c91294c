"""The manifest of a bundle: documents, routes, webhooks and files, as frozen records and as deterministic JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from flowc.bundle import output_folder
from flowc.bundle.audio import AudioEntry
from flowc.bundle.encoding import encode
from flowc.bundle.hours_table import HoursEntry
from flowc.bundle.notification import NotifyEntry
from flowc.bundle.signature_scheme import Scheme
from flowc.bundle.step_entry import StepEntry
from flowc.diagnostics.digest import sha256_hex

#: Version of the manifest's format; see flowc/schema/manifest.schema.json.
FORMAT = 1
GENERATOR = "flowc"
MANIFEST = output_folder.MANIFEST
#: The Content-Type of most requests to the carriers' APIs; the others are forms.
JSON = "application/json"
#: The contract of the first request of a call.
ANSWER = "answer"


class SourceLocation(NamedTuple):
    """A location in the author's files; `line` is 1-based."""

    file: str
    line: int


class FlowEntry(NamedTuple):
    """A flow on a target, the answer URL for the carrier, and whether each request must be verified."""

    target: str
    flow: str
    answer_url: str
    answer_method: str
    signatures_required: bool
    source: SourceLocation


class DocumentEntry(NamedTuple):
    """A document, which is a file of the bundle. `methods` are the methods of requests for it, `size` is in bytes.

    `part` is the name of the part that contains the source; empty if the flow does. `notify` are the servers that the
    host notifies when it answers with the document.
    """

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
    part: str = ""
    notify: tuple[NotifyEntry, ...] = ()


class CaseEntry(NamedTuple):
    """A value of a route's parameter, or (`prefix`) the beginning of values, and the path of its document."""

    value: str
    document: str
    prefix: bool = False


class RouteEntry(NamedTuple):
    """A decision by one request parameter. `empty` and `default` are paths of documents.

    `ignore_case` means that values are compared without regard to the case of ASCII letters. `hours` is the calendar
    whose word decides in place of a parameter, if any.
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
    hours: str = ""


class WebhookEntry(NamedTuple):
    """A request that a carrier, or to notify the host, makes to the author's server because of this bundle.

    `contract` is the name of a contract of the target; `followed` means that the response continues the call.
    `returns` are the URLs of the steps to which the server may return it.
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
    returns: tuple[str, ...] = ()


class RequestEntry(NamedTuple):
    """A request to send to the carrier's API: an application or a call (`kind`). `path` is a file with the body.

    `name` is the name of the call or of the flow, `content_type` the format of the file.
    """

    kind: str
    name: str
    path: str
    body: Mapping[str, str | int | bool | list[str]]
    target: str
    flow: str
    source: SourceLocation
    content_type: str = JSON


class ParameterEntry(NamedTuple):
    """A parameter of a request. `values` are its possible values (empty: any), `when` the condition (empty: always).

    `type` is the type of its text: text, integer, decimal, boolean, timestamp or url.
    """

    name: str
    about: str
    type: str
    values: tuple[str, ...]
    when: str
    unit: str
    example: str


class ContractEntry(NamedTuple):
    """The parameters that a carrier sends with a request, and the use of the response: call, heard, message or ignored.

    If the carrier does not document them, `documented` is False and `parameters` are those to expect.
    """

    target: str
    name: str
    about: str
    answer: str
    documented: bool
    parameters: tuple[ParameterEntry, ...]

    @property
    def place(self) -> str:
        """The sort key of the contract."""
        return f"{self.target} {self.name}"


class SignatureEntry(NamedTuple):
    """The strongest signature scheme of a target's carrier; an attacker would use a weaker one."""

    target: str
    scheme: Scheme


class FileEntry(NamedTuple):
    """A file of the bundle other than the manifest; `size` is in bytes."""

    path: str
    sha256: str
    size: int


def file_entry(path: str, data: bytes) -> FileEntry:
    """Return the entry of a file with this content."""
    return FileEntry(path, sha256_hex(data), len(data))


@dataclass(frozen=True)
class Manifest:
    """The contents of a bundle. `others` are the files other than documents and the manifest, in path order."""

    base_url: str
    flows: tuple[FlowEntry, ...]
    documents: tuple[DocumentEntry, ...]
    routes: tuple[RouteEntry, ...]
    webhooks: tuple[WebhookEntry, ...]
    others: tuple[FileEntry, ...] = ()
    requests: tuple[RequestEntry, ...] = ()
    contracts: tuple[ContractEntry, ...] = ()
    signatures: tuple[SignatureEntry, ...] = ()
    hours: tuple[HoursEntry, ...] = ()
    entries: tuple[StepEntry, ...] = ()
    audio: tuple[AudioEntry, ...] = ()

    @cached_property
    def steps(self) -> Mapping[str, StepEntry]:
        """The steps to which the author's server may return a call, by their URLs."""
        return {entry.url: entry for entry in self.entries}

    @cached_property
    def by_path(self) -> Mapping[str, DocumentEntry | RouteEntry]:
        """Documents and routes by their paths."""
        entries: tuple[DocumentEntry | RouteEntry, ...] = (*self.documents, *self.routes)
        return {entry.path: entry for entry in entries}

    @cached_property
    def audio_by_path(self) -> Mapping[str, AudioEntry]:
        """Audio files by their places in the bundle."""
        return {entry.path: entry for entry in reversed(self.audio)}

    @cached_property
    def calendars(self) -> Mapping[str, HoursEntry]:
        """Calendars by their ids."""
        return {entry.id: entry for entry in self.hours}

    @cached_property
    def required(self) -> frozenset[str]:
        """The targets with a flow that requires signatures."""
        return frozenset(flow.target for flow in self.flows if flow.signatures_required)

    @cached_property
    def prefix(self) -> str:
        """The part of a URL path before the path in the bundle, with a trailing slash."""
        return urlsplit(self.base_url).path.rstrip("/") + "/"

    def to_json(self) -> bytes:
        """Return the manifest as UTF-8 JSON with sorted keys and one entry per line, so that diffs are readable."""
        return manifest_json(self.base_url, self.lines())

    def lines(self) -> dict[str, list[str]]:
        """Return the lists by name, a line per entry: its sort key (empty: keep the order), a tab, and its JSON."""
        files = sorted((*(FileEntry(one.path, one.sha256, one.size) for one in self.documents), *self.others))
        return {
            **({"audio": [f"{one.path} {one.file}\t{encode(one)}" for one in self.audio]} if self.audio else {}),
            "contracts": [f"{entry.place}\t{encode(entry)}" for entry in self.contracts],
            "documents": [f"{entry.path}\t{encode(entry)}" for entry in self.documents],
            **({"entries": [f"{entry.url}\t{encode(entry)}" for entry in self.entries]} if self.entries else {}),
            "files": [f"{entry.path}\t{encode(entry)}" for entry in files],
            "flows": [f"\t{encode(entry)}" for entry in self.flows],
            **({"hours": [f"{entry.id}\t{encode(entry)}" for entry in self.hours]} if self.hours else {}),
            "requests": [f"{entry.path}\t{encode(entry)}" for entry in self.requests],
            "routes": [f"{entry.path}\t{encode(entry)}" for entry in self.routes],
            "signatures": [f"{entry.target}\t{encode(entry)}" for entry in self.signatures],
            "webhooks": [f"\t{encode(entry)}" for entry in self.webhooks],
        }


def manifest_json(base_url: str, lists: Mapping[str, Sequence[str]]) -> bytes:
    """Return the JSON of a manifest from sorted lines in the form of `Manifest.lines`."""
    parts = {"base_url": encode(base_url), "format": encode(FORMAT), "generator": encode(GENERATOR)}
    for name, lines in lists.items():
        entries = ",\n    ".join([line[line.index("\t") + 1 :] for line in lines])
        parts[name] = f"[\n    {entries}\n  ]" if lines else "[]"
    return ("{\n" + ",\n".join(f'  "{name}": {parts[name]}' for name in sorted(parts)) + "\n}\n").encode()


def contracts_asked(flows: Iterable[FlowEntry], webhooks: Iterable[WebhookEntry]) -> set[tuple[str, str]]:
    """Return the contracts (target, name) of the first requests of calls and of all webhooks."""
    return {(flow.target, ANSWER) for flow in flows} | {(hook.target, hook.contract) for hook in webhooks}
