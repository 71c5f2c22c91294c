"""Which findings are told, and how bad they are: what a user asks for, over the table of codes.

The command line goes before the project file, and that before the table. A comment `# flowc: ignore FC313` silences a
code on its line. What is fixed (see `Code.fixed`) no policy reaches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, cast

from flowc.diagnostics import CODES, Code, Finding, Severity
from flowc.load import Comment, Data, Map, comments
from flowc.resolve import Document
from flowc.source import Place, SourceFile, Spot, Where
from flowc.wording import nearest

#: Cheap to look for; whether it is a comment is asked where it is found.
_SUSPECT = re.compile(rb"#[ \t]*flowc:[ \t]*ignore")
_IGNORE = re.compile(r"(#[ \t]*flowc:[ \t]*ignore)(?!\w)[ \t]*([^\r\n#]*)")
_PIECE = re.compile(r"[^,\s](?:[^,]*[^,\s])?")
_PUT_RIGHT = "Put right what it tells. What may be silenced is said by flowc explain."
_NAME_ONE = "Name a code such as FC313; flowc explain lists them."


@dataclass(frozen=True, slots=True)
class Policy:
    """What a user asks for. `select` and `ignore` hold codes or how they begin, of which the longer one counts.

    With `select`, other codes than those are off. `severity` switches a code on too, or off. `strict` makes errors of
    warnings. What this policy says nothing of, the one `beneath` may say.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    strict: bool = False
    beneath: Policy | None = None

    def of(self, code: Code) -> Severity:
        """How bad a code is."""
        if code.fixed:
            return Severity.ERROR
        wanted = self._wanted(code.code)
        level = self._level(code.code) or code.severity
        if wanted is None:
            wanted = level is not Severity.OFF
        if not wanted:
            return Severity.OFF
        # What is off in the table, and selected, is a warning.
        level = Severity.WARNING if level is Severity.OFF else level
        return Severity.ERROR if self.strict else level

    def _wanted(self, code: str) -> bool | None:
        """Whether the code is told; None if nobody says."""
        if code in self.severity:
            return self.severity[code] is not Severity.OFF
        selected, ignored = _longest(code, self.select), _longest(code, self.ignore)
        if selected or ignored or self.select:
            return selected > ignored
        return self.beneath._wanted(code) if self.beneath else None

    def _level(self, code: str) -> Severity | None:
        level = self.severity.get(code)
        if level in (None, Severity.OFF) and self.beneath:
            return self.beneath._level(code)
        return level


def _longest(code: str, beginnings: Iterable[str]) -> int:
    return max((len(word) for word in beginnings if code.startswith(word)), default=0)


def project_policy(project: Document | None) -> Policy:
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


def check_policy(project: Document) -> Iterator[Finding]:
    """FC382 a fixed error that `lint:` of a project file would silence."""
    lint = project.data.get("lint")
    if not isinstance(lint, Map):
        return
    ignored, levels = lint.get("ignore"), lint.get("severity")
    for index, word in enumerate(_words(ignored)):
        holder = ignored if isinstance(ignored, list) else lint
        at = Place(project.file, holder.node, index if isinstance(ignored, list) else "ignore")
        yield from _not_silenced(word, at)
    if isinstance(levels, Map):
        for code, level in levels.items():
            if level != Severity.ERROR:
                yield from _not_silenced(code, Place(project.file, levels.node, code, "key"))


def _not_silenced(word: str, at: Where) -> Iterator[Finding]:
    fault = fixed_fault(word)
    if fault:
        yield Finding("FC382", at, fault, _PUT_RIGHT)


def fixed_fault(word: str) -> str:
    """Why a code, or all that begin so, may not be silenced or lowered; empty if one may."""
    if not all(row.fixed for row in CODES.values() if row.code.startswith(word)):
        return ""
    named = word if word in CODES else f"no code that begins with {word}"
    able = "cannot" if word in CODES else "can"
    return f"{named} {able} be silenced or lowered: after such an error there is nothing right to write"


def code_fault(word: str, whole: bool = False) -> tuple[str, str]:
    """What is wrong with a code, and help; empty if nothing. One that need not be `whole` may be how some begin."""
    known = word in CODES if whole else word.startswith("FC") and any(code.startswith(word) for code in CODES)
    if known:
        return "", ""
    first, _, more = word.partition(" ")
    if more and first in CODES:
        return f'there is no code "{word}"', "Put commas between codes, and what else you note behind another #."
    names = {row.name: row.code for row in CODES.values()}
    near = nearest(word, (*CODES, *names))
    return f'there is no code "{word}"', f"Did you mean {names.get(near, near)}?" if near else _NAME_ONE


class Ignore(NamedTuple):
    """A code that a comment silences on its line."""

    code: str
    at: Spot


class Ruling:
    """What one run says of each finding: the policy of its file, and the comments there. It notes which are of use."""

    def __init__(self, asked: Policy) -> None:
        """Begin with what the command line asks for."""
        self._asked = asked
        self._policies: dict[SourceFile, Policy] = {}
        self._ignores: dict[tuple[SourceFile, int, str], Ignore] = {}
        self._used: set[Ignore] = set()

    def govern(self, file: SourceFile, project: Document | None) -> None:
        """A file is below a project file."""
        self._policies[file] = replace(self._asked, beneath=project_policy(project))

    def read(self, file: SourceFile) -> list[Finding]:
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
        yield Ignore("", Spot(file, sign))
    for match in _PIECE.finditer(words):
        columns = {"column": span.column + match.start(), "end_column": span.column + match.end()}
        yield Ignore(match.group(), Spot(file, span._replace(**columns)))
