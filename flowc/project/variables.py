"""Variables: which value each has, and their insertion into the values of a loaded document.

Values come from the command line, then the environment file, then the project file, then the default. Insertion
works on parsed values, so a value can never add structure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.source import MAX_BYTES, NodeRef, SourceFile
from flowc.diagnostics.wording import nearest, shown, written
from flowc.syntax import NOT_XML, Data, Map, Seq

Scalar = str | int | float | bool

_INSERT = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
#: So many variables may stand in one text, and so many characters be put into one file.
_MOST_INSERTED = 100
_MOST_TEXT = MAX_BYTES
#: For so many undeclared names it is looked for what they may mean.
_HINTS = 100
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
#: The keys of `then` are values beside `on` (a switch), so variables are inserted into them. Elsewhere keys are names.
_CASES, _FACT = "then", "on"
#: How other tools write a variable: ${{ name }}, or ${{ inputs.name }}.
_DOUBLED = re.compile(r"\$\{(\{\s*(?:\w+\.)*(\w+)\s*\}\})")


def is_variable(name: str) -> bool:
    """Whether a text has the form of a variable's name."""
    return _NAME.match(name) is not None


class LoadedFile(NamedTuple):
    """A loaded file."""

    file: SourceFile
    data: Map


class Variable(NamedTuple):
    """A declared variable: its type, its value (None while nothing gives one), and where it is declared."""

    name: str
    type: str
    value: Scalar | None
    at: NodeRef


@dataclass(slots=True)
class Scope:
    """The variables one document may use."""

    variables: dict[str, Variable] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    #: Where a variable was to be inserted that has no value, for whatever reason: nothing else can be judged there.
    holes: set[NodeRef] = field(default_factory=set)
    #: Variables that were inserted somewhere, and names that were to be and are declared nowhere, with their places.
    used: set[str] = field(default_factory=set)
    unknown: list[tuple[str, NodeRef]] = field(default_factory=list)
    #: How many characters may still be put in, and whether it was told that there are more.
    room: int = _MOST_TEXT
    full: bool = False


def build_scope(
    flow: LoadedFile | None, project: LoadedFile | None, environment: LoadedFile | None, given: Mapping[str, str]
) -> Scope:
    """The variables of a flow (or of the project file alone), with the values that win.

    `given` holds the values of the command line, by name.
    """
    result = Scope()
    for document in (project, flow):
        for name, entry, at in _declared(document):
            known = result.variables.get(name)
            kind = entry.get("type") if isinstance(entry, Map) else None
            default = entry.get("default") if isinstance(entry, Map) else entry
            # What the project file says about a variable stands above the flow's default.
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
        result.variables[name] = _converted(chosen, name in given, result.findings)
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


def _converted(variable: Variable, given: bool, findings: list[Finding]) -> Variable:
    """The variable with its value in its declared type."""
    value = variable.value
    if value is None:
        return variable
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if bad := NOT_XML.search(text):  # only the command line can bring one here; files are checked when they are loaded
        message = f"the value of the variable {variable.name} holds the invisible character U+{ord(bad.group()):04X}"
        help_ = "Take the character out; it cannot be sent to a telephone carrier."
        findings.append(Finding("FC122", variable.at, message, help_))
        return Variable(variable.name, variable.type, None, variable.at)
    converted: Scalar | None = text
    if variable.type == "integer":
        converted = int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None
    elif variable.type == "boolean":
        converted = {"true": True, "false": False}.get(text)
    elif variable.type == "duration" and not isinstance(value, bool):
        converted = value
    if converted is None:
        wanted = "a whole number" if variable.type == "integer" else "true or false"
        source = "--var gives" if given else "its value is"
        message = f"the variable {variable.name} is to be {wanted}, but {source} {shown(value)}"
        findings.append(Finding("FC122", variable.at, message, f"Give it {wanted}, or change its type."))
    return Variable(variable.name, variable.type, converted, variable.at)


def unused(flow: LoadedFile, scope: Scope) -> Iterator[Finding]:
    """FC332 a variable that a flow declares and nothing inserts; those of the project file are for other flows too.

    One that is meant by an undeclared name is told with that name.
    """
    meant = {nearest(name, scope.variables) for name, _ in scope.unknown}
    block = flow.data.get("vars")
    for name, *_ in _declared(flow):
        if name not in scope.used and name not in meant and isinstance(block, Map):
            place = NodeRef(flow.file, block.node, name, "key")
            help_ = f"Use it as ${{{name}}}, or remove it."
            yield Finding("FC332", place, f"nothing uses the variable {name}", help_)


def substitute(document: LoadedFile, scope: Scope) -> list[Finding]:
    """Insert the variables' values into a document, in place; declarations, descriptions and x- keys are left alone."""
    if not any(sign in document.file.data for sign in (b"${", b"\\")):  # a backslash may write either sign
        return []
    findings: list[Finding] = []
    known = len(scope.unknown)
    todo: list[Map | Seq] = [document.data]
    while todo:
        container = todo.pop()
        inserted: dict[str | int, Scalar] = {}
        entries: Iterable[tuple[str | int, Data]] = (
            container.items() if isinstance(container, Map) else enumerate(container)
        )
        for key, value in entries:
            if container is document.data and (key in ("vars", "description") or str(key).startswith("x-")):
                continue
            if isinstance(value, (Map, Seq)):
                todo.append(value)
                if key == _CASES and isinstance(value, Map) and isinstance(container, Map) and _FACT in container:
                    value.inserted = _keys(document, value, scope, findings)
            elif isinstance(value, str) and "${" in value:
                inserted[key] = _inserted(value, scope, NodeRef(document.file, container.node, key), findings)
        for key, value in inserted.items():
            cast(dict[str | int, Data], container)[key] = value
    findings += [
        _undeclared(name, at, scope, number < _HINTS) for number, (name, at) in enumerate(scope.unknown[known:])
    ]
    return findings if len(findings) < MOST_FAULTS else [*findings[:MOST_FAULTS], too_many(document.file)]


def _keys(document: LoadedFile, cases: Map, scope: Scope, findings: list[Finding]) -> dict[str, str]:
    """The keys that hold variables, each with its text."""
    return {
        key: written(_inserted(key, scope, NodeRef(document.file, cases.node, key, "key"), findings))
        for key in cases
        if "${" in key
    }


def _undeclared(name: str, at: NodeRef, scope: Scope, hinted: bool) -> Finding:
    near = nearest(name, scope.variables) if hinted else ""
    advice = f"Did you mean {near}?" if near else f"Declare it: vars: {{{name}: {{type: text}}}}."
    meant = scope.variables[near] if near and near not in scope.used else None
    related = (Related(meant.at, "nothing else names this"),) if meant else ()
    return Finding("FC120", at, f"the variable {name} is not declared", advice, related)


def _inserted(text: str, scope: Scope, at: NodeRef, findings: list[Finding]) -> Scalar:
    if text.count("${") > _MOST_INSERTED:
        scope.holes.add(at)
        message = f"more than {_MOST_INSERTED} variables stand in one text"
        findings.append(Finding("FC123", at, message, "Divide the text, or write $${ for the signs themselves."))
        return ""
    whole = _INSERT.fullmatch(text)
    if whole and whole.group(1) is not None:
        return _value(whole.group(1), scope, at, findings)
    return _INSERT.sub(_replacer(scope, at, findings), text)


def _replacer(scope: Scope, at: NodeRef, findings: list[Finding]) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        if match.group(1) is None:
            scope.holes.add(at)
            findings.append(_not_closed(match, at))
            return ""
        return written(_value(match.group(1), scope, at, findings))

    return replace


def _not_closed(match: re.Match[str], at: NodeRef) -> Finding:
    doubled = _DOUBLED.match(match.string, match.start())
    if doubled is None:
        return Finding("FC123", at, "this ${ is not closed", "Close it with }, or write $${ for the signs.")
    help_ = f"Write ${{{doubled[2].lower()}}}, or $${doubled[1]} for the signs themselves."
    return Finding("FC123", at, f"{doubled[0]} has one pair of braces too many for a variable", help_)


def _value(name: str, scope: Scope, at: NodeRef, findings: list[Finding]) -> Scalar:
    """The value of a variable; a fault gives an empty text, and a hole, where nobody complains again."""
    if not is_variable(name):
        scope.holes.add(at)
        advice = "A variable's name has small letters, digits and underscores; write $${ for the signs themselves."
        findings.append(Finding("FC123", at, f"{shown(name)} is no variable's name", advice))
        return ""
    variable = scope.variables.get(name)
    if variable is None:
        scope.holes.add(at)
        if len(scope.unknown) <= MOST_FAULTS:
            scope.unknown.append((name, at))
        return ""
    scope.used.add(name)
    if isinstance(variable.value, str):
        scope.room -= len(variable.value)
        if scope.room < 0:
            scope.holes.add(at)
            if not scope.full:
                scope.full = True
                message = f"variables put more than {_MOST_TEXT:,} characters into this file"
                findings.append(Finding("FC122", at, message, "Give the variables shorter values, or divide the file."))
            return ""
    if variable.value is None:
        scope.holes.add(at)
        if not any(finding.at == variable.at for finding in scope.findings):
            message = f"the variable {name} has no value"
            advice = f"Give it one: --var {name}=..., the environment file (--env), the project file, or a default."
            findings.append(Finding("FC121", at, message, advice, (Related(variable.at, "declared here"),)))
        return ""
    return variable.value
