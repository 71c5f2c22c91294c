"""Variables: their values, and their substitution in the values of a loaded document.

A value comes from the command line, else from the environment file, else from the project file, else it is the default.
Substitution works on parsed values, so that a value can never add structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import MAX_BYTES, Location, NodeRef, SourceFile
from flowc.diagnostics.wording import nearest, shown, written
from flowc.syntax import NOT_XML, Data, Map, Seq

Scalar = str | int | float | bool

#: The number of characters that variables may insert into one file.
MOST_TEXT = MAX_BYTES
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def is_variable(name: str) -> bool:
    """Return whether a text is a valid name of a variable."""
    return _NAME.match(name) is not None


class LoadedFile(NamedTuple):
    """A file and its data."""

    file: SourceFile
    data: Map


class Variable(NamedTuple):
    """A declared variable: its type, its value (None if it has none), and the place of its declaration or value.

    The value of a part's input may be a list: a prompt.
    """

    name: str
    type: str
    value: Scalar | Seq | None
    at: Location


@dataclass(slots=True)
class Scope:
    """The variables that one document may use, and the findings in their values."""

    variables: dict[str, Variable] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    #: Places with a variable that has no value for any reason: nothing else can be checked there.
    holes: set[NodeRef] = field(default_factory=set)
    #: Variables that are used, and undeclared names with their places.
    used: set[str] = field(default_factory=set)
    unknown: list[tuple[str, NodeRef]] = field(default_factory=list)
    #: The number of characters that may still be inserted, and whether an excess was reported.
    room: int = MOST_TEXT
    full: bool = False
    #: The names of the variables that were inserted, by container and key.
    inserted: dict[tuple[int, str | int | None], set[str]] = field(default_factory=dict)


def build_scope(
    flow: LoadedFile | None, project: LoadedFile | None, environment: LoadedFile | None, given: Mapping[str, str]
) -> Scope:
    """Return the variables of a flow (or of the project file alone) with their values.

    `given` are the values of the command line, by name.
    """
    result = Scope()
    for document in (project, flow):
        for name, entry, at in _declared(document):
            known = result.variables.get(name)
            kind = entry.get("type") if isinstance(entry, Map) else None
            default = entry.get("default") if isinstance(entry, Map) else entry
            # The project file has priority over the default in the flow.
            value = known.value if known is not None and known.value is not None else default
            kind = str(kind or (known.type if known else type_of(value)))
            where = known.at if known is not None and known.value is not None else at
            result.variables[name] = Variable(name, kind, _scalar(value), where)
    for name, variable in result.variables.items():
        chosen = variable
        if environment is not None and name in environment.data:
            place = NodeRef(environment.file, environment.data.node, name)
            chosen = Variable(name, variable.type, _scalar(environment.data[name]), place)
        if name in given:
            chosen = Variable(name, variable.type, given[name], variable.at)
        result.variables[name], found = _converted(chosen, name in given)
        result.findings += found
    return result


def _declared(document: LoadedFile | None) -> Iterator[tuple[str, Data, NodeRef]]:
    block = document.data.get("vars") if document else None
    if document and isinstance(block, Map):
        for name, entry in block.items():
            at = NodeRef(document.file, block.node, name)
            if isinstance(entry, Map):
                at = NodeRef(document.file, entry.node, "default") if "default" in entry else at._replace(part="key")
            yield name, entry, at


def type_of(value: Data) -> str:
    """Return the type of a variable that only has a default."""
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "text"


def _scalar(value: Data) -> Scalar | None:
    return value if isinstance(value, (str, int, float)) else None


def converted_to(kind: str, value: Scalar) -> Scalar | None:
    """Convert a value to a type; None if it is not one. Times, numbers and URLs are checked where they are used."""
    text = written(value)
    match kind:
        case "integer":
            return int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "duration" if not isinstance(value, bool):
            return value
    return text


def _converted(variable: Variable, given: bool) -> tuple[Variable, list[Finding]]:
    """Convert the value of a variable to its declared type; the value is None after an error."""
    value = variable.value
    if value is None or isinstance(value, Seq):
        return variable, []
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if bad := NOT_XML.search(text):  # only possible with --var; files are checked when they are loaded
        message = f"the value of the variable {variable.name} contains the invisible character U+{ord(bad.group()):04X}"
        help_ = "Remove the character; it cannot be sent to a carrier."
        return variable._replace(value=None), [Finding("FC122", variable.at, message, help_)]
    converted = converted_to(variable.type, value)
    if converted is not None:
        return variable._replace(value=converted), []
    wanted = "a whole number" if variable.type == "integer" else "true or false"
    source = "--var gives" if given else "its value is"
    message = f"the variable {variable.name} must be {wanted}, but {source} {shown(value)}"
    finding = Finding("FC122", variable.at, message, f"Give it {wanted}, or change its type.")
    return variable._replace(value=None), [finding]


def unused(flow: LoadedFile, scope: Scope) -> Iterator[Finding]:
    """FC332 a variable that a flow declares but does not use. Variables of the project file are for other flows too.

    A variable that is similar to an undeclared name is only reported there.
    """
    meant = {nearest(name, scope.variables) for name, _ in scope.unknown}
    block = flow.data.get("vars")
    for name, *_ in _declared(flow):
        if name not in scope.used and name not in meant and isinstance(block, Map):
            place = NodeRef(flow.file, block.node, name, "key")
            help_ = f"Use it as ${{{name}}}, or remove it."
            yield Finding("FC332", place, f"the variable {name} is not used", help_)
