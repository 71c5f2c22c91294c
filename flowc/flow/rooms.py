"""Conferences that no caller starts: all callers of a room wait for a host, and no flow of the project lets one in."""

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
from flowc.project.project import FLOW_SUFFIX, NothingToBuild, find_flows, root_of
from flowc.syntax import load

_CONFERENCE, _ROOM, _STARTS = "conference", "room", "start_on_enter"
#: What a value holds that only variables make known.
_VARIABLE = "${"


def unstarted(flow: Flow) -> dict[str, Setting]:
    """The rooms of a flow in which each of its callers waits for another to start the conference, with where that is.

    A room of which the author's server is told, or that it decides about, is left out: the server can let a host in.
    """
    waiting: dict[str, Setting] = {}
    started: set[str] = set()
    for step in flow.steps:
        for action in step.actions:
            room = action.setting(_ROOM) if action.verb == _CONFERENCE else None
            if room is None:
                continue
            starts = action.setting(_STARTS)
            served = action.callbacks or action.action or any(sound.endpoint is not None for sound in action.sounds)
            if starts is None or starts.value is not False or served:
                started.add(str(room.value))
            else:
                waiting.setdefault(str(room.value), starts)
    return {room: at for room, at in waiting.items() if room not in started}


class Rooms:
    """The rooms that the flows of a project start, read when a flow needs to know; each project is read once."""

    def __init__(self, reader: FileReader) -> None:
        """Nothing is read yet."""
        self._reader = reader
        self._starters = cache(partial(_starters, reader))

    def check(self, flow: Flow, path: Path, project: Path | None, used: dict[Path, bytes]) -> Iterator[Finding]:
        """FC377 a room that no flow of the project starts. The files that do start one are noted in `used`."""
        for room, starts in unstarted(flow).items():
            starters = self._starters(root_of(path, project), project is not None)
            file = starters.get(room) or starters.get(_VARIABLE)
            if file is not None:
                used[file] = self._reader.contents(file, root_of(path, project))
                continue
            message = f"no conference of this project starts the room {shown(room)}: its callers wait without end"
            help_ = (
                "Write start_on_enter: true where the host enters. If the host enters in another way, such as through"
                " the carrier's API, end this line with # flowc: ignore FC377."
            )
            yield Finding("FC377", starts.at, message, help_)


def _starters(reader: FileReader, folder: Path, below: bool) -> Mapping[str, Path]:
    """The rooms that flows in a folder start, each with the file; of a name that a variable makes only that it does."""
    found: dict[str, Path] = {}
    for file in _flows(folder, below):
        try:
            data = reader.contents(file, folder)
        except OSError:
            continue
        if _CONFERENCE.encode() in data:
            for room in _started(load(SourceFile(str(file), data))[0]):
                found.setdefault(_VARIABLE if _VARIABLE in room else room, file)
    return found


def _flows(folder: Path, below: bool) -> Iterable[Path]:
    try:
        return [file for file, _ in find_flows([folder]).flows] if below else sorted(folder.glob(f"*{FLOW_SUFFIX}"))
    except NothingToBuild:
        return []


def _started(data: Any) -> Iterator[str]:
    """The rooms that conferences somewhere in a file start."""
    todo = [data]
    for part in todo:
        if isinstance(part, dict):
            fields = part.get(_CONFERENCE)
            if isinstance(fields, dict) and fields.get(_STARTS, True) is not False and fields.get(_ROOM) is not None:
                yield str(fields[_ROOM])
            todo += part.values()
        elif isinstance(part, list):
            todo += part
