"""Findings of passes, and the diagnostics that they become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePath

from flowc.diagnostics.codes import CODES, Code, Severity
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location, NodeRef, SourceFile, Span, TextRange, origin

_PACKAGE = PurePath(__file__).parents[1]


class Related(NamedTuple):
    """Another place that belongs to a finding, and what is there."""

    at: Location
    message: str


class Finding(NamedTuple):
    """What a pass found, at a symbolic location; `help` says how to fix it."""

    code: str
    at: Location
    message: str
    help: str = ""
    related: tuple[Related, ...] = ()


class RelatedDiagnostic(NamedTuple):
    """A related place with its line and column."""

    path: str
    span: Span
    message: str


class Diagnostic(NamedTuple):
    """A finding with its line and column, as reports print it; `span` is None if the file has no text to point at."""

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
        """The order of a report: by file, place, code, message."""
        return (self.path, self.span or Span(0, 0, 0, 0), self.code, self.message)


class Located(NamedTuple):
    """The place of a node; `via` is that of the alias that repeats it, if one does."""

    span: Span
    via: Span | None = None


#: The code that a change of another file can resolve: a build with such a finding is not cached.
UNDONE_ELSEWHERE = "FC377"

#: The most findings of one code in one file that are reported: a user fixes the first few and runs flowc again.
MOST_FAULTS = 1000


def too_many(file: SourceFile) -> Finding:
    """Report that a file has more than `MOST_FAULTS` errors of a kind."""
    message = f"this file has more than {MOST_FAULTS:,} errors, and no more are reported"
    return Finding("FC117", TextRange(file), message, "Fix some of these first: one mistake can cause many errors.")


def crash(what: str, at: Location, error: Exception) -> Finding:
    """Report a crash: what failed, in which module or template, and how."""
    from traceback import extract_tb

    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.endswith(".j2") or _PACKAGE in PurePath(frame.filename).parents]
    last = (ours or frames)[-1]
    message = f"{what} failed in {PurePath(last.filename).name}: {type(error).__name__}: {error}"
    return Finding("FC901", at, message, "This is a bug in flowc or in the folder of a target. Please report it.")


def unusable(at: Location, error: Exception) -> Finding:
    """Report a folder of a target or host that cannot be used; the error names the file and the reason."""
    help_ = "Correct this file if it is in the folder of --templates; otherwise please report it as a bug in flowc."
    return Finding("FC901", at, str(error), help_)


def as_listed(code: Code, _file: SourceFile, _line: int) -> Severity:
    """Return the severity of the table."""
    return code.severity


def conclude(
    findings: Iterable[Finding],
    locate_all: Callable[[Iterable[NodeRef]], Mapping[NodeRef, Located]],
    severity: Callable[[Code, SourceFile, int], Severity] = as_listed,
) -> list[Diagnostic]:
    """Locate findings, remove repetitions and those that are off, and sort them for a report.

    `severity` returns the severity of a code on a line of a file (0 for the file as a whole).
    """
    findings = list(_bounded(map(_as_written, findings)))
    ends = (at for finding in findings for at in (finding.at, *(other.at for other in finding.related)))
    located = locate_all(at for at in ends if isinstance(at, NodeRef))
    seen: dict[tuple[str, Span, str, str], Diagnostic] = {}
    for finding in findings:
        diagnostic = _diagnostic(finding, located)
        line = diagnostic.span.line if diagnostic.span else 0
        level = severity(CODES[finding.code], finding.at.file, line)
        if level is not Severity.OFF:
            seen.setdefault(diagnostic.sort_key, diagnostic._replace(severity=level))
    return sorted(seen.values(), key=lambda diagnostic: diagnostic.sort_key)


def _as_written(finding: Finding) -> Finding:
    """A finding at places of files that were read: of a part, and of what uses it."""
    if finding.at.file.use is None and not any(other.at.file.use for other in finding.related):
        return finding
    at, through = origin(finding.at)
    related: dict[Related, None] = {}
    for other in finding.related:
        related[Related(origin(other.at).at, other.message)] = None
    related |= {Related(place, what): None for place, what in through}
    return finding._replace(at=at, related=tuple(related))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Limit the findings of one code in one file; if more are errors, report that."""
    counts: Counter[tuple[SourceFile, str]] = Counter()
    for finding in findings:
        kind = (finding.at.file, finding.code)
        counts[kind] += 1
        if counts[kind] <= MOST_FAULTS:
            yield finding
        elif counts[kind] == MOST_FAULTS + 1 and CODES[finding.code].severity is Severity.ERROR:
            yield too_many(finding.at.file)


def _diagnostic(finding: Finding, located: Mapping[NodeRef, Located]) -> Diagnostic:
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
