"""Builds what is sent to the carrier's API: the application, and the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flowc.diagnostics.source import Place
from flowc.flow.lists import Lists
from flowc.flow.model import Request, Way
from flowc.flow.read.fields import Fields, Given, Reader
from flowc.flow.read.ways import read_link
from flowc.flow.values import Callee, Leave, Setting, Told, ToStep
from flowc.syntax import Data, Map

#: Whom a name or a number means that is mentioned somewhere.
Dialled = Callable[[str, Place], Callee]


def read_requests(reader: Reader, data: Map, name: str, dialled: Dialled, lists: Lists) -> Iterator[Request]:
    """The application of the flow of that name, if it has one, then its calls."""
    root = Place(reader.file, data.node)
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
    reader: Reader, kind: str, name: str, given: Given, sender: Callee | None = None, to: tuple[Callee, ...] = ()
) -> Request:
    fields = reader.fields(given.value)
    told, ways = [], []
    for field, value in fields.items():
        match reader.verb(kind).kinds.get(field):
            case "callback":
                told.append(Told(field, read_link(reader, value)))
            case "step-or-server":
                ways.append(Way(field, _way(reader, value)))
    settings = reader.settings(kind, fields, given.at)
    return Request(
        kind=kind,
        name=name,
        at=given.at,
        line=_line(given.value),
        settings=tuple(settings.values()),
        blocks=reader.blocks(kind, fields),
        told=tuple(told),
        ways=tuple(ways),
        sender=sender,
        to=to,
        to_at=fields["to"].at if "to" in fields else None,
    )


def _way(reader: Reader, given: Given) -> ToStep | Leave:
    if isinstance(given.value, str) and ":" not in given.value:
        return ToStep(given.value, given.at)
    return Leave(read_link(reader, given), given.at)


def _people(reader: Reader, given: Given, dialled: Dialled) -> tuple[Callee, ...]:
    return tuple(dialled(str(item.value), item.at) for item in reader.items(given))


def _listed(reader: Reader, given: Given, lists: Lists) -> tuple[Callee, ...]:
    """Whom the rows of a file name: numbers and SIP addresses."""
    fields: Fields = reader.fields(given.value)
    path, column = (Setting(name, str(fields[name].value), fields[name].at) for name in ("csv", "column"))
    return tuple(
        Callee("sip" if cell.value.startswith("sip:") else "number", cell.value, "", path.at, path.at, row=cell.at)
        for cell in lists.column(path, column)
    )


def _line(data: Data) -> int:
    return data.line if isinstance(data, Map) else 1
