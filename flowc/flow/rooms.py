"""Finds callers who wait in vain: in rooms that no flow of the project starts, and in queues that none serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import SourceFile
from flowc.diagnostics.wording import shown
from flowc.flow.model import Flow
from flowc.flow.values import Setting
from flowc.flow.verbs import ANSWER, CONFERENCE, QUEUE
from flowc.project.project import FLOW_SUFFIX, NothingToBuild, find_flows, root_of
from flowc.syntax import load

_ROOM, _STARTS = "room", "start_on_enter"
#: The field with the name, by the verb of those for whom others wait.
_NAMES = {CONFERENCE: _ROOM, ANSWER: QUEUE}
#: What a value with variables contains.
_VARIABLE = "${"


def unstarted(flow: Flow) -> dict[str, Setting]:
    """Return the rooms of a flow in which all callers wait for the start of the conference, with their settings.

    A room that notifies or asks the author's server is left out: the server can let a host in.
    """
    waiting: dict[str, Setting] = {}
    started: set[str] = set()
    for step in flow.steps:
        for action in step.actions:
            room = action.setting(_ROOM) if action.verb == CONFERENCE else None
            if room is None:
                continue
            starts = action.setting(_STARTS)
            served = action.callbacks or action.action or any(sound.endpoint is not None for sound in action.sounds)
            if starts is None or starts.value is not False or served:
                started.add(str(room.value))
            else:
                waiting.setdefault(str(room.value), starts)
    return {room: at for room, at in waiting.items() if room not in started}


def unserved(flow: Flow) -> dict[str, Setting]:
    """Return the queues of a flow that no server of the author takes part in, with the settings that name them."""
    found: dict[str, Setting] = {}
    for step in flow.steps:
        for action in step.actions:
            name = action.setting("name") if action.verb == QUEUE else None
            served = action.action or any(sound.endpoint is not None for sound in action.sounds)
            if name is not None and not served:
                found.setdefault(str(name.value), name)
    return found


class Rooms:
    """The rooms that the flows of a project start, and the queues that they serve.

    Each project is read once, when it is first needed.
    """

    def __init__(self, reader: FileReader) -> None:
        """Take the reader of files."""
        self._reader = reader
        self._starters = cache(partial(_starters, reader))

    def check(self, flow: Flow, path: Path, project: Path | None, used: dict[Path, bytes]) -> Iterator[Finding]:
        """Find rooms that no flow of the project starts (FC377), and queues that none serves (FC419).

        Files that start or serve one are added to `used`.
        """

        def is_missing(verb: str, name: str) -> bool:
            starters = self._starters(root_of(path, project), project is not None)
            file = starters.get((verb, name)) or starters.get((verb, _VARIABLE))
            if file is not None:
                used[file] = self._reader.contents(file, root_of(path, project))
            return file is None

        for room, starts in unstarted(flow).items():
            if not is_missing(CONFERENCE, room):
                continue
            message = f"no conference of this project starts the room {shown(room)}: its callers wait forever"
            help_ = (
                "Write start_on_enter: true where the host enters. If the host enters by other means, such as the"
                " carrier's API, end this line with # flowc: ignore FC377."
            )
            yield Finding("FC377", starts.at, message, help_)
        for queue, name in unserved(flow).items():
            if is_missing(ANSWER, queue):
                message = f"no answer: of this project serves the queue {shown(queue)}: no agent takes their calls"
                help_ = (
                    f"Write answer: {{queue: {queue}, then: ...}} for the agents. If they take the calls by other"
                    " means, such as the carrier's API, end this line with # flowc: ignore FC419."
                )
                yield Finding("FC419", name.at, message, help_)


def _starters(reader: FileReader, folder: Path, below: bool) -> Mapping[tuple[str, str], Path]:
    """Return the rooms that flows in a folder start, and the queues that they serve, each with its verb and the file.

    Names with variables count as one room.
    """
    found: dict[tuple[str, str], Path] = {}
    for file in _flows(folder, below):
        try:
            data = reader.contents(file, folder)
        except OSError:
            continue
        if any(verb.encode() in data for verb in _NAMES):
            for verb, name in _started(load(SourceFile(str(file), data))[0]):
                found.setdefault((verb, _VARIABLE if _VARIABLE in name else name), file)
    return found


def _flows(folder: Path, below: bool) -> Iterable[Path]:
    try:
        return [file for file, _ in find_flows([folder]).flows] if below else sorted(folder.glob(f"*{FLOW_SUFFIX}"))
    except NothingToBuild:
        return []


def _started(data: Any) -> Iterator[tuple[str, str]]:
    """Yield the rooms that conferences anywhere in a file start, and the queues that it serves, each with its verb."""
    todo = [data]
    for part in todo:
        if isinstance(part, dict):
            for verb, field in _NAMES.items():
                fields = part.get(verb)
                if (
                    isinstance(fields, dict)
                    and fields.get(_STARTS, True) is not False
                    and fields.get(field) is not None
                ):
                    yield verb, str(fields[field])
            todo += part.values()
        elif isinstance(part, list):
            todo += part
