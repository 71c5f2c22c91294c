"""What flowc says about a flow: a finding, and the diagnostic that a finding becomes."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import NamedTuple

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.source import Location, NodeRef, SourceFile, Span, TextRange

_PACKAGE = PurePath(__file__).parents[1]


class Related(NamedTuple):
    """The other end of a fault: where, and what stands there."""

    at: Location
    message: str


class Finding(NamedTuple):
    """What a pass found, at a symbolic place; `help` says how to put it right."""

    code: str
    at: Location
    message: str
    help: str = ""
    related: tuple[Related, ...] = ()


class RelatedDiagnostic(NamedTuple):
    """A related place made concrete."""

    path: str
    span: Span
    message: str


class Diagnostic(NamedTuple):
    """A finding made concrete: what the reports print. `span` is None where a file has no text to point at."""

    path: str
    span: Span | None
    code: str
    name: str
    severity: Severity
    message: str
    help: str
    related: tuple[RelatedDiagnostic, ...]
    excerpt: str

    @property
    def sort_key(self) -> tuple[str, Span, str, str]:
        """Order of a report: by file, place, code, message."""
        return (self.path, self.span or Span(0, 0, 0, 0), self.code, self.message)


class Located(NamedTuple):
    """A place made concrete; `via` is where an alias stands that repeated the text."""

    span: Span
    via: Span | None = None


#: The code of a finding that another file of the project can undo: nothing is kept of a build that reports it.
UNDONE_ELSEWHERE = "FC377"

#: So many faults of a kind are told in one file; a person mends the first few and looks again.
MOST_FAULTS = 1000


def too_many(file: SourceFile) -> Finding:
    """What is said where more than `MOST_FAULTS` were found, and no more are looked for."""
    message = f"this file has more than {MOST_FAULTS:,} errors, and no more are reported"
    return Finding("FC117", TextRange(file), message, "Fix some of these first: one mistake can cause many errors.")


def crash(what: str, at: Location, error: Exception) -> Finding:
    """The finding that a crash becomes: what failed, in which module or template, and how."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.endswith(".j2") or _PACKAGE in PurePath(frame.filename).parents]
    last = (ours or frames)[-1]
    message = f"{what} failed in {PurePath(last.filename).name}: {type(error).__name__}: {error}"
    return Finding("FC901", at, message, "This is a bug in flowc or in the folder of a target. Please report it.")


def unusable(at: Location, error: Exception) -> Finding:
    """The finding for a target's or host's folder that cannot be used; the error says which file of it and why."""
    help_ = "Correct this file if it is in the folder of --templates; otherwise please report it as a bug in flowc."
    return Finding("FC901", at, str(error), help_)


def as_listed(code: Code, _file: SourceFile, _line: int) -> Severity:
    """The severity of the table."""
    return code.severity


def conclude(
    findings: Iterable[Finding],
    locate_all: Callable[[Iterable[NodeRef]], Mapping[NodeRef, Located]],
    severity: Callable[[Code, SourceFile, int], Severity] = as_listed,
) -> list[Diagnostic]:
    """Make findings concrete, drop repetitions and what is off, and put them in the order of a report.

    `severity` says how bad a code is on a line of a file (0 for the file as a whole).
    """
    findings = list(_bounded(findings))
    ends = (at for finding in findings for at in (finding.at, *(other.at for other in finding.related)))
    located = locate_all(at for at in ends if isinstance(at, NodeRef))
    seen: dict[tuple[str, Span, str, str], Diagnostic] = {}
    for finding in findings:
        diagnostic = _concrete(finding, located)
        line = diagnostic.span.line if diagnostic.span else 0
        level = severity(CODES[finding.code], finding.at.file, line)
        if level is not Severity.OFF:
            seen.setdefault(diagnostic.sort_key, diagnostic._replace(severity=level))
    return sorted(seen.values(), key=lambda diagnostic: diagnostic.sort_key)


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """So many findings of one code in one file as are reported, and that there are more where they are errors."""
    counts: Counter[tuple[SourceFile, str]] = Counter()
    for finding in findings:
        kind = (finding.at.file, finding.code)
        counts[kind] += 1
        if counts[kind] <= MOST_FAULTS:
            yield finding
        elif counts[kind] == MOST_FAULTS + 1 and CODES[finding.code].severity is Severity.ERROR:
            yield too_many(finding.at.file)


def _concrete(finding: Finding, located: Mapping[NodeRef, Located]) -> Diagnostic:
    row = CODES[finding.code]
    file = finding.at.file
    related = []
    span: Span | None
    if isinstance(finding.at, NodeRef):
        span, via = located[finding.at]
        if via is not None:
            related.append(RelatedDiagnostic(file.path, via, "repeated here by an alias"))
    else:
        span = finding.at.span
    for other in finding.related:
        place = located[other.at].span if isinstance(other.at, NodeRef) else other.at.span or Span(1, 1, 1, 1)
        related.append(RelatedDiagnostic(other.at.file.path, place, other.message))
    excerpt = file.lines[span.line - 1] if span and span.line <= len(file.lines) else ""
    return Diagnostic(
        path=file.path,
        span=span,
        code=row.code,
        name=row.name,
        severity=row.severity,
        message=finding.message,
        help=finding.help,
        related=tuple(related),
        excerpt=excerpt,
    )
