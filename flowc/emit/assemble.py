"""Makes a bundle from a plan: the bytes of all documents, and the manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlencode

from flowc.bundle.audio import AudioEntry
from flowc.bundle.manifest import (
    JSON,
    ContractEntry,
    DocumentEntry,
    Manifest,
    ParameterEntry,
    RequestEntry,
    SignatureEntry,
    contracts_asked,
    file_entry,
)
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import Finding, crash, unusable
from flowc.diagnostics.progress import Progress, no_progress
from flowc.emit.emitter import ContractBroken, Emitter
from flowc.emit.link import BundlePlan, PlannedDocument, source_of
from flowc.emit.notifications import notify_entry
from flowc.flow.audio import AudioFile
from flowc.flow.verbs import RAW
from flowc.profiles.files import bundled_formats
from flowc.profiles.targets import TargetError, Targets
from flowc.profiles.webhooks import RequestContract, Webhooks, read_webhooks

#: The content type of all documents; carriers accept it, and it names the encoding.
_CONTENT_TYPE = "application/xml; charset=utf-8"
_REPORT = "This is a bug in flowc or in the target's templates; please report it."


def assemble(
    plan: BundlePlan, targets: Targets, progress: Progress = no_progress
) -> tuple[dict[str, bytes], Manifest, list[Finding]]:
    """Return the files of a bundle, its manifest, and findings; after an error, files are missing."""
    emitters = _emitters(plan, targets)
    files: dict[str, bytes] = {}
    entries, findings = [], []
    for planned in progress(plan.documents, "writing"):
        try:
            data = emitters[planned.target].emit(planned)
        except ContractBroken as broken:
            message = f"the contract of {planned.target} refuses the generated document: {broken}"
            findings.append(Finding("FC902", planned.document.at, message, _REPORT))
            continue
        except TargetError as error:
            findings.append(unusable(planned.document.at, error))
            break
        except Exception as error:
            findings.append(crash(f"a template of {planned.target}", planned.document.at, error))
            continue
        findings += _too_large(planned, data, targets)
        files[planned.path] = data
        entries.append(_entry(planned, data))
    try:
        webhooks = {name: read_webhooks(targets.layers(name)) for name in sorted(_targets(plan))}
        contracts, signatures = _contracts(plan, webhooks), _signatures(webhooks)
    except TargetError as error:
        contracts, signatures = (), ()
        findings.append(unusable(plan.documents[0].document.at, error))
    requests = {request.path: _body(request) for request in plan.requests}
    files |= requests | {file.path: file.data for file in plan.audio}
    manifest = Manifest(
        base_url=plan.base_url,
        flows=plan.flows,
        documents=tuple(entries),
        routes=plan.routes,
        webhooks=plan.webhooks,
        others=tuple(file_entry(path, files[path]) for path in sorted({*requests, *(one.path for one in plan.audio)})),
        requests=plan.requests,
        contracts=contracts,
        signatures=signatures,
        hours=plan.hours,
        entries=plan.entries,
        audio=tuple(map(_audio, plan.audio)),
    )
    return files, manifest, findings


def _audio(file: AudioFile) -> AudioEntry:
    return AudioEntry(
        path=file.path,
        file=file.file,
        url=file.url,
        content_type=bundled_formats()[file.form].type,
        sha256=sha256_hex(file.data),
        size=len(file.data),
        length=file.info.ms,
    )


def judge(plan: BundlePlan, doubtful: Iterable[PlannedDocument], targets: Targets) -> list[Finding]:
    """Find what only the bytes of documents show: faults in XML that authors wrote, and documents over the limit."""
    emitters = _emitters(plan, targets)
    findings = []
    for planned in doubtful:
        try:
            findings += _too_large(planned, emitters[planned.target].emit(planned), targets)
        except ContractBroken:
            findings += _raw_faults(planned, emitters[planned.target])
        except Exception:
            continue  # a fault of the target's folder, which `assemble` reports
    return findings


def _raw_faults(planned: PlannedDocument, emitter: Emitter) -> Iterator[Finding]:
    """Find what the contract refuses in XML that the author wrote, which no table has checked."""
    for element in planned.document.elements:
        alone = planned._replace(document=planned.document._replace(elements=(element,)))
        if element.kind == RAW and (fault := _broken(emitter, alone)) is not None:
            message = f"{planned.target} does not take this XML: {fault}"
            yield Finding(
                "FC408", element.at, message, "Write it as the carrier documents it; names are case-sensitive."
            )


def _body(request: RequestEntry) -> bytes:
    """Return the body of a request to the carrier's API, as it is sent: a form is one line without an end."""
    if request.content_type != JSON:
        values = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in request.body.items()
        }
        return urlencode(sorted(values.items()), doseq=True).encode()
    return f"{json.dumps(request.body, ensure_ascii=False, indent=2, sort_keys=True)}\n".encode()


def _contracts(plan: BundlePlan, known: Mapping[str, Webhooks]) -> tuple[ContractEntry, ...]:
    """Return the contracts of all requests to the author's servers, and of the one that begins a call."""
    wanted = sorted(contracts_asked(plan.flows, plan.webhooks))
    rows = ((target, known[target].contracts.get(name)) for target, name in wanted)
    return tuple(_contract(target, row) for target, row in rows if row)


def _contract(target: str, row: RequestContract) -> ContractEntry:
    parameters = tuple(
        ParameterEntry(
            name=one.name,
            about=one.about,
            type=one.type,
            values=one.values,
            when=one.when,
            unit=one.unit,
            example=one.example,
        )
        for one in row.parameters
    )
    return ContractEntry(
        target=target,
        name=row.name,
        about=row.about,
        answer=row.answer,
        documented=row.documented,
        parameters=parameters,
    )


def _signatures(known: Mapping[str, Webhooks]) -> tuple[SignatureEntry, ...]:
    """Return the strongest scheme of each target that signs its requests."""
    strongest = ((name, next(iter(webhooks.schemes.values()), None)) for name, webhooks in known.items())
    return tuple(SignatureEntry(name, scheme) for name, scheme in strongest if scheme)


def _targets(plan: BundlePlan) -> Iterable[str]:
    return dict.fromkeys(flow.target for flow in plan.flows)


def _emitters(plan: BundlePlan, targets: Targets) -> dict[str, Emitter]:
    return {name: Emitter(targets.layers(name)) for name in _targets(plan)}


def _broken(emitter: Emitter, planned: PlannedDocument) -> str | None:
    try:
        emitter.emit(planned)
    except ContractBroken as broken:
        return str(broken)
    except Exception:
        return None  # as in `judge`
    return None


def _too_large(planned: PlannedDocument, data: bytes, targets: Targets) -> list[Finding]:
    limit = targets.profiles[planned.target].limits.document_bytes
    if limit is None or len(data) <= limit:
        return []
    message = f"{planned.target} takes documents of at most {limit} bytes; the one of this step has {len(data)}"
    return [Finding("FC407", planned.document.at, message, "Divide the step, or shorten its texts.")]


def _entry(planned: PlannedDocument, data: bytes) -> DocumentEntry:
    name = planned.document.id
    return DocumentEntry(
        path=planned.path,
        url=planned.url,
        methods=planned.document.methods,
        content_type=_CONTENT_TYPE,
        sha256=sha256_hex(data),
        size=len(data),
        target=planned.target,
        flow=planned.flow.name,
        step=name.step,
        role=name.role,
        source=source_of(planned.flow, planned.document.at, planned.document.line),
        part=use.name if (use := planned.document.at.file.use) else "",
        notify=tuple(map(notify_entry, planned.document.notify)),
    )
