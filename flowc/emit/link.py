"""Assigns paths and URLs to documents and routes, and checks what concerns several flows together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowc.bundle.hours_table import HoursEntry, hours_entry
from flowc.bundle.manifest import JSON, CaseEntry, FlowEntry, RequestEntry, RouteEntry, SourceLocation, WebhookEntry
from flowc.bundle.step_entry import StepEntry
from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location
from flowc.emit.paths import file_of, path_of_route, path_of_step
from flowc.emit.spell.elements import Spelled, SpelledDocument, SpelledRequest
from flowc.flow.audio import AudioFile
from flowc.flow.hours import Hours
from flowc.flow.model import Flow
from flowc.flow.values import Setting, ToStep, flow_of
from flowc.lower.ir import OWN_METHOD, DocId, Dropped, Next, Route, RouteId, ToDoc, ToRoute, ToServer

#: Files of requests to the carrier's API: a flow has one application, and calls with different names.
_REQUESTS = {"application": "application", "call": "calls/{}"}
#: Their folder: hosts serve only the targets' folders, and a request may contain private telephone numbers.
_PRIVATE = "requests"


class Unit(NamedTuple):
    """One flow on one target, ready to be linked."""

    flow: Flow
    target: str
    spelled: Spelled


class PlannedDocument(NamedTuple):
    """A document with its place in the bundle."""

    path: str
    url: str
    target: str
    flow: Flow
    document: SpelledDocument
    addresses: Mapping[DocId | RouteId, str]


class BundlePlan(NamedTuple):
    """A bundle before its documents are bytes."""

    base_url: str
    flows: tuple[FlowEntry, ...]
    documents: tuple[PlannedDocument, ...]
    routes: tuple[RouteEntry, ...]
    webhooks: tuple[WebhookEntry, ...]
    requests: tuple[RequestEntry, ...] = ()
    hours: tuple[HoursEntry, ...] = ()
    entries: tuple[StepEntry, ...] = ()
    audio: tuple[AudioFile, ...] = ()


def address(to: Next, addresses: Mapping[DocId | RouteId, str]) -> str:
    """Return the URL of a destination."""
    match to:
        case ToDoc(document):
            return addresses[document]
        case ToRoute(route):
            return addresses[route]
    return to.endpoint.url


def check(flows: Iterable[Flow], base_url: str | None) -> list[Finding]:
    """Find conflicts between flows: duplicate names, different base URLs, or none at all. `base_url` overrides all."""
    findings = []
    names: dict[str, Flow] = {}
    first: Setting | None = None
    for flow in flows:
        known = names.setdefault(flow.name, flow)
        if known is not flow:
            findings.append(_same_name(flow, known))
        if base_url is not None:
            continue
        if flow.base_url is None:
            help_ = "Write base_url: in the flow or in flowc.yaml, or give --base-url."
            findings.append(Finding("FC320", flow.at, "no base_url is given: the bundle has no address", help_))
            continue
        first = first or flow.base_url
        if str(flow.base_url.value).rstrip("/") != str(first.value).rstrip("/"):
            message = f"the base_url of this flow is {flow.base_url.value}, that of another is {first.value}"
            help_ = "A bundle has one base_url: write it once in flowc.yaml, or build the flows separately."
            findings.append(Finding("FC321", flow.base_url.at, message, help_, (Related(first.at, "the other one"),)))
    return findings


def _same_name(flow: Flow, known: Flow) -> Finding:
    """FC323 two flows of one name, or two parts that are played alone: these have a bundle of their own."""
    what, help_ = "flow", "Rename one of them: the name is the flow's folder in the bundle."
    if flow.at.key == "part":
        what, help_ = "part", "Rename one of them: parts are tested under their names."
    message = f"another {what} of this build is also named {flow.name}"
    return Finding("FC323", flow.at, message, help_, (Related(known.at, "the other one"),))


def link(units: Iterable[Unit], base_url: str) -> BundlePlan:
    """Return the plan of a bundle: all documents, routes and webhooks with their URLs below `base_url`."""
    base = base_url.rstrip("/")
    flows, documents, routes, webhooks, requests = [], [], [], [], []
    calendars: dict[Hours, HoursEntry] = {}
    entries: dict[str, StepEntry] = {}
    units = list(units)
    audio = [file for unit in units for file in unit.flow.audio]
    linked = _linked(units, base)
    for unit in units:
        flow, program = unit.flow, unit.spelled.program
        folder = _folder(unit)
        others = linked[unit.target]
        own = _paths(unit)
        paths: dict[DocId | RouteId, str] = {**own, **{name: other.path for name, other in others.items()}}
        addresses = {name: f"{base}/{path}" for name, path in own.items()}
        addresses |= {name: other.url for name, other in others.items()}
        source = SourceLocation(flow.file.path, _line_of_entry(flow))
        entry = address(program.entry, addresses)
        flows.append(
            FlowEntry(
                target=unit.target,
                flow=flow.name,
                answer_url=entry,
                answer_method=OWN_METHOD,
                signatures_required=flow.signed,
                source=source,
            )
        )
        documents += [
            PlannedDocument(
                path=paths[document.id],
                url=addresses[document.id],
                target=unit.target,
                flow=flow,
                document=document,
                addresses=addresses,
            )
            for document in unit.spelled.documents
        ]
        calendars |= {route.hours: _hours_entry(route.hours) for route in program.routes if route.hours}
        routes += [_route_entry(route, unit, paths, addresses, calendars) for route in program.routes]
        webhooks += [
            WebhookEntry(
                kind=hook.kind,
                contract=hook.contract,
                followed=hook.followed,
                url=hook.endpoint.url.partition("#")[0],  # a fragment is for the carrier, which does not send it
                method=hook.endpoint.method,
                target=unit.target,
                flow=flow.name,
                step=hook.step,
                source=source_of(flow, hook.endpoint.at, hook.line),
                returns=tuple(dict.fromkeys(_entry(to.step, unit, base).url for to in hook.endpoint.steps)),
            )
            for hook in program.webhooks
        ]
        returned = dict.fromkeys(to.step for hook in program.webhooks for to in hook.endpoint.steps)
        entries |= {one.url: one for one in (_entry(step, unit, base) for step in returned)}
        requests += [_request(request, unit, folder, addresses) for request in unit.spelled.requests]
    return BundlePlan(
        base_url=base,
        flows=tuple(flows),
        documents=tuple(sorted(documents, key=lambda document: document.path)),
        routes=tuple(sorted(routes, key=lambda route: route.path)),
        webhooks=tuple(webhooks),
        requests=tuple(sorted(requests, key=lambda request: request.path)),
        hours=tuple(sorted(set(calendars.values()))),
        entries=tuple(entries[url] for url in sorted(entries)),
        audio=tuple(
            sorted({(one.path, one.file): one for one in audio}.values(), key=lambda one: (one.path, one.file))
        ),
    )


def _entry(name: str, unit: Unit, base: str) -> StepEntry:
    """Return the entry of a step of a flow, or of another one, to which the author's server may return calls."""
    flow = flow_of(name) or unit.flow.name
    step = name.removeprefix(f"{flow}/")
    return StepEntry(f"{base}/{path_of_step(unit.target, flow, step)}", OWN_METHOD, unit.target, flow, step)


def _hours_entry(hours: Hours) -> HoursEntry:
    numbers = {word: number for number, word in enumerate(hours.table.words)}
    changes = tuple((change.at, numbers[change.word]) for change in hours.table.changes)
    return hours_entry(hours.name, hours.tzdata, hours.table.words, changes)


def _folder(unit: Unit) -> str:
    return f"{unit.target}/{unit.flow.name}"


def _paths(unit: Unit) -> dict[DocId | RouteId, str]:
    """Return the paths of the documents and routes of a flow on a target."""
    folder, program = _folder(unit), unit.spelled.program
    paths: dict[DocId | RouteId, str] = {
        **{document.id: f"{folder}/{file_of(document.id)}" for document in program.documents},
        **{route.id: f"{folder}/{path_of_route(route)}" for route in program.routes},
    }
    if len(set(paths.values())) < len(paths):
        raise Dropped(f"two documents or routes of {unit.flow.name} have one path")
    return paths


class _LinkedPlace(NamedTuple):
    """Where a step is to which other flows lead: the URL for a redirect, and the path for a case of a route."""

    url: str
    path: str


def _linked(units: Iterable[Unit], base: str) -> dict[str, dict[DocId, _LinkedPlace]]:
    """Return the steps to which other flows lead, for each target, as these flows name them."""
    linked: dict[str, dict[DocId, _LinkedPlace]] = {}
    for unit in units:
        known = linked.setdefault(unit.target, {})
        steps = unit.spelled.program.linked
        paths = _paths(unit) if steps else {}
        for step, place in steps.items():
            url = f"{base}/{path_of_step(unit.target, unit.flow.name, step)}"
            known[DocId(f"{unit.flow.name}/{step}")] = _LinkedPlace(url, paths[place.document])
    return linked


def _request(
    request: SpelledRequest, unit: Unit, folder: str, addresses: Mapping[DocId | RouteId, str]
) -> RequestEntry:
    file = _REQUESTS[request.kind].format(request.name)
    suffix = "json" if request.content_type == JSON else "form"
    body = {
        name: address(value, addresses) if isinstance(value, (ToDoc, ToRoute, ToServer)) else value
        for name, value in request.body.items()
    }
    return RequestEntry(
        kind=request.kind,
        name=request.name,
        path=f"{_PRIVATE}/{folder}/{file}.{suffix}",
        body=body,
        target=unit.target,
        flow=unit.flow.name,
        source=SourceLocation(unit.flow.file.path, request.line),
        content_type=request.content_type,
    )


def _route_entry(
    route: Route,
    unit: Unit,
    paths: Mapping[DocId | RouteId, str],
    addresses: Mapping[DocId | RouteId, str],
    calendars: Mapping[Hours, HoursEntry],
) -> RouteEntry:
    return RouteEntry(
        path=paths[route.id],
        url=addresses[route.id],
        method=OWN_METHOD,
        kind=route.id.kind,
        parameter=route.parameter,
        cases=tuple(CaseEntry(case.value, paths[case.to], case.prefix) for case in route.cases),
        empty=paths[route.empty],
        default=paths[route.default],
        ignore_case=route.ignore_case,
        target=unit.target,
        flow=unit.flow.name,
        step=route.id.step,
        source=source_of(unit.flow, route.at, route.line),
        hours=calendars[route.hours].id if route.hours else "",
    )


def source_of(flow: Flow, at: Location, line: int) -> SourceLocation:
    """Return where something is written: in the flow, or in a part."""
    return SourceLocation(at.file.path if at.file.use else flow.file.path, line)


def _line_of_entry(flow: Flow) -> int:
    step = flow.step(flow.entry.step) if isinstance(flow.entry, ToStep) else None
    return step.line if step else 1
