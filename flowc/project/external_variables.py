"""Variables that are set outside of the flows, but that no flow of the project declares or uses.

The value has no effect, and the default is used instead. Because a flow may be compiled alone, an unknown name is
searched in the other files of its project. If all names are known, these files are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, SourceFile
from flowc.diagnostics.wording import suggestion
from flowc.project.project import others_of, root_of
from flowc.project.variables import LoadedFile, Scope
from flowc.syntax import Map, load

_USE = re.compile(rb"\$\{([a-z][a-z0-9_]{0,62})\}")


class FlowVariables(NamedTuple):
    """The variables of a flow, without its data, which is not kept."""

    file: SourceFile
    declared: frozenset[str]
    scope: Scope


@dataclass(eq=False)
class ProjectFlows:
    """The flows of one run with the same project file, or in the same folder without a project file.

    `path` is the path of the project file. `flows` are the variables of each flow. `incomplete` means that a file was
    unusable: it might declare or use any name.
    """

    path: Path | None
    project: LoadedFile | None = None
    environment: LoadedFile | None = None
    flows: dict[Path, FlowVariables] = field(default_factory=dict)
    incomplete: bool = False

    def add(self, path: Path, flow: LoadedFile, scope: Scope) -> None:
        """Add a flow with its variables."""
        self.flows[path] = FlowVariables(flow.file, frozenset(_declared(flow)), scope)


class ExternalVariables(NamedTuple):
    """The findings (FC125), the known names, and the contents of further files of the project with such names."""

    findings: tuple[Finding, ...]
    known: frozenset[str]
    files: Mapping[Path, bytes]


def check_external_variables(group: ProjectFlows, reader: FileReader, given: Iterable[str]) -> ExternalVariables:
    """Check the names in the environment file and the project file; `given` are those of `--var`."""
    if group.incomplete:
        return ExternalVariables((), frozenset(given), {})
    flows = group.flows.values()
    shared, own = _declared(group.project), {name for flow in flows for name in flow.declared}
    environment = _names(group.environment)
    # A name in both files is reported in the project file only.
    unknown = {*shared, *environment, *given} - own
    used: set[str] = set()
    if unknown:
        used.update(*(_uses(one.file.data) for one in (group.project, *flows) if one))
        unknown -= used
    files: dict[Path, bytes] = {}
    for path, data in _other_files(group, reader) if unknown else ():
        uses = _uses(data)
        if found := {name for name in unknown if name in uses or _declares(path, data, name)}:
            files[path] = data
        used |= uses
        unknown -= found
        if not unknown:
            break
    places = {name: at for name, at in {**environment, **shared}.items() if name in unknown}
    known = {*shared, *own, *used}
    findings = _findings(places, known - unknown, flows)
    return ExternalVariables(tuple(findings), frozenset(known | {*given} - unknown), files)


def _findings(places: Mapping[str, NodeRef], known: set[str], flows: Iterable[FlowVariables]) -> Iterator[Finding]:
    """FC125 a variable without effect. A name that is similar to an undeclared one is reported as FC120 only."""
    undeclared = {name for flow in flows for name, _ in flow.scope.unknown}
    for name, at in places.items():
        if not suggestion(name, undeclared):
            message = f"no flow declares or uses the variable {name}, so it has no effect"
            help_ = suggestion(name, sorted(known)) or f"Insert it in a flow as ${{{name}}}, or remove it."
            yield Finding("FC125", at, message, help_)


def _names(environment: LoadedFile | None) -> dict[str, NodeRef]:
    """Return the variables in an environment file, with their places."""
    if environment is None:
        return {}
    at = NodeRef(environment.file, environment.data.node)
    return {name: at.name(name) for name in environment.data if not name.startswith("x-")}


def _declared(document: LoadedFile | None) -> dict[str, NodeRef]:
    """Return the variables that a file declares, with their places."""
    block = document.data.get("vars") if document else None
    if document is None or not isinstance(block, Map):
        return {}
    return {name: NodeRef(document.file, block.node).name(name) for name in block}


def _uses(data: bytes) -> set[str]:
    return {name.decode() for name in _USE.findall(data)}


def _declares(path: Path, data: bytes, name: str) -> bool:
    """Return whether a file declares the name, or contains it and cannot be loaded."""
    if not re.search(rb"\b%s\b" % re.escape(name.encode()), data):
        return False
    file = SourceFile(str(path), data)
    document, _ = load(file)
    return not isinstance(document, Map) or name in _declared(LoadedFile(file, document))


def _other_files(group: ProjectFlows, reader: FileReader) -> Iterator[tuple[Path, bytes]]:
    for path in others_of(group.path, group.flows):
        try:
            yield path, reader.contents(path, root_of(path, group.path))
        except OSError:  # reported by a build of that file
            continue
