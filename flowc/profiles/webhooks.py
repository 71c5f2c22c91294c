"""A carrier's requests, their parameters, and their signatures: a target's webhooks.yaml as frozen records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flowc.bundle.signature_scheme import Scheme
from flowc.diagnostics.records import NamedTuple
from flowc.profiles.targets import TargetError, TargetFolder, layered, merged

_TABLE = "webhooks.yaml"
_METHOD = "POST"
_TYPE = "text"
_KNOWN = "documented"


class Parameter(NamedTuple):
    """A parameter of a request.

    `name` ends with <name> if that part is not fixed, `type` is the type of its text. `values` are all its possible
    values (empty: there is no list), `when` is the condition for sending it (empty: always). `source` is the carrier's
    page, and `known` the kind of evidence: documented, observed, code, or relative.
    """

    name: str
    about: str
    type: str
    values: tuple[str, ...]
    when: str
    unit: str
    example: str
    source: str
    known: str


class RequestContract(NamedTuple):
    """A request of the carrier.

    `named_by` is the carrier's term for what names its URL. `method` is the default HTTP method, or (`fixed`) the only
    one. `answer` is the use of the answer: call, heard, message, or ignored.
    """

    name: str
    about: str
    named_by: str
    method: str
    fixed: bool
    answer: str
    source: str
    documented: bool
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, eq=False)
class Webhooks:
    """The requests of one carrier, and its signature schemes, the strongest first."""

    contracts: Mapping[str, RequestContract] = field(default_factory=dict)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)


def read_webhooks(layers: Sequence[TargetFolder]) -> Webhooks:
    """Return the requests of a target, merged with those of the targets that it extends; none if no folder has any.

    Raises TargetError if a webhooks.yaml cannot be read, or does not fit webhooks.schema.json.
    """
    return _packaged(tuple(layers)) if all(folder.trusted for folder in layers) else _read(layers)


@cache
def _packaged(layers: tuple[TargetFolder, ...]) -> Webhooks:
    """Return the requests of a packaged target, whose tables are read once for all builds of a process."""
    return _read(layers)


def _read(layers: Sequence[TargetFolder]) -> Webhooks:
    data = layered(layers, _TABLE, "webhooks")
    try:
        contracts = {name: _contract(name, row, data) for name, row in data.get("contracts", {}).items() if row}
    except KeyError as error:
        raise TargetError(f"{layers[0].path / _TABLE}: there is no set or list of values named {error}") from error
    return Webhooks(contracts, {name: _scheme(name, row) for name, row in data.get("signatures", {}).items()})


def _contract(name: str, row: Mapping[str, Any], data: Mapping[str, Any]) -> RequestContract:
    rows: dict[str, Any] = {}
    for shared in row.get("sets", ()):
        rows = merged(rows, data["sets"][shared])
    rows = merged(rows, row.get("parameters", {}))
    method = row.get("method", {})
    return RequestContract(
        name=name,
        about=row["about"],
        named_by=row["named_by"],
        method=method.get("fixed") or method.get("default", _METHOD),
        fixed="fixed" in method,
        answer=row["answer"],
        source=row["source"],
        documented=not row.get("undocumented"),
        parameters=tuple(_parameter(one, each, row["source"], data) for one, each in rows.items() if each is not None),
    )


def _parameter(name: str, row: Mapping[str, Any], source: str, data: Mapping[str, Any]) -> Parameter:
    values = row.get("values") or ()
    words = tuple(data["values"][values] if isinstance(values, str) else values)
    return Parameter(
        name=name,
        about=row.get("about") or "",
        type=row.get("type") or _TYPE,
        values=words,
        when=row.get("when") or "",
        unit=row.get("unit") or "",
        example=words[0] if words else row.get("example") or "",
        source=row.get("source", source),
        known=row.get("known") or _KNOWN,
    )


def _scheme(name: str, row: Mapping[str, Any]) -> Scheme:
    return Scheme(
        name=name,
        headers=tuple(row["headers"]),
        nonce=row.get("nonce", ""),
        algorithm=row["algorithm"],
        signs=row["signs"],
        either_port=row.get("port") == "either",
        once=row.get("once", False),
        body_hash=row.get("body_hash", ""),
        settings=row.get("settings", {}).get("header", ""),
        algorithms=row.get("settings", {}).get("algorithms", {}),
        note=row.get("note", ""),
    )
