"""Reads requests to the carrier's API: the application, and the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowc.diagnostics.source import NodeRef
from flowc.flow.lists import Lists
from flowc.flow.model import ApiRequest, RequestUrl
from flowc.flow.read.destinations import read_endpoint
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.values import Callback, Callee, Leave, Setting, ToStep
from flowc.syntax import Data, Map

#: Returns the callee for a name or a number, and the place where it is mentioned.
Dialled = Callable[[str, NodeRef], Callee]


def read_requests(reader: FieldReader, data: Map, name: str, dialled: Dialled, lists: Lists) -> Iterator[ApiRequest]:
    """Yield the application of the flow of that name, if it has one, then its calls."""
    root = NodeRef(reader.file, data.node)
    if "application" in data:
        given = Given(data["application"], root.name("application"))
        yield _request(reader, "application", name, given)
    calls = reader.fields(data.get("calls"))
    for call, (value, at) in calls.items():
        fields = reader.fields(value)
        to = fields["to"]
        (sender,) = _people(reader, fields["from"], dialled)
        people = _listed(reader, to, lists) if isinstance(to.value, Map) else _people(reader, to, dialled)
        yield _request(reader, "call", call, Given(value, at._replace(part="key")), sender, people)


def _request(
    reader: FieldReader, kind: str, name: str, given: Given, sender: Callee | None = None, to: tuple[Callee, ...] = ()
) -> ApiRequest:
    fields = reader.fields(given.value)
    callbacks, urls = [], []
    for field, value in fields.items():
        match reader.verb(kind).kinds.get(field):
            case "callback":
                callbacks.append(Callback(field, read_endpoint(reader, value)))
            case "step-or-server":
                urls.append(RequestUrl(field, _destination(reader, value)))
    settings = reader.settings(kind, fields, given.at)
    return ApiRequest(
        kind=kind,
        name=name,
        at=given.at,
        line=_line(given.value),
        settings=tuple(settings.values()),
        blocks=reader.blocks(kind, fields),
        callbacks=tuple(callbacks),
        urls=tuple(urls),
        sender=sender,
        to=to,
        to_at=fields["to"].at if "to" in fields else None,
    )


def _destination(reader: FieldReader, given: Given) -> ToStep | Leave:
    if isinstance(given.value, str) and ":" not in given.value:
        return ToStep(given.value, given.at)
    return Leave(read_endpoint(reader, given), given.at)


def _people(reader: FieldReader, given: Given, dialled: Dialled) -> tuple[Callee, ...]:
    return tuple(dialled(str(item.value), item.at) for item in reader.items(given))


def _listed(reader: FieldReader, given: Given, lists: Lists) -> tuple[Callee, ...]:
    """Return the callees in the rows of a file: numbers and SIP addresses."""
    fields: Fields = reader.fields(given.value)
    path, column = (Setting(name, str(fields[name].value), fields[name].at) for name in ("csv", "column"))
    return tuple(
        Callee("sip" if cell.value.startswith("sip:") else "number", cell.value, "", path.at, path.at, row=cell.at)
        for cell in lists.column(path, column)
    )


def _line(data: Data) -> int:
    return data.line if isinstance(data, Map) else 1
