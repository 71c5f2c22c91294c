"""Read the files of flows: flow files, project files, environments and scenarios, with their variables replaced."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import shown, suggestion
from flowc.project.documents import load_document
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
from flowc.project.substitution import substitute
from flowc.project.suppressions import SeverityResolver, check_policy
from flowc.project.variables import LoadedFile, Scope, build_scope
from flowc.schema.registry import Composer, SchemaRegistry
from flowc.schema.schemas import environment_schema, project_schema, scenarios_schema
from flowc.schema.validator import Validator

_Loaded = tuple[LoadedFile | None, list[Finding]]


class FlowSource(NamedTuple):
    """A flow file, the project file above it, and the variables that it may use; they are not replaced yet."""

    document: LoadedFile
    project: LoadedFile | None
    variables: Scope


class ProjectSource(NamedTuple):
    """The project file above a part that is compiled alone (None if there is none), and the variables for the part."""

    project: LoadedFile | None
    variables: Scope


class Sources:
    """The files of one run. A file that several flows share is read once, and its findings are returned once.

    `declared` are the variables that any file declares or (after `external_variables`) uses.
    """

    def __init__(
        self, options: Options, reader: FileReader, schemas: SchemaRegistry, severities: SeverityResolver
    ) -> None:
        """Start without any file."""
        self.declared: set[str] = set()
        self._options = options
        self._reader = reader
        self._schemas = schemas
        self._severities = severities
        self._projects: dict[Path, LoadedFile | None] = {}
        self._environments: dict[Path, LoadedFile | None] = {}
        self._groups: dict[Path, ProjectFlows] = {}
        self._holes: set[NodeRef] = set()

    def flow(self, path: Path, project_path: Path | None) -> tuple[FlowSource | None, list[Finding]]:
        """Return the files of a flow and the findings in them; None if one of the files is unusable."""
        project, environment, found = self._around(path, project_path)
        document, of_flow = self._flow(path, root_of(path, project_path))
        found += of_flow
        group = self._groups.setdefault(project_path or path.parent, ProjectFlows(project_path, project, environment))
        if document is None or self._is_broken(project_path, project, environment):
            group.incomplete = True
            return None, found
        self._severities.apply_policy(document.file, project)
        variables = self._scope(document, project, environment)
        group.add(path, document, variables)
        return FlowSource(document, project, variables), found

    def project(self, path: Path, project_path: Path | None) -> tuple[ProjectSource | None, list[Finding]]:
        """Return what a part that is compiled alone may use, and the findings; None if a file is unusable."""
        project, environment, found = self._around(path, project_path)
        if self._is_broken(project_path, project, environment):
            return None, found
        return ProjectSource(project, self._scope(None, project, environment)), found

    def _around(
        self, path: Path, project_path: Path | None
    ) -> tuple[LoadedFile | None, LoadedFile | None, list[Finding]]:
        project, of_project = self._project(project_path)
        environment, of_environment = self._environment(path, project_path)
        return project, environment, [*of_project, *of_environment]

    def _is_broken(self, path: Path | None, project: LoadedFile | None, environment: LoadedFile | None) -> bool:
        """Return whether a file that flows need is unusable."""
        return _broken(path, project) or _broken(self._options.environment, environment)

    def ignored_files(self, paths: Iterable[Path]) -> list[Finding]:
        """Return a finding for each of these files, which are not read because of their names."""
        found = []
        for path in paths:
            finding = ignored_file(path)
            project, of_project = self._project(project_above(path.parent))
            self._severities.apply_policy(finding.at.file, project)
            found += [*of_project, finding]
        return found

    def external_variables(self) -> tuple[list[Finding], dict[Path, bytes]]:
        """Check the names of variables that are given outside of the flows. Call it after all flows are read.

        Return the findings and the further files that were read; their variables are added to `declared`.
        """
        found: list[Finding] = []
        files: dict[Path, bytes] = {}
        for group in self._groups.values():
            result = check_external_variables(group, self._reader, self._options.given.keys() - self.declared)
            if group.environment is not None:
                self._severities.apply_policy(group.environment.file, group.project)
            found += result.findings
            self.declared |= result.known
            files |= result.files
        return found, files

    def scenario_files(self, path: Path, root: Path, variables: Scope) -> tuple[list[LoadedFile], list[Finding]]:
        """Return the files of scenarios for a flow, from its folder, with the flow's variables, and the findings."""
        others = sorted(path.parent.glob("*.test.yml"))
        found = self.ignored_files(file for file in others if names(read(self._reader, file, root)[0].data, path))
        documents = []
        for file in sorted(path.parent.glob(f"*{SCENARIOS_SUFFIX}")):
            document, of_file = self._document(file, root)
            found += of_file
            if document is None or "flow" not in document.data:
                continue
            named = str(document.data["flow"])
            if named == path.name:
                accepted, of_schema = self._validate(scenarios_schema, document, variables)
                found += of_schema
                documents += [document] if accepted else []
            elif not os.path.isfile(path.parent / named):
                near = suggestion(named, (flow.name for flow in path.parent.glob(f"*{FLOW_SUFFIX}")))
                at = NodeRef(document.file, document.data.node, "flow")
                message = f"there is no flow {shown(named)} next to this file"
                found.append(Finding("FC341", at, message, near or "Name a flow file in the same folder."))
        return documents, found

    def has_scenario_file(self, path: Path, root: Path) -> bool:
        """Return whether a file of scenarios in the same folder names a file."""
        others = path.parent.glob(f"*{SCENARIOS_SUFFIX}")
        return any(names(read(self._reader, file, root)[0].data, path) for file in others)

    def insert_variables(self, document: LoadedFile, variables: Scope) -> list[Finding]:
        """Replace the variables in a file, and return the findings."""
        found = substitute(document, variables)
        self._holes |= variables.holes
        return found

    def without_holes(self, found: Iterable[Finding]) -> list[Finding]:
        """Drop findings where a variable has no value: nothing else can be checked there."""
        return [finding for finding in found if finding.at not in self._holes]

    def _flow(self, path: Path, root: Path) -> _Loaded:
        """Load a flow; None if it cannot be read as a mapping, or is a file of another kind."""
        if not path.name.endswith(FLOW_SUFFIX):
            other = not_a_flow(path, read(self._reader, path, root)[0].data)
            if other is not None:
                return None, [other]
        return self._document(path, root)

    def _document(self, path: Path, root: Path) -> _Loaded:
        return load_document(self._reader, self._severities, path, root)

    def _project(self, path: Path | None) -> _Loaded:
        if path is None:
            return None, []
        if path in self._projects:
            return self._projects[path], []
        document, found = self._document(path, path.parent)
        if document is not None:
            environment, of_environment = self._environment(path, path)
            variables = self._scope(None, document, environment)
            accepted, of_schema = self._validate(project_schema, document, variables)
            found += [*of_environment, *variables.findings, *of_schema]
            document = document if accepted else None
        if document is not None:
            found += check_policy(document)
            self._severities.apply_policy(document.file, document)
        self._projects[path] = document
        return document, found

    def _environment(self, flow: Path, project: Path | None) -> _Loaded:
        if self._options.environment is None:
            return None, []
        path = environment_file(flow, project, self._options.environment)
        if path in self._environments:
            return self._environments[path], []
        self._environments[path], found = self._read_environment(path, root_of(flow, project))
        return self._environments[path], found

    def _read_environment(self, path: Path, root: Path) -> _Loaded:
        missing = missing_environment(path)
        if missing is not None:
            return None, [missing]
        document, found = self._document(path, root)
        if document is None:
            return None, found
        of_schema = Validator(environment_schema()).findings(document.file, document.data)
        return None if of_schema else document, [*found, *of_schema]

    def _validate(self, compose: Composer, document: LoadedFile, variables: Scope) -> tuple[bool, list[Finding]]:
        """Replace the variables in a file; return whether its schema accepts it, and the findings."""
        of_variables = self.insert_variables(document, variables)
        found = self._schemas.findings(compose, document.file, document.data)
        return not found, [*of_variables, *self.without_holes(found)]

    def _scope(self, flow: LoadedFile | None, project: LoadedFile | None, environment: LoadedFile | None) -> Scope:
        result = build_scope(flow, project, environment, self._options.given)
        self.declared |= set(result.variables)
        return result


def _broken(wanted: object, read: LoadedFile | None) -> bool:
    """Return whether a file is needed but unusable."""
    return wanted is not None and read is None
