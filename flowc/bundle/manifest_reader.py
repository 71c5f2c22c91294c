"""Reads the manifest of a bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flowc.bundle.audio import AudioEntry
from flowc.bundle.hours_table import read_hours_entry
from flowc.bundle.manifest import (
    FORMAT,
    GENERATOR,
    CaseEntry,
    ContractEntry,
    DocumentEntry,
    FileEntry,
    FlowEntry,
    Manifest,
    ParameterEntry,
    RequestEntry,
    RouteEntry,
    SignatureEntry,
    SourceLocation,
    WebhookEntry,
)
from flowc.bundle.notification import NotifyEntry
from flowc.bundle.signature_scheme import read_scheme
from flowc.bundle.step_entry import StepEntry, returns_of


def read_manifest(data: bytes) -> Manifest:
    """Read the content of a manifest.json.

    Raise ValueError if it is not JSON, KeyError or TypeError if it is not a manifest of this format.
    """
    try:
        raw = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if raw["generator"] != GENERATOR or raw["format"] != FORMAT:
        raise ValueError("this is not a manifest that this version of flowc can read")
    documents = tuple(map(_document, raw["documents"]))
    paths = {document.path for document in documents}
    return Manifest(
        base_url=raw["base_url"],
        flows=tuple(FlowEntry(**_sourced(entry)) for entry in raw["flows"]),
        documents=documents,
        routes=tuple(
            RouteEntry(**{**_sourced(entry), "cases": tuple(CaseEntry(**case) for case in entry["cases"])})
            for entry in raw["routes"]
        ),
        webhooks=tuple(WebhookEntry(**{**_sourced(one), "returns": returns_of(one)}) for one in raw["webhooks"]),
        others=tuple(FileEntry(**entry) for entry in raw["files"] if entry["path"] not in paths),
        requests=tuple(RequestEntry(**_sourced(entry)) for entry in raw["requests"]),
        contracts=tuple(map(_contract, raw["contracts"])),
        signatures=tuple(SignatureEntry(**{**one, "scheme": read_scheme(one["scheme"])}) for one in raw["signatures"]),
        hours=tuple(map(read_hours_entry, raw.get("hours", ()))),
        entries=tuple(StepEntry(**entry) for entry in raw.get("entries", ())),
        audio=tuple(AudioEntry(**entry) for entry in raw.get("audio", ())),
    )


def _document(entry: Mapping[str, Any]) -> DocumentEntry:
    read = DocumentEntry(**{**_sourced(entry), "methods": tuple(entry["methods"])})
    servers: Any = read.notify
    return read._replace(notify=tuple(NotifyEntry(**one) for one in servers))


def _contract(entry: Mapping[str, Any]) -> ContractEntry:
    parameters = tuple(ParameterEntry(**{**one, "values": tuple(one["values"])}) for one in entry["parameters"])
    return ContractEntry(**{**entry, "parameters": parameters})


def _sourced(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "source": SourceLocation(**entry["source"])}
