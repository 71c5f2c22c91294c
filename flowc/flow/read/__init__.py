"""Builds the model from documents that their schemas have accepted."""

from __future__ import annotations

from collections.abc import Mapping

from flowc.diagnostics.source import NodeRef
from flowc.flow.lists import Lists
from flowc.flow.model import Flow
from flowc.flow.read.actions import ActionReader
from flowc.flow.read.fields import FieldReader, Given
from flowc.flow.read.library import Library, hides
from flowc.flow.read.requests import read_requests
from flowc.flow.read.steps import StepReader
from flowc.flow.read.uses import Steps
from flowc.flow.values import Setting
from flowc.project.variables import LoadedFile, Scope
from flowc.schema.schemas import Field
from flowc.syntax import Seq


def build(
    flow: LoadedFile,
    project: LoadedFile | None,
    fields: Mapping[str, tuple[Field, ...]],
    lists: Lists,
    library: Library,
    variables: Scope,
) -> Flow:
    """The model of a flow. `fields` is `schemas.verb_fields` of the schema that accepted it.

    What is wrong with the files that it takes numbers from is in `lists` afterwards, and what is wrong with parts and
    tables in `library`.
    """
    data = flow.data
    root = NodeRef(flow.file, data.node)
    reader = FieldReader(flow, project, fields)
    actions = ActionReader(reader, {}, set())
    if project is not None:
        theirs = ActionReader(reader.within(project.file, "", {}, {}), {}, set())
        shared = theirs.reader.fields(project.data.get("numbers"))
        actions.book.update((name, theirs.entry(name, given)) for name, given in shared.items())
    for name, given in reader.fields(data.get("numbers")).items():
        if name in actions.book:
            at, shared_at = given.at._replace(part="key"), actions.book[name].at._replace(part="key")
            library.found(hides(name, at, shared_at))
        actions.book[name] = actions.entry(name, given)

    def top(key: str) -> Given | None:
        """A top-level key of the flow, or else of the project file."""
        for document in (flow, project):
            if document and key in document.data:
                return Given(document.data[key], NodeRef(document.file, document.data.node, key))
        return None

    targets = top("targets")
    base_url, host, signatures = map(top, ("base_url", "host", "signatures"))
    library.read_own_hours()
    steps = Steps(done={}, shared={}, counts={}, full=[])
    step_reader = StepReader(flow, actions, library, steps, variables)
    step_reader.read()
    requests = tuple(read_requests(reader, data, str(data["name"]), actions.dialled, lists, step_reader))
    library.found(*library.unused(flow))
    return Flow(
        file=flow.file,
        name=str(data["name"]),
        at=root.of("name"),
        targets=tuple(str(name) for name in targets.value) if targets and isinstance(targets.value, Seq) else (),
        base_url=Setting("base_url", str(base_url.value), base_url.at) if base_url else None,
        host=Setting("host", str(host.value), host.at) if host else None,
        signatures=Setting("signatures", str(signatures.value), signatures.at) if signatures else None,
        entry=reader.destination(str(data["entry"]), root.of("entry")),
        steps=tuple(steps.done.values()),
        numbers=tuple(actions.book.values()),
        requests=requests,
        named=frozenset(actions.named),
        limits=reader.limits(root),
        calendars=library.calendars,
    )
