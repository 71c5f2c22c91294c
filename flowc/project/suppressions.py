"""What one run says of its findings: `lint:` of project files, and comments in flows.

A comment `# flowc: ignore FC313` silences a code on its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import Location, NodeRef, SourceFile, TextRange
from flowc.project.policy import Policy, code_fault, fixed_fault
from flowc.project.variables import LoadedFile
from flowc.syntax import Comment, Data, Map, comments

#: Cheap to look for; whether it is a comment is asked where it is found.
_SUSPECT = re.compile(rb"#[ \t]*flowc:[ \t]*ignore")
_IGNORE = re.compile(r"(#[ \t]*flowc:[ \t]*ignore)(?!\w)[ \t]*([^\r\n#]*)")
_PIECE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_PUT_RIGHT = "Put right what it tells. What may be silenced is said by flowc explain."


def project_policy(project: LoadedFile | None) -> Policy:
    """What `lint:` of a project file asks for."""
    lint = project.data.get("lint") if project else None
    if not isinstance(lint, Map):
        return Policy()
    levels = lint.get("severity")
    return Policy(
        _words(lint.get("select")),
        _words(lint.get("ignore")),
        {code: Severity(str(level)) for code, level in levels.items()} if isinstance(levels, Map) else {},
    )


def _words(data: Data) -> tuple[str, ...]:
    return tuple(map(str, data)) if isinstance(data, list) else (str(data),) if data else ()


def check_policy(project: LoadedFile) -> Iterator[Finding]:
    """FC382 a fixed error that `lint:` of a project file would silence."""
    lint = project.data.get("lint")
    if not isinstance(lint, Map):
        return
    ignored, levels = lint.get("ignore"), lint.get("severity")
    for index, word in enumerate(_words(ignored)):
        holder = ignored if isinstance(ignored, list) else lint
        at = NodeRef(project.file, holder.node, index if isinstance(ignored, list) else "ignore")
        yield from _not_silenced(word, at)
    if isinstance(levels, Map):
        for code, level in levels.items():
            if level != Severity.ERROR:
                yield from _not_silenced(code, NodeRef(project.file, levels.node, code, "key"))


def _not_silenced(word: str, at: Location) -> Iterator[Finding]:
    fault = fixed_fault(word)
    if fault:
        yield Finding("FC382", at, fault, _PUT_RIGHT)


class Ignore(NamedTuple):
    """A code that a comment silences on its line."""

    code: str
    at: TextRange


class SeverityResolver:
    """What one run says of each finding: the policy of its file, and the comments there. It notes which are of use."""

    def __init__(self, asked: Policy) -> None:
        """Begin with what the command line asks for."""
        self._asked = asked
        self._policies: dict[SourceFile, Policy] = {}
        self._ignores: dict[tuple[SourceFile, int, str], Ignore] = {}
        self._used: set[Ignore] = set()

    def apply_policy(self, file: SourceFile, project: LoadedFile | None) -> None:
        """A file is below a project file."""
        self._policies[file] = self._asked._replace(beneath=project_policy(project))

    def read_comments(self, file: SourceFile) -> list[Finding]:
        """Take in the comments of a file. FC381 what is no code, FC382 one that cannot be silenced."""
        if not _SUSPECT.search(file.data):
            return []
        findings: list[Finding] = []
        for comment in comments(file, _IGNORE):
            for ignore in _pieces(file, comment):
                message, help_ = code_fault(ignore.code, whole=True)
                if message and not ignore.code:
                    message = "this comment names no code to ignore"
                if message:
                    findings.append(Finding("FC381", ignore.at, message, help_))
                elif fault := fixed_fault(ignore.code):
                    findings.append(Finding("FC382", ignore.at, fault, _PUT_RIGHT))
                else:
                    line = cast(int, ignore.at.span and ignore.at.span.line)
                    self._ignores[file, line, ignore.code] = ignore
        return findings

    def severity(self, code: Code, file: SourceFile, line: int) -> Severity:
        """How bad a code is on a line of a file."""
        ignore = self._ignores.get((file, line, code.code))
        if ignore is not None:
            self._used.add(ignore)
            return Severity.OFF
        return self._policies.get(file, self._asked).of(code)

    def unused(self) -> Iterator[Finding]:
        """FC380 a code that a comment silences, and that nothing on its line has."""
        for (file, line, code), ignore in self._ignores.items():
            asked = self._policies.get(file, self._asked).of(CODES[code])
            if ignore not in self._used and asked is not Severity.OFF:
                message = f"nothing on line {line} has the code {code}"
                yield Finding("FC380", ignore.at, message, "Take it out of the comment, or the comment with it.")


def _pieces(file: SourceFile, comment: Comment) -> Iterator[Ignore]:
    """What stands in a comment between commas; where there is nothing, one piece that is empty, at the comment."""
    (_, words), (sign, span) = comment
    if not words.strip(" \t,"):
        yield Ignore("", TextRange(file, sign))
    for match in _PIECE.finditer(words):
        columns = {"column": span.column + match.start(), "end_column": span.column + match.end()}
        yield Ignore(match.group(), TextRange(file, span._replace(**columns)))
