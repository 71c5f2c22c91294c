"""The severity of the findings of one run, as set by `lint:` in project files and by comments in flows.

A comment `# flowc: ignore FC313` suppresses a code on its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef, SourceFile, TextRange
from flowc.project.policy import Policy, code_fault, fixed_fault
from flowc.project.variables import LoadedFile
from flowc.syntax import Comment, Data, Map, comments

#: A fast search; whether a match is in a comment is checked afterwards.
_SUSPECT = re.compile(rb"#[ \t]*flowc:[ \t]*ignore")
_IGNORE = re.compile(r"(#[ \t]*flowc:[ \t]*ignore)(?!\w)[ \t]*([^\r\n#]*)")
_PIECE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
#: The code of a finding that depends on the present time.
_BY_TIME = "FC389"
_FIX = "Fix the error that it reports; flowc explain lists the codes that can be disabled."


def project_policy(project: LoadedFile | None) -> Policy:
    """Return the policy of `lint:` in a project file."""
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
    """FC382 a fixed error that `lint:` in a project file tries to disable."""
    lint = project.data.get("lint")
    if not isinstance(lint, Map):
        return
    ignored, levels = lint.get("ignore"), lint.get("severity")
    for index, word in enumerate(_words(ignored)):
        holder = ignored if isinstance(ignored, list) else lint
        at = NodeRef(project.file, holder.node, index if isinstance(ignored, list) else "ignore")
        yield from _check_not_fixed(word, at)
    if isinstance(levels, Map):
        for code, level in levels.items():
            if level != Severity.ERROR:
                yield from _check_not_fixed(code, NodeRef(project.file, levels.node, code, "key"))


def _check_not_fixed(word: str, at: Location) -> Iterator[Finding]:
    fault = fixed_fault(word)
    if fault:
        yield Finding("FC382", at, fault, _FIX)


class Ignore(NamedTuple):
    """A code that a comment suppresses on its line."""

    code: str
    at: TextRange


class SeverityResolver:
    """The severity of each finding by the policy and the comments of its file. It records which comments are used."""

    def __init__(self, asked: Policy) -> None:
        """Start with the policy of the command line."""
        self._asked = asked
        self._policies: dict[SourceFile, Policy] = {}
        self._ignores: dict[tuple[SourceFile, int, str], Ignore] = {}
        self._used: set[Ignore] = set()

    def apply_policy(self, file: SourceFile, project: LoadedFile | None) -> None:
        """Apply the policy of a project file to a file."""
        self._policies[file] = self._asked._replace(beneath=project_policy(project))

    def read_comments(self, file: SourceFile) -> list[Finding]:
        """Read the comments of a file. FC381 an unknown code, FC382 a code that cannot be disabled."""
        if not _SUSPECT.search(file.data):
            return []
        findings: list[Finding] = []
        for comment in comments(file, _IGNORE):
            for ignore in _pieces(file, comment):
                message, help_ = code_fault(ignore.code, whole=True)
                if message and not ignore.code:
                    message = "this comment does not name a code to ignore"
                if message:
                    findings.append(Finding("FC381", ignore.at, message, help_))
                elif fault := fixed_fault(ignore.code):
                    findings.append(Finding("FC382", ignore.at, fault, _FIX))
                else:
                    line = cast(int, ignore.at.span and ignore.at.span.line)
                    self._ignores[file, line, ignore.code] = ignore
        return findings

    def severity(self, code: Code, file: SourceFile, line: int) -> Severity:
        """Return the severity of a code on a line of a file."""
        ignore = self._ignores.get((file, line, code.code))
        if ignore is not None:
            self._used.add(ignore)
            return Severity.OFF
        return self._policies.get(file, self._asked).of(code)

    def unused(self, now: int | None) -> Iterator[Finding]:
        """FC380 a code that a comment suppresses, but that is not reported on its line.

        Without the present time, it is unknown whether a calendar ends soon.
        """
        for (file, line, code), ignore in self._ignores.items():
            if code == _BY_TIME and now is None:
                continue
            asked = self._policies.get(file, self._asked).of(CODES[code])
            if ignore not in self._used and asked is not Severity.OFF:
                message = f"no finding on line {line} has the code {code}"
                yield Finding("FC380", ignore.at, message, "Remove it from the comment, or remove the comment.")


def _pieces(file: SourceFile, comment: Comment) -> Iterator[Ignore]:
    """Yield the parts of a comment between commas; if there are none, one empty part at the comment."""
    (_, words), (start, span) = comment
    if not words.strip(" \t,"):
        yield Ignore("", TextRange(file, start))
    for match in _PIECE.finditer(words):
        columns = {"column": span.column + match.start(), "end_column": span.column + match.end()}
        yield Ignore(match.group(), TextRange(file, span._replace(**columns)))
