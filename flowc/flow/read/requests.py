"""Builds what is sent to the carrier's API: the application, and the calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from flowc.diagnostics.source import NodeRef
from flowc.flow.lists import Lists
from flowc.flow.model import ApiRequest, RequestUrl
from flowc.flow.read.destinations import read_endpoint
from flowc.flow.read.fields import FieldReader, Fields, Given
from flowc.flow.read.steps import StepReader
from flowc.flow.tables import TableCell
from flowc.flow.values import Callback, Callee, Leave, Setting, ToStep
from flowc.syntax import Data, Map

#: Whom a name or a number means that is mentioned somewhere.
Dialled = Callable[[str, NodeRef], Callee]


def read_requests(
    reader: FieldReader, data: Map, name: str, dialled: Dialled, lists: Lists, steps: StepReader
) -> Iterator[ApiRequest]:
    """The application of the flow of that name, if it has one, then its calls.

    A call that a part answers is one request for each row of its table, since each row hears something else.
    """
    root = NodeRef(reader.file, data.node)
    if "application" in data:
        given = Given(data["application"], root.name("application"))
        yield _request(reader, "application", name, given)
    calls = reader.fields(data.get("calls"))
    for call, (value, at) in calls.items():
        given = Given(value, at._replace(part="key"))
        fields = reader.fields(value)
        to, answer = fields["to"], fields.get("answer")
        (sender,) = _people(reader, fields["from"], dialled)
        in_table = isinstance(to.value, Map) and "table" in to.value
        rows = list(steps.rows_of(reader.fields(to.value))) if in_table else []
        part = answer if answer and isinstance(answer.value, Map) and "part" in answer.value else None
        people = [_callee(cell, to.at, dialled) for _, cell in rows]
        if part is None:
            whole = people if in_table else _whole(reader, to, dialled, lists)
            yield _request(reader, "call", call, given, sender, tuple(whole))
        elif in_table:
            if not rows:
                steps.unheard(part)
            for number, ((row, _), callee) in enumerate(zip(rows, people, strict=True), 1):
                entry = steps.answer(call, part, row, str(number))
                yield _request(reader, "call", f"{call}/{number}", given, sender, (callee,), entry)
        else:
            entry = steps.answer(call, part, None, "")
            yield _request(reader, "call", call, given, sender, tuple(_whole(reader, to, dialled, lists)), entry)


def _whole(reader: FieldReader, to: Given, dialled: Dialled, lists: Lists) -> tuple[Callee, ...]:
    return _listed(reader, to, lists) if isinstance(to.value, Map) else _people(reader, to, dialled)


def _callee(cell: TableCell, at: NodeRef, dialled: Dialled) -> Callee:
    """Whom the cell of a table names."""
    if isinstance(cell.at, NodeRef):
        return dialled(str(cell.value), cell.at)
    return replace(dialled(str(cell.value), at), row=cell.at)


def _request(
    reader: FieldReader,
    kind: str,
    name: str,
    given: Given,
    sender: Callee | None = None,
    to: tuple[Callee, ...] = (),
    answer: ToStep | None = None,
) -> ApiRequest:
    """A request; `answer` is the step that answers where a part does."""
    fields = reader.fields(given.value)
    callbacks, urls = [], []
    for field, value in fields.items():
        match reader.verbs[kind].kinds.get(field):
            case "callback":
                callbacks.append(Callback(field, read_endpoint(reader, value)))
            case "step-or-server":
                part = isinstance(value.value, Map) and "part" in value.value
                if not part:
                    urls.append(RequestUrl(field, _way(reader, value)))
                elif answer is not None:
                    urls.append(RequestUrl(field, answer))
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


def _way(reader: FieldReader, given: Given) -> ToStep | Leave:
    if isinstance(given.value, str) and ":" not in given.value:
        return ToStep(given.value, given.at)
    return Leave(read_endpoint(reader, given), given.at)


def _people(reader: FieldReader, given: Given, dialled: Dialled) -> tuple[Callee, ...]:
    return tuple(dialled(str(item.value), item.at) for item in reader.items(given))


def _listed(reader: FieldReader, given: Given, lists: Lists) -> tuple[Callee, ...]:
    """Whom the rows of a file name: numbers and SIP addresses."""
    fields: Fields = reader.fields(given.value)
    path, column = (Setting(name, str(fields[name].value), fields[name].at) for name in ("csv", "column"))
    return tuple(
        Callee("sip" if cell.value.startswith("sip:") else "number", cell.value, "", path.at, path.at, row=cell.at)
        for cell in lists.column(path, column)
    )


def _line(data: Data) -> int:
    return data.line if isinstance(data, Map) else 1
