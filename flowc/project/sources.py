"""Reads what flows are made of: flow files, project files, environments, scenarios, with their variables put in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown, suggestion
from flowc.project.external_variables import ProjectFlows, check_external_variables
from flowc.project.misnamed_files import ignored_file, names, not_a_flow
from flowc.project.options import Options
from flowc.project.project import (
    FLOW_SUFFIX,
    SCENARIOS_SUFFIX,
    environment_file,
    missing_environment,
    project_above,
    read,
    root_of,
)
from flowc.project.suppressions import SeverityResolver, check_policy
from flowc.project.variables import LoadedFile, Scope, build_scope, substitute
from flowc.schema.registry import Composer, SchemaRegistry
from flowc.schema.schemas import environment_schema, project_schema, scenarios_schema
from flowc.schema.validate import Validator
from flowc.syntax import Map, load


class FlowSource(NamedTuple):
    """A flow file, the project file above it, and the variables that it may use; they are not put in yet."""

    document: LoadedFile
    project: LoadedFile | None
    variables: Scope


class Sources:
    """The files of one run; one that several flows share is read once. `findings` are those of all of them.

    `declared` are the variables that any of them declares or (where it was looked for) uses.
    """

    def __init__(
        self, options: Options, reader: FileReader, schemas: SchemaRegistry, severities: SeverityResolver
    ) -> None:
        """Nothing is read yet."""
        self.findings: list[Finding] = []
        self.declared: set[str] = set()
        self._options = options
        self._reader = reader
        self._schemas = schemas
        self._severities = severities
        self._projects: dict[Path, LoadedFile | None] = {}
        self._environments: dict[Path, LoadedFile | None] = {}
        self._groups: dict[Path, ProjectFlows] = {}
        self._holes: set[NodeRef] = set()

    def flow(self, path: Path, project_path: Path | None) -> FlowSource | None:
        """What a flow is made of; None (and findings) where something of it cannot be read."""
        project = self._project(project_path)
        environment = self._environment(path, project_path)
        document = self._flow(path, root_of(path, project_path))
        group = self._groups.setdefault(project_path or path.parent, ProjectFlows(project_path, project, environment))
        if document is None or _broken(project_path, project) or _broken(self._options.environment, environment):
            group.incomplete = True
            return None
        self._severities.apply_policy(document.file, project)
        variables = self._scope(document, project, environment)
        group.flows[path] = document, variables
        return FlowSource(document, project, variables)

    def overlook(self, paths: Iterable[Path]) -> None:
        """Report files that are not read because of their names."""
        for path in paths:
            finding = ignored_file(path)
            self._severities.apply_policy(finding.at.file, self._project(project_above(path.parent)))
            self.findings.append(finding)

    def outside(self) -> Mapping[Path, bytes]:
        """Judge the names of variables that come from outside of the flows, once all flows are read.

        What is wrong joins the findings, and what other files declare or use joins `declared`. Returns these files.
        """
        files: dict[Path, bytes] = {}
        for group in self._groups.values():
            result = check_external_variables(group, self._reader, self._options.given.keys() - self.declared)
            if group.environment is not None:
                self._severities.apply_policy(group.environment.file, group.project)
            self.findings += result.findings
            self.declared |= result.known
            files |= result.files
        return files

    def scenario_files(self, path: Path, root: Path, variables: Scope) -> Iterator[LoadedFile]:
        """The files of scenarios beside a flow that name it, the flow's variables put in; `root` is the project's."""
        others = sorted(path.parent.glob("*.test.yml"))
        self.overlook(file for file in others if names(read(self._reader, file, root)[0].data, path))
        for file in sorted(path.parent.glob(f"*{SCENARIOS_SUFFIX}")):
            document = self._document(file, root)
            if document is None or "flow" not in document.data:
                continue
            named = str(document.data["flow"])
            if named == path.name:
                if self._takes(scenarios_schema, document, variables):
                    yield document
            elif not os.path.isfile(path.parent / named):
                near = suggestion(named, (flow.name for flow in path.parent.glob(f"*{FLOW_SUFFIX}")))
                at = NodeRef(document.file, document.data.node, "flow")
                self.findings.append(
                    Finding("FC341", at, f"there is no flow {shown(named)} beside this file", near or "Name one.")
                )

    def inserted(self, document: LoadedFile, variables: Scope) -> list[Finding]:
        """Put the variables into a file; what is wrong with that."""
        found = substitute(document, variables)
        self._holes |= variables.holes
        return found

    def outside_holes(self, found: Iterable[Finding]) -> list[Finding]:
        """Findings without those where a variable has no value: there nothing else can be judged."""
        return [finding for finding in found if finding.at not in self._holes]

    def _flow(self, path: Path, root: Path) -> LoadedFile | None:
        """A loaded flow; None (and findings) if it cannot be read as a mapping, or is another file."""
        if not path.name.endswith(FLOW_SUFFIX):
            other = not_a_flow(path, read(self._reader, path, root)[0].data)
            if other is not None:
                self.findings.append(other)
                return None
        return self._document(path, root)

    def _document(self, path: Path, root: Path) -> LoadedFile | None:
        """A loaded file of the project in `root`; None (and findings) if it cannot be read as a mapping."""
        file, found = read(self._reader, path, root)
        if found:
            self.findings += found
            return None
        data, found = load(file)
        self.findings += found
        if isinstance(data, Map):
            self.findings += self._severities.read_comments(file)
            return LoadedFile(file, data)
        if not found:
            help_ = "Write keys with values, such as flowc: 1 on the first line of a flow."
            message = f"found {shown(data)} where the keys of the file should stand"
            self.findings.append(Finding("FC203", NodeRef(file, 0), message, help_))
        return None

    def _project(self, path: Path | None) -> LoadedFile | None:
        if path is None:
            return None
        if path not in self._projects:
            document = self._document(path, path.parent)
            if document is not None:
                variables = self._scope(None, document, self._environment(path, path))
                self.findings += variables.findings
                document = document if self._takes(project_schema, document, variables) else None
            if document is not None:
                self.findings += check_policy(document)
                self._severities.apply_policy(document.file, document)
            self._projects[path] = document
        return self._projects[path]

    def _environment(self, flow: Path, project: Path | None) -> LoadedFile | None:
        if self._options.environment is None:
            return None
        path = environment_file(flow, project, self._options.environment)
        if path not in self._environments:
            self._environments[path] = self._read_environment(path, root_of(flow, project))
        return self._environments[path]

    def _read_environment(self, path: Path, root: Path) -> LoadedFile | None:
        missing = missing_environment(path)
        if missing is not None:
            self.findings.append(missing)
            return None
        document = self._document(path, root)
        if document is not None:
            found = Validator(environment_schema()).findings(document.file, document.data)
            self.findings += found
            document = None if found else document
        return document

    def _takes(self, compose: Composer, document: LoadedFile, variables: Scope) -> bool:
        """Put the variables into a file; whether its schema takes it then. What stands against that is told."""
        unset = self.inserted(document, variables)
        found = self._schemas.findings(compose, document.file, document.data)
        self.findings += [*unset, *self.outside_holes(found)]
        return not found

    def _scope(self, flow: LoadedFile | None, project: LoadedFile | None, environment: LoadedFile | None) -> Scope:
        result = build_scope(flow, project, environment, self._options.given)
        self.declared |= set(result.variables)
        return result


def _broken(wanted: object, read: LoadedFile | None) -> bool:
    """Whether a file that is wanted could not be used."""
    return wanted is not None and read is None
