"""Words that a caller would not hear because YAML takes them for a comment: `say: Press # now.`"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.source import SourceFile, TextRange
from flowc.diagnostics.wording import shown
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.syntax import locate

STAGE = Stage.CONTENT

# Most files have no such line, and then no place need be looked up.
_SUSPECT = re.compile(rb"(?:say|text)[ \t]*:[ \t]+[^\s\"'|>&*{\[#][^\n]*?[ \t]#")
_ENDS = (".", "!", "?")
_QUOTES = ("'", '"', "|", ">")
#: A comment that is not flowc's own, which silences a code.
_COMMENT = re.compile(r"[ \t]+(#(?![ \t]*flowc:).*)")


def check(context: LintContext) -> Iterator[Finding]:
    """FC318 a text that is said and ends, in the middle of a sentence, with a comment."""
    suspect: dict[SourceFile, bool] = {}
    for action in context.all_actions:
        text = action.setting("text")
        # A whole sentence may well have a comment behind it; half a one was cut.
        if action.verb != "say" or text is None or str(text.value).endswith(_ENDS):
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
            message = f"YAML takes {shown(comment[1])} for a comment, so it is not said"
            help_ = "Put the whole text in quotes to have it said; a comment has a line of its own."
            yield Finding("FC318", TextRange(file, place), message, help_)
