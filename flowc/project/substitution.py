"""The substitution of variables in the values of loaded documents."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from flowc.diagnostics.findings import MOST_FAULTS, Finding, Related, too_many
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, nearest, shown, suggestion, written
from flowc.project.project import PART_SUFFIX
from flowc.project.variables import MOST_TEXT, LoadedFile, Scalar, Scope, is_variable
from flowc.syntax import Data, Map, Seq

_INSERT = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
#: The number of variables that one text may contain.
_MOST_INSERTED = 100
#: Number of undeclared names for which a similar variable is searched.
_HINTS = 100
#: Next to `on` (a switch), the keys of `then` are values and may contain variables. Other keys are names.
_CASES, _FACT = "then", "on"
#: The values of a part's inputs may name columns of a row, such as `${row.name}`: they are substituted for each use.
_INPUTS, _PART = "with", "part"
_COLUMN = "row."
#: How other tools write a variable: ${{ name }}, or ${{ inputs.name }}.
_DOUBLED = re.compile(r"\$\{(\{\s*(?:\w+\.)*(\w+)\s*\}\})")


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
            message = f"variables insert more than {MOST_TEXT:,} characters into this file"
            self._findings.append(Finding("FC122", at, message, "Shorten the values, or divide the file."))
        return ""

    def _refuse(self, finding: Finding, at: NodeRef) -> None:
        self._scope.holes.add(at)
        self._findings.append(finding)


def _no_column(name: str, scope: Scope, at: NodeRef) -> Finding:
    columns = [known for known in scope.variables if known.startswith(_COLUMN)]
    if not columns:
        help_ = "Use it below with: where a row of a table uses a part: in rows:, or in answer: of a call."
        return Finding("FC120", at, f"{name} names a column, and there is no row of a table here", help_)
    own = suggestion(name.removeprefix(_COLUMN), [column.removeprefix(_COLUMN) for column in columns])
    help_ = own or f"Write {listing(f'${{{column}}}' for column in columns)}."
    return Finding("FC378", at, f"the table has no column {name.removeprefix(_COLUMN)}", help_)


def _undeclared(name: str, at: NodeRef, scope: Scope, hinted: bool) -> Finding:
    near = nearest(name, scope.variables) if hinted else ""
    block = "inputs" if at.file.path.endswith(PART_SUFFIX) else "vars"
    advice = f"Did you mean {near}?" if near else f"Declare it: {block}: {{{name}: {{type: text}}}}."
    if f"{_COLUMN}{name}" in scope.variables:
        near, advice = "", f"Write ${{{_COLUMN}{name}}} for the column of the row."
    meant = scope.variables[near] if near and near not in scope.used else None
    related = (Related(meant.at, "this variable is not used"),) if meant else ()
    return Finding("FC120", at, f"the variable {name} is not declared", advice, related)


def _not_closed(match: re.Match[str], at: NodeRef) -> Finding:
    doubled = _DOUBLED.match(match.string, match.start())
    if doubled is None:
        return Finding("FC123", at, "this ${ is not closed", "Close it with }, or write $${ for a literal ${.")
    help_ = f"Write ${{{doubled[2].lower()}}}, or $${doubled[1]} for literal braces."
    return Finding("FC123", at, f"{doubled[0]} has an extra pair of braces", help_)
