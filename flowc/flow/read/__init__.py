"""Builds the model from documents that their schemas have accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Goto
from flowc.flow.audio import AudioFiles
from flowc.flow.lists import Lists
from flowc.flow.model import Flow, Step, mentions
from flowc.flow.read.actions import ActionReader
from flowc.flow.read.fields import MOST_RETURNED, FieldReader, Given
from flowc.flow.read.library import Library, hides
from flowc.flow.read.requests import read_requests
from flowc.flow.read.steps import StepReader
from flowc.flow.read.uses import Steps, unused_exits
from flowc.flow.values import ActionId, End, Setting
from flowc.flow.verbs import GOTO
from flowc.project.variables import LoadedFile, Scope
from flowc.schema.schemas import Field
from flowc.syntax import Seq, locate

#: The address of the documents of a part that runs alone, where the project file has none.
_BASE_URL = "https://part.example.com"


def build(
    flow: LoadedFile,
    project: LoadedFile | None,
    fields: Mapping[str, tuple[Field, ...]],
    lists: Lists,
    library: Library,
    variables: Scope,
    audio: AudioFiles,
    ends: Mapping[str, NodeRef] | None = None,
) -> Flow:
    """The model of a flow. `fields` is `schemas.verb_fields` of the schema that accepted it.

    What is wrong with the files that it takes numbers from is in `lists` afterwards, what is wrong with parts and
    tables in `library`, and with audio files in `audio`. With `ends` it is a part that runs alone: destinations
    outside of it, at which a call ends.
    """
    data = flow.data
    named = "name" if ends is None else "part"
    root = NodeRef(flow.file, data.node)
    reader = FieldReader(flow, project, fields)
    reader.audio = audio.resolve
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
    if ends is not None:
        led = {to.step for step in steps.done.values() for action in step.actions for to in mentions(action)}
        listed = data.get("exits")
        exits = {str(name): ends[str(name)] for name in listed} if isinstance(listed, Seq) else {}
        unused = [*unused_exits(str(data[named]), exits, steps.done, led)]
        library.found(*unused)
        known = led | {name for name, at in exits.items() if at not in [one.at for one in unused]}
        steps.done.update(_ends({name: at for name, at in ends.items() if name in known}))
        base_url = base_url or Given(_BASE_URL, root.of(named))
    requests = tuple(read_requests(reader, data, str(data[named]), actions.dialled, lists, step_reader))
    if reader.returned.at is not None:
        message = f"servers may return the calls of this flow to more than {MOST_RETURNED:,} steps in all"
        library.found(Finding("FC603", reader.returned.at, message, "Name the steps instead of every step."))
    library.found(*steps.full, *library.unused(flow))
    actions.rows = actions.hours = None  # without this cycle, the data of the flow is freed at once
    return Flow(
        file=flow.file,
        name=str(data[named]),
        at=root.of(named),
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
        parts=library.names("parts", flow),
        calendars=library.calendars,
        audio=audio.played(steps.done.values()),
    )


def _ends(ends: Mapping[str, NodeRef]) -> Iterator[tuple[str, Step]]:
    """The ends of a part, as steps that hang up."""
    for name, at in ends.items():
        line = locate(at).span.line
        yield name, Step(name, (Goto(verb=GOTO, id=ActionId(name, 1, 1), at=at, line=line, to=End(at)),), at, line)
