"""Checks parts alone: those that no flow uses, and those that have scenarios of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from flowc.diagnostics.codes import CODES, Severity
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import NodeRef
from flowc.driver.results import CompiledFlow
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

_Compile = Callable[[Path, Path | None, FlowSource, Mapping[str, NodeRef]], CompiledFlow]


class PartChecker:
    """Compiles the parts of one run as flows whose ends are the exits."""

    def __init__(
        self,
        options: Options,
        sources: Sources,
        schemas: SchemaRegistry,
        known: Collection[tuple[Path, Path]],
        files: Callable[[Path, LoadedFile | None], PartFiles],
        compile_source: _Compile,
    ) -> None:
        """`known` are the parts that were read in this run, `files` reads others, `compile_source` compiles a flow."""
        self._played = options.scenarios
        self._sources = sources
        self._schemas = schemas
        self._known = known
        self._files = files
        self._compile = compile_source

    def check(self, path: Path, project_path: Path | None, is_named: bool) -> CompiledFlow:
        """Compile a part that has scenarios; in a run without scenarios, check one that is named or not used."""
        if not (self._played or is_named or self._is_unused(path)):
            return CompiledFlow([], [])
        source, found = self._sources.project(path, project_path)
        if source is None:
            return CompiledFlow([], found)
        root = root_of(path, project_path)
        part, of_part = self._files(root, source.project).read(path)
        found += of_part
        if part is None:
            return CompiledFlow([], found)
        if self._played and "tests" not in part.document.data and not self._sources.has_scenario_file(path, root):
            return CompiledFlow([], [])
        own = alone(part, source.variables)
        if self._played and own.missing:
            return CompiledFlow([], [*found, *check_values(part, own.missing)])
        document = own.document
        compiled = CompiledFlow([], self._schemas.findings(part_schema, document.file, document.data))
        if not compiled.findings:
            as_flow = FlowSource(document, source.project, own.scope)
            compiled = self._compile(path, project_path, as_flow, own.ends)
        findings = [finding for finding in compiled.findings if own.is_written(finding.at)]
        if self._played:
            return CompiledFlow(compiled.units, [*found, *own.findings, *findings])
        return CompiledFlow([], [*found, *own.findings, *_certain(own, findings)])

    def _is_unused(self, path: Path) -> bool:
        return os.path.realpath(path) not in {os.path.realpath(known) for known, _ in self._known}


def _certain(own: PartAlone, findings: Iterable[Finding]) -> list[Finding]:
    """Return what is wrong whatever flow uses the part: of one with inputs without a value, only errors."""
    return [
        finding
        for finding in findings
        if finding.code not in _OF_THE_FLOW and (not own.missing or CODES[finding.code].severity is Severity.ERROR)
    ]
