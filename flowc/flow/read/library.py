"""What a flow may use besides its own steps: the parts, tables and calendars that it or its project file names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.diagnostics.wording import listing, nearest, suggestion
from flowc.flow.hours import Hours, read_hours
from flowc.flow.lists import Lists
from flowc.flow.tables import DataTable, read_table
from flowc.project.part_files import PartFiles
from flowc.project.parts import Instance, Part
from flowc.project.variables import LoadedFile, Scope
from flowc.syntax import Map

#: The most names that are listed where none of them is near to an unknown one.
_MOST_NAMED = 6


class _Kind(NamedTuple):
    """What the entries of a block are, and the code of an unknown one."""

    what: str
    code: str


_KINDS = {"parts": _Kind("part", "FC338"), "tables": _Kind("table", "FC378"), "hours": _Kind("calendar", "FC394")}

_Entry = TypeVar("_Entry", DataTable, Hours)


class Place(NamedTuple):
    """A document that declares parts and tables, and the folder from which it names their files."""

    document: LoadedFile
    folder: Path


class Library:
    """The parts and tables of one flow, each read when it is first used.

    `shared` are the variables of the project, which parts may use too. `findings` are about parts, tables and their
    files; `used` are the declarations that something uses.
    """

    def __init__(
        self, flow: Place, project: Place | None, files: PartFiles, lists: Callable[[Path], Lists], shared: Scope
    ) -> None:
        """Nothing is read yet. `lists` reads files of comma-separated values that a folder names."""
        self.findings: list[Finding] = []
        self._known: set[Finding] = set()
        self.shared = shared
        self.used: set[NodeRef] = set()
        self.files: dict[Path, bytes] = {}
        self._project = project
        self._part_files = files
        self._lists = lists
        self._flow = flow
        self._places = {flow.document.file: flow}
        self._hours: dict[NodeRef, Hours | None] = {}
        self._tables: dict[NodeRef, DataTable | None] = {}

    def found(self, *findings: Finding) -> None:
        """Add findings; the rows of a table may have one in common."""
        for finding in findings:
            if finding not in self._known:
                self._known.add(finding)
                self.findings.append(finding)

    def part(self, name: str, at: NodeRef, document: LoadedFile) -> Part | None:
        """The part of a name that a document uses. FC338 if there is none."""
        entry = self._declared("parts", name, document)
        if entry is None:
            self.found(self._unknown("parts", name, at, document))
            return None
        place, key = entry
        named = str(cast(Map, place.document.data["parts"])[name])
        path = place.folder / named
        part, findings = self._part_files.part(path, named, key._replace(part="value"))
        self.found(*findings)
        if part is not None:
            self._places.setdefault(part.document.file, Place(part.document, path.parent))
            self.files[path] = part.document.file.data
        return part

    def takes(self, instance: Instance) -> bool:
        """Whether a part is valid with the inputs of one use; what is wrong is added to the findings."""
        findings = self._part_files.judged(instance.document)
        holes = instance.scope.holes  # places without a value, which have a finding of their own
        self.found(*instance.findings, *(finding for finding in findings if finding.at not in holes))
        return not findings

    def table(self, name: str, at: NodeRef, document: LoadedFile) -> DataTable | None:
        """The table of a name that a document uses. FC378 if there is none."""
        entry = self._declared("tables", name, document)
        if entry is None:
            self.found(self._unknown("tables", name, at, document))
            return None
        return self._read_once(self._tables, "tables", *entry, read_table)

    def hours(self, name: str, at: NodeRef) -> Hours | None:
        """The calendar of a name: that of the flow, else that of the project. FC394 if there is none."""
        entry = self._declared("hours", name, self._flow.document)
        if entry is None:
            self.found(self._unknown("hours", name, at, self._flow.document))
            return None
        return self._read_once(self._hours, "hours", *entry, read_hours)

    def read_own_hours(self) -> None:
        """Read the calendars of the flow, whether they are used or not. FC384 for one that hides the project's."""
        own = self._flow.document.data.get("hours")
        shared = self._project.document.data.get("hours") if self._project else None
        for name in own if isinstance(own, Map) else ():
            at = NodeRef(self._flow.document.file, cast(Map, own).node, name, "key")
            self._read_once(self._hours, "hours", self._flow, at, read_hours)
            if self._project is not None and isinstance(shared, Map) and name in shared:
                self.found(hides(name, at, NodeRef(self._project.document.file, shared.node, name, "key")))

    @property
    def calendars(self) -> tuple[Hours, ...]:
        """The calendars that were read and can be used."""
        return tuple(hours for hours in self._hours.values() if hours is not None)

    def _read_once(
        self,
        known: dict[NodeRef, _Entry | None],
        kind: str,
        place: Place,
        key: NodeRef,
        read: Callable[[LoadedFile, str, Map, NodeRef, Lists], _Entry | None],
    ) -> _Entry | None:
        """Return what is declared at a key; it is read when it is first used."""
        if key not in known:
            lists, name = self._lists(place.folder), str(key.key)
            block = cast(Map, cast(Map, place.document.data[kind])[name])
            known[key] = read(place.document, name, block, key, lists)
            self.found(*lists.findings)
            self.files |= lists.files
        return known[key]

    def names(self, kind: str, document: LoadedFile) -> frozenset[str]:
        """The parts or tables that a document may use."""
        blocks = (place.document.data.get(kind) for place in self._around(document))
        return frozenset(name for block in blocks if isinstance(block, Map) for name in block)

    def unused(self, document: LoadedFile) -> Iterator[Finding]:
        """FC332 a part, a table or a calendar that a file declares and nothing uses."""
        for kind, (what, _) in _KINDS.items():
            block = document.data.get(kind)
            for name in block if isinstance(block, Map) else ():
                key = NodeRef(document.file, cast(Map, block).node, name, "key")
                if key not in self.used:
                    yield Finding("FC332", key, f"nothing uses the {what} {name}", "Use it, or remove it.")

    def _declared(self, kind: str, name: str, document: LoadedFile) -> tuple[Place, NodeRef] | None:
        """Where a name is declared that a document uses: in its file, or in the project file."""
        for place in self._around(document):
            block = place.document.data.get(kind)
            if isinstance(block, Map) and name in block:
                key = NodeRef(place.document.file, block.node, name, "key")
                self.used.add(key)
                return place, key
        return None

    def _around(self, document: LoadedFile) -> tuple[Place, ...]:
        own = self._places[_own_file(document)]
        return (own,) if self._project is None else (own, self._project)

    def _unknown(self, kind: str, name: str, at: NodeRef, document: LoadedFile) -> Finding:
        blocks = [
            (place.document.file, block)
            for place in self._around(document)
            if isinstance(block := place.document.data.get(kind), Map)
        ]
        known = [other for _, block in blocks for other in block]
        what, code = _KINDS[kind]
        message = f'there is no {what} "{name}"'
        files = listing(place.document.file.path for place in self._around(document))
        add = f"Add {name}: to {kind}:{f' of {files}' if document.file.use else ''}"
        if elsewhere := list(self._elsewhere(kind, name)):
            self.used.update(elsewhere)
            help_ = f"{add}; a part cannot use the {kind} of a file that uses it."
            return Finding(code, at, message, help_, (Related(elsewhere[0], "declared for another file"),))
        # What an unknown name probably means is reported with that name alone.
        self.used |= {NodeRef(file, block.node, nearest(name, known), "key") for file, block in blocks}
        there = f"Write {listing(known)}." if 0 < len(known) <= _MOST_NAMED else f"{add}."
        return Finding(code, at, message, suggestion(name, known) or there)

    def _elsewhere(self, kind: str, name: str) -> Iterator[NodeRef]:
        """Where other files declare a name: the flow, or parts around the one that uses the name."""
        for place in self._places.values():
            block = place.document.data.get(kind)
            if isinstance(block, Map) and name in block:
                yield NodeRef(place.document.file, block.node, name, "key")


def hides(name: str, at: NodeRef, shared: NodeRef) -> Finding:
    """FC384 an entry of the flow that hides one of the project's."""
    message = f"{name} of this flow replaces {name} of the project"
    return Finding("FC384", at, message, "Give it another name, or remove it.", (Related(shared, "the project's"),))


def _own_file(document: LoadedFile) -> SourceFile:
    return document.file.use.part if document.file.use else document.file
