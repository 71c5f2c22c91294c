"""Fragments of XML are well-formed, and hold nothing but tags and text."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.flow.actions import Raw
from flowc.lint.subject import Subject
from flowc.syntax.markup import Malformed, Tag, read_markup


def check(subject: Subject) -> Iterator[Finding]:
    """FC325 XML that cannot be read, FC326 XML of the author's own."""
    for action in subject.heard:
        own = isinstance(action, Raw)
        for setting in action.settings if own else filter(None, [action.setting("ssml")]):
            read = read_markup(str(setting.value))
            if isinstance(read, Malformed):
                line = f" (line {read.line} of it)" if "\n" in str(setting.value).strip() else ""
                yield Finding("FC325", setting.at, f"this is no XML: {read.why}{line}", read.help)
            elif not any(isinstance(part, Tag) or part.strip() for part in read.parts):
                yield Finding("FC325", setting.at, "there is nothing in this but a comment", "Write words or tags.")
        if own:
            message = "raw XML is checked for its form alone: where it leads is unknown, and only this carrier takes it"
            yield Finding("FC326", action.at, message, "Prefer an action of the language where there is one.")
