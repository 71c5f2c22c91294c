"""Reads the files of parts: each once in a run, whatever flows use it."""

from __future__ import annotations

from pathlib import Path

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader, OutsideFolder
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown
from flowc.project.documents import load_document
from flowc.project.parts import Part, check_part, read_part
from flowc.project.project import PART_SUFFIX
from flowc.project.suppressions import SeverityResolver
from flowc.project.variables import LoadedFile
from flowc.schema.registry import SchemaRegistry
from flowc.schema.schemas import part_head_schema, part_schema


class PartRead(NamedTuple):
    """A part, or None where it cannot be used, and what is wrong with its file."""

    part: Part | None
    findings: tuple[Finding, ...]


class PartFiles:
    """The parts of one run. `root` is the folder of the project, outside of which no file is read."""

    def __init__(
        self,
        reader: FileReader,
        root: Path,
        project: LoadedFile | None,
        schemas: SchemaRegistry,
        severities: SeverityResolver,
        known: dict[tuple[Path, Path], PartRead],
    ) -> None:
        """`known` are the parts that were read already in this run, by their paths and their roots."""
        self._reader = reader
        self._root = root
        self._project = project
        self._schemas = schemas
        self._severities = severities
        self._known = known

    def part(self, path: Path, named: str, at: NodeRef) -> tuple[Part | None, tuple[Finding, ...]]:
        """The part in a file that is named at a place; None and findings where it cannot be used."""
        if (path, self._root) not in self._known:
            fault = self._unreadable(path, named, at)
            if fault is not None:
                return None, (fault,)
        return self.read(path)

    def read(self, path: Path) -> PartRead:
        """The part in a file that is there."""
        if (path, self._root) not in self._known:
            self._known[path, self._root] = self._read(path)
        return self._known[path, self._root]

    def judged(self, document: LoadedFile) -> list[Finding]:
        """What the schema of parts finds in a part whose inputs are inserted."""
        return self._schemas.findings(part_schema, document.file, document.data)

    def _read(self, path: Path) -> PartRead:
        document, found = load_document(self._reader, self._severities, path, self._root)
        if document is None:
            return PartRead(None, tuple(found))
        self._severities.apply_policy(document.file, self._project)
        head = self._schemas.findings(part_head_schema, document.file, document.data)
        if found or head:
            return PartRead(None, (*found, *head))
        part = read_part(document)
        faults = list(check_part(part))
        refused = any(CODES[fault.code].severity is Severity.ERROR for fault in faults)
        return PartRead(None if refused else part, tuple(faults))

    def _unreadable(self, path: Path, named: str, at: NodeRef) -> Finding | None:
        """FC338 a file that is not there, or is outside the project."""
        try:
            self._reader.contents(path, self._root)
        except OutsideFolder:
            help_ = "Put the file into the project's folder."
            return Finding("FC338", at, f"{shown(named)} is outside the project", help_)
        except OSError as error:
            help_ = f"Name the file by its path from this folder, such as shared/voicemail{PART_SUFFIX}."
            reason = (error.strerror or str(error)).lower()
            return Finding("FC338", at, f"{shown(named)} cannot be read: {reason}", help_)
        return None
