"""Variables: their values, and their substitution in the values of a loaded document.

A value comes from the command line, else from the environment file, else from the project file, else it is the default.
Substitution works on parsed values, so that a value can never add structure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.source import MAX_BYTES, Location, NodeRef, SourceFile
from flowc.diagnostics.wording import listing, nearest, shown, suggestion, written
from flowc.syntax import NOT_XML, Data, Map, Seq

Scalar = str | int | float | bool

_INSERT = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
#: Limits for variables in one text, and for characters that variables insert into one file.
_MOST_INSERTED = 100
_MOST_TEXT = MAX_BYTES
#: Number of undeclared names for which a similar variable is searched.
_HINTS = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
#: Next to `on` (a switch), the keys of `then` are values and may contain variables. Other keys are names.
_CASES, _FACT = "then", "on"
#: The values of a part's inputs may name columns of a row, such as `${row.name}`: they are substituted for each use.
_INPUTS, _PART = "with", "part"
_COLUMN = "row."
#: How other tools write a variable: ${{ name }}, or ${{ inputs.name }}.
_DOUBLED = re.compile(r"\$\{(\{\s*(?:\w+\.)*(\w+)\s*\}\})")


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
    room: int = _MOST_TEXT
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
            kind = str(kind or (known.type if known else _type_of(value)))
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


def _type_of(value: Data) -> str:
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


def substitute(document: LoadedFile, scope: Scope) -> list[Finding]:
    """Replace the variables in a document, in place, except in declarations, descriptions and x- keys."""
    if not any(start in document.file.data for start in (b"${", b"\\")):  # an escape may produce either character
        return []
    return insert(document, scope, document.data)


def insert(document: LoadedFile, scope: Scope, top: Map | None = None) -> list[Finding]:
    """Replace the variables in a mapping of a file, in place; `top` is the file's outermost mapping, if that is it."""
    known = len(scope.unknown)
    found = _Substitution(document, scope, top).run()
    found += [_undeclared(name, at, scope, number < _HINTS) for number, (name, at) in enumerate(scope.unknown[known:])]
    return found if len(found) < MOST_FAULTS else [*found[:MOST_FAULTS], too_many(document.file)]


class _Substitution:
    """The substitution of variables in one document. `scope` records the variables that are used or unknown."""

    def __init__(self, document: LoadedFile, scope: Scope, top: Map | None) -> None:
        self._document = document
        self._top = top
        self._scope = scope
        self._findings: list[Finding] = []

    def run(self) -> list[Finding]:
        """Replace the variables in all values, and return the findings."""
        document = self._document
        todo: list[Map | Seq] = [document.data]
        while todo:
            container = todo.pop()
            inserted: dict[str | int, Scalar | Seq] = {}
            entries: Iterable[tuple[str | int, Data]] = (
                container.items() if isinstance(container, Map) else enumerate(container)
            )
            for key, value in entries:
                if container is self._top and (key in ("vars", "description") or str(key).startswith("x-")):
                    continue
                if isinstance(value, (Map, Seq)):
                    if key == _INPUTS and isinstance(container, Map) and _PART in container:
                        continue
                    todo.append(value)
                    if key == _CASES and isinstance(value, Map) and isinstance(container, Map) and _FACT in container:
                        value.inserted = self._keys(value)
                elif isinstance(value, str) and "${" in value:
                    inserted[key] = self._text(value, NodeRef(document.file, container.node, key))
            for key, value in inserted.items():
                cast(dict[str | int, Data], container)[key] = value
        return self._findings

    def _keys(self, cases: Map) -> dict[str, str]:
        """Return the keys that contain variables, each with its text."""
        return {
            key: written(self._text(key, NodeRef(self._document.file, cases.node, key, "key")))
            for key in cases
            if "${" in key
        }

    def _text(self, text: str, at: NodeRef) -> Scalar | Seq:
        if text.count("${") > _MOST_INSERTED:
            message = f"this text contains more than {_MOST_INSERTED} variables"
            self._refuse(Finding("FC123", at, message, "Divide the text, or write $${ for a literal ${."), at)
            return ""
        whole = _INSERT.fullmatch(text)
        if whole and whole.group(1) is not None:
            return self._value(whole.group(1), at)
        return _INSERT.sub(lambda match: self._replacement(match, at), text)

    def _replacement(self, match: re.Match[str], at: NodeRef) -> str:
        if match.group() == "$${":
            return "${"
        if match.group(1) is None:
            self._refuse(_not_closed(match, at), at)
            return ""
        value = self._value(match.group(1), at)
        if isinstance(value, Seq):
            message = f"{match.group(1)} is a prompt, and a prompt cannot be part of a text"
            help_ = f"Write ${{{match.group(1)}}} alone where a prompt belongs."
            self._refuse(Finding("FC123", at, message, help_), at)
            return ""
        return written(value)

    def _value(self, name: str, at: NodeRef) -> Scalar | Seq:
        """Return the value of a variable. After an error it is empty, and `at` is a hole without other findings."""
        scope = self._scope
        if name.startswith(_COLUMN) and name not in scope.variables:
            self._refuse(_no_column(name, scope, at), at)
            return ""
        if not is_variable(name.removeprefix(_COLUMN)):
            advice = "Use lower-case letters, digits and underscores; write $${ for a literal ${."
            self._refuse(Finding("FC123", at, f"{shown(name)} is not a valid variable name", advice), at)
            return ""
        variable = scope.variables.get(name)
        if variable is None:
            scope.holes.add(at)
            if len(scope.unknown) <= MOST_FAULTS:
                scope.unknown.append((name, at))
            return ""
        scope.used.add(name)
        scope.inserted.setdefault((at.node, at.key), set()).add(name)
        if isinstance(variable.value, str):
            scope.room -= len(variable.value)
            if scope.room < 0:
                return self._too_much(at)
        if variable.value is None:
            scope.holes.add(at)
            if not any(finding.at == variable.at for finding in scope.findings):
                message = f"the variable {name} has no value"
                advice = (
                    f"Set it with --var {name}=..., in the environment file (--env) or project file, or by a default."
                )
                self._findings.append(Finding("FC121", at, message, advice, (Related(variable.at, "declared here"),)))
            return ""
        return variable.value

    def _too_much(self, at: NodeRef) -> Scalar:
        """Report once that the variables are too long."""
        self._scope.holes.add(at)
        if not self._scope.full:
            self._scope.full = True
            message = f"variables insert more than {_MOST_TEXT:,} characters into this file"
            self._findings.append(Finding("FC122", at, message, "Shorten the values, or divide the file."))
        return ""

    def _refuse(self, finding: Finding, at: NodeRef) -> None:
        self._scope.holes.add(at)
        self._findings.append(finding)


def _no_column(name: str, scope: Scope, at: NodeRef) -> Finding:
    columns = [known for known in scope.variables if known.startswith(_COLUMN)]
    if not columns:
        help_ = "Use it below with: of rows:, where each row of a table uses a part."
        return Finding("FC120", at, f"{name} names a column, and there is no row of a table here", help_)
    help_ = suggestion(name, columns) or f"Write {listing(f'${{{column}}}' for column in columns)}."
    return Finding("FC378", at, f"the table has no column {name.removeprefix(_COLUMN)}", help_)


def _undeclared(name: str, at: NodeRef, scope: Scope, hinted: bool) -> Finding:
    near = nearest(name, scope.variables) if hinted else ""
    advice = f"Did you mean {near}?" if near else f"Declare it: vars: {{{name}: {{type: text}}}}."
    meant = scope.variables[near] if near and near not in scope.used else None
    related = (Related(meant.at, "this variable is not used"),) if meant else ()
    return Finding("FC120", at, f"the variable {name} is not declared", advice, related)


def _not_closed(match: re.Match[str], at: NodeRef) -> Finding:
    doubled = _DOUBLED.match(match.string, match.start())
    if doubled is None:
        return Finding("FC123", at, "this ${ is not closed", "Close it with }, or write $${ for a literal ${.")
    help_ = f"Write ${{{doubled[2].lower()}}}, or $${doubled[1]} for literal braces."
    return Finding("FC123", at, f"{doubled[0]} has an extra pair of braces", help_)
