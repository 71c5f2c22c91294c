"""Texts that YAML does not cut at a comment: `say: Press # now.`"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile, TextRange
from flowc.diagnostics.wording import shown
from flowc.flow.verbs import SPEECH
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.syntax import locate

STAGE = Stage.CONTENT

# Most files have no such line, so that no place has to be located.
_SUSPECT = re.compile(rb"(?:say|text)[ \t]*:[ \t]+[^\s\"'|>&*{\[#][^\n]*?[ \t]#")
_ENDS = (".", "!", "?")
_QUOTES = ("'", '"', "|", ">")
#: A comment, unless it is flowc's own, which suppresses a code.
_COMMENT = re.compile(r"[ \t]+(#(?![ \t]*flowc:).*)")


def check(context: LintContext) -> Iterator[Finding]:
    """Report a comment after a text that is not a whole sentence (FC318)."""
    suspect: dict[SourceFile, bool] = {}
    for say in context.with_verbs(SPEECH):
        text = say.setting("text")
        # A comment after a whole sentence is probably one; after half a sentence it is the rest.
        if text is None or str(text.value).endswith(_ENDS):
            continue
        file = text.at.file
        if file not in suspect:
            suspect[file] = _SUSPECT.search(file.data) is not None
        if not suspect[file]:
            continue
        span = locate(text.at).span
        quoted = file.lines[span.line - 1][span.column - 1 : span.column] in _QUOTES
        comment = _COMMENT.match(file.lines[span.end_line - 1], span.end_column - 1)
        if comment is not None and not quoted:
            place = span._replace(line=span.end_line, column=comment.start(1) + 1, end_column=comment.end(1) + 1)
            message = f"YAML reads {shown(comment[1])} as a comment, so callers do not hear it"
            help_ = "Put the whole text in quotes if callers are to hear it, or move the comment to its own line."
            yield Finding("FC318", TextRange(file, place), message, help_)
