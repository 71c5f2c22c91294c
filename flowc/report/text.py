"""Diagnostics as text: place, code and message, the line with a caret under the exact span, and how to fix it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from flowc.diagnostics import Diagnostic
from flowc.source import Span

_WIDEST = 160
_WIDE = ("W", "F")


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """A paragraph for each diagnostic."""
    return "".join(_paragraph(diagnostic) for diagnostic in diagnostics)


def _paragraph(diagnostic: Diagnostic) -> str:
    place = _place(diagnostic.path, diagnostic.span)
    lines = [f"{place}: {diagnostic.severity}[{diagnostic.code}] {_visible(diagnostic.message)}"]
    if diagnostic.span is not None and diagnostic.excerpt.strip():
        lines += _excerpt(diagnostic.span, diagnostic.excerpt)
    lines += [f"  {_place(other.path, other.span)}: {_visible(other.message)}" for other in diagnostic.related]
    if diagnostic.help:
        lines.append(f"  help: {_visible(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _place(path: str, span: Span | None) -> str:
    return f"{path}:{span.line}:{span.column}" if span else path


def _excerpt(span: Span, line: str) -> list[str]:
    """The line and carets below it; a span that goes on on further lines is marked to the end of this one."""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    end = max(start + 1, min(end, len(line)))
    first = max(0, start - _WIDEST // 2) if len(line) > _WIDEST else 0
    shown = line[first : first + _WIDEST].rstrip()
    gutter = str(span.line)
    blank = " " * len(gutter)
    carets = "^" * max(1, _width(line[start : min(end, first + _WIDEST)]))
    return [
        f" {gutter} | {_visible(shown)}",
        f" {blank} | {' ' * _width(line[first:start])}{carets}",
    ]


def _width(text: str) -> int:
    """Columns a terminal gives the text: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in _WIDE else 1 for sign in text
    )


def _visible(text: str) -> str:
    """The text with signs that would steer a terminal, or turn its direction, replaced."""
    return "".join(" " if sign == "\t" else sign if _harmless(sign) else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _harmless(sign: str) -> bool:
    return sign.isprintable() or unicodedata.category(sign) in ("Zs", "Mn", "Mc") or sign == "\u200d"
