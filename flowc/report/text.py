"""Diagnostics as text: location, code and message, the line with carets under the span, and help."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from flowc.diagnostics.characters import visible
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.source import Span

_WIDEST = 160
_WIDE = ("W", "F")


_STYLES = {"error": "1;31", "warning": "1;33", "place": "1", "help": "36", "carets": "31", "gutter": "34"}
_Paint = Callable[[str, str], str]


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a paragraph for each diagnostic."""
    return "".join(_paragraph(diagnostic, _plain) for diagnostic in diagnostics)


def as_coloured_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a paragraph for each diagnostic, coloured for a terminal."""
    return "".join(_paragraph(diagnostic, _coloured) for diagnostic in diagnostics)


def _plain(_: str, text: str) -> str:
    return text


def _coloured(style: str, text: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else ""


def _paragraph(diagnostic: Diagnostic, paint: _Paint) -> str:
    place = paint("place", _place(diagnostic.path, diagnostic.span))
    severity = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    lines = [f"{place}: {severity} {visible(diagnostic.message)}"]
    if diagnostic.span is not None and diagnostic.excerpt.strip():
        lines += _excerpt(diagnostic.span, diagnostic.excerpt, paint)
    lines += [f"  {_place(other.path, other.span)}: {visible(other.message)}" for other in diagnostic.related]
    if diagnostic.help:
        lines.append(f"  {paint('help', 'help:')} {visible(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _place(path: str, span: Span | None) -> str:
    return visible(f"{path}:{span.line}:{span.column}" if span else path)


def _excerpt(span: Span, line: str, paint: _Paint) -> list[str]:
    """Return the line and carets below it. A span over several lines is marked to the end of the first line."""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    end = max(start + 1, min(end, len(line)))
    first = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[first : first + _WIDEST].rstrip()
    gutter = str(span.line)
    blank = " " * len(gutter)
    carets = "^" * max(1, _width(visible(line[start : min(end, first + _WIDEST)])))
    return [
        f"{paint('gutter', f' {gutter} |')} {visible(shown)}",
        f"{paint('gutter', f' {blank} |')} {' ' * _width(visible(line[first:start]))}{paint('carets', carets)}",
    ]


def _width(text: str) -> int:
    """Return the width of the text in a terminal: wide characters take two columns, combining ones none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text
    )
