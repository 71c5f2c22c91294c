"""Reads parts to be compiled alone: those that no flow uses, and those that have scenarios of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.driver.results import ReadFlow
from flowc.project.options import Options
from flowc.project.part_files import PartFiles
from flowc.project.parts import PartAlone, alone, check_values
from flowc.project.project import root_of
from flowc.project.sources import FlowSource, Sources
from flowc.project.variables import LoadedFile
from flowc.schema.registry import SchemaRegistry
from flowc.schema.schemas import part_schema

#: An unknown number, and no target: a part that is only checked has those of the flow that will use it.
_OF_THE_FLOW = ("FC302", "FC322")

_Model = Callable[[Path, Path | None, FlowSource, Mapping[str, NodeRef]], ReadFlow]


class PartReader:
    """Reads the parts of one run as flows whose ends are the exits."""

    def __init__(
        self,
        options: Options,
        sources: Sources,
        schemas: SchemaRegistry,
        known: Collection[tuple[Path, Path]],
        files: Callable[[Path, LoadedFile | None], PartFiles],
        model: _Model,
    ) -> None:
        """`known` are the parts that were read in this run, `files` reads others, `model` builds a flow."""
        self._played = options.scenarios
        self._sources = sources
        self._schemas = schemas
        self._known = known
        self._files = files
        self._model = model

    def read(self, path: Path, project_path: Path | None, is_named: bool) -> ReadFlow:
        """Read a part that has scenarios; in a run without scenarios, one that is named or not used."""
        if not (self._played or is_named or self._is_unused(path)):
            return ReadFlow(path, None, [])
        source, found = self._sources.project(path, project_path)
        if source is None:
            return ReadFlow(path, None, found)
        root = root_of(path, project_path)
        part, of_part = self._files(root, source.project).read(path)
        found += of_part
        if part is None:
            return ReadFlow(path, None, found)
        if self._played and "tests" not in part.document.data and not self._sources.has_scenario_file(path, root):
            return ReadFlow(path, None, [])
        own = alone(part, source.variables)
        if self._played and own.missing:
            return ReadFlow(path, None, [*found, *check_values(part, own.missing)])
        document = own.document
        read = ReadFlow(path, None, self._schemas.findings(part_schema, document.file, document.data))
        if not read.findings:
            as_flow = FlowSource(document, source.project, own.scope)
            read = self._model(path, project_path, as_flow, own.ends)
        alone_ = partial(_selected, own, self._played)
        findings = [*found, *own.findings, *alone_(read.findings)]
        return read._replace(findings=findings, alone=alone_, is_played=self._played)

    def _is_unused(self, path: Path) -> bool:
        return os.path.realpath(path) not in {os.path.realpath(known) for known, _ in self._known}


def _selected(own: PartAlone, is_played: bool, findings: Iterable[Finding]) -> list[Finding]:
    """Return what is wrong with what the part writes itself.

    If it is not played, that is what is wrong whatever flow uses it: of one with inputs without a value, only errors.
    """
    return [
        finding
        for finding in findings
        if own.is_written(finding.at)
        and (
            is_played
            or (
                finding.code not in _OF_THE_FLOW and (not own.missing or CODES[finding.code].severity is Severity.ERROR)
            )
        )
    ]
