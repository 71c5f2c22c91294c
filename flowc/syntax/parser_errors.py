"""The errors of libyaml as findings in plain words, at the position of the mistake."""

from __future__ import annotations

import re

from yaml.error import MarkedYAMLError

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import TextRange
from flowc.syntax import loader_findings
from flowc.syntax.source_text import SourceText, invisible
from flowc.syntax.typography import strange_blank, typographic_quote
from flowc.syntax.unclosed_quotes import left_open

_QUOTES = 'put the whole text in double quotes: "…".'
_IN_QUOTES = _QUOTES[0].upper() + _QUOTES[1:]
_CODE = re.compile(r"\\[xuU]([0-9A-Fa-f]+)")
#: The maximum distance, in characters, from the start of a key to its colon.
_LONGEST_KEY = 1024
_COLON = re.compile(r":(?=\s|$)")
_COLON_NEXT = re.compile(r"[ \t]*:(?=\s|$)")
#: A text in quotes, within a line.
_IN_A_LINE = re.compile(r""""(?:[^"\\\r\n]|\\.)*"|'(?:[^'\r\n]|'')*'""")
#: A line up to a comment that contains a closing bracket; a # in quotes or in a word is not a comment.
_CUT = re.compile(r"""(?:[^"'#\r\n]|"[^"\r\n]*"|'[^'\r\n]*'|(?<=[^\s])#)*(?<=\s)(#[^\r\n]*[}\]])""")
_KEY_WITHOUT_SPACE = re.compile(r"[ -]*([A-Za-z_][\w-]*)(:)(?!//)([^\s:][^\r\n]{0,39})")
_LINE_UP = "indent it exactly as the lines that it belongs to."


class _Hint(NamedTuple):
    """A pattern of error texts, with message and help; `{c}` is the character at the error."""

    pattern: str
    message: str
    help: str
    from_context: bool = False


_TABLE = [
    _Hint("could not find expected ':'", "this line has no colon, so it is not a key", "Write it as `key: value`; if "
         "it continues the text of the line above, indent it deeper than that line.", from_context=True),
    _Hint("cannot start any token", 'text without quotes cannot begin with "{c}"', _IN_QUOTES),
    _Hint("while scanning an a", 'text without quotes cannot begin with "{c}"', _IN_QUOTES,
         from_context=True),
    _Hint("mapping keys are not allowed", 'text without quotes cannot begin with "{c}"', _IN_QUOTES),
    _Hint("sequence entries are not allowed", "a list cannot begin here", "Begin each item on a line of its own, with "
         "a dash and a space; if the dash belongs to a text, put the text in double quotes."),
    _Hint("while parsing a block collection", "this line does not begin with a dash, so it is not an item of the list",
         "Begin the line with a dash and a space, or " + _LINE_UP),
    _Hint("while scanning a block scalar", 'the "|" or ">" that begins a longer text must be followed by a line break',
         "Begin the text on the next line, or " + _QUOTES, from_context=True),
    _Hint("directive|YAML document", 'a line that begins with "%" is a YAML directive, which flowc does not accept',
         "Remove the line; if it is text, " + _QUOTES, from_context=True),
    _Hint("unexpected ':'", "text without quotes cannot contain a colon here", _IN_QUOTES),
]  # fmt: skip

_COLON_IN_TEXT = ("text without quotes cannot contain a colon and a space", _IN_QUOTES)
_TOO_DEEP_A_LINE = (
    "this line is indented deeper than the line above it allows",
    "Align it with the keys that it belongs to; if it continues a text, " + _QUOTES,
)
_AFTER_QUOTE = (
    "text continues after the closing quote",
    "Write an apostrophe inside '…' twice ('It''s me'), or put the whole text in double quotes; "
    'write \\" for a double quote inside "…".',
)
_CUT_BY_COMMENT = (
    "YAML reads this as a comment, so a bracket before it is never closed",
    'Put the # in quotes ("#") if it is part of a value, or move the comment to a separate line.',
)
_AFTER_VALUE = ("this cannot follow the value before it on the same line", "Begin a new line, or " + _QUOTES)
_NOT_LINED_UP = ("this line is not aligned with the lines above it", _LINE_UP.capitalize())


def explain(error: Exception, text: SourceText) -> Finding:
    """Return the finding for an exception of the YAML parser."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _unmarked(text)
    complaint = f"{error.context}: {error.problem}"
    # At the end of a file libyaml counts an extra line, and what is missing is missing at the end of the text.
    at = min(error.problem_mark.index, len(text.text.rstrip()))
    opened = error.context_mark.index if error.context_mark else at
    return (
        _long_quoted_key(text, at)
        or _quoted(text, complaint, at, opened)
        or _escape(text, complaint, at)
        or _tab(text, complaint, at)
        or strange_blank(text, at)
        or _long_key(text, complaint, at, opened)
        or _own_code(text, complaint, at, opened)
        or typographic_quote(text, at)
        or _no_space(text, complaint, opened)
        or _layout(text, complaint, at)
        or _brackets(text, complaint, at, opened)
        or _by_table(text, complaint, at, opened)
    )


def without_repetition(findings: list[Finding], last: Finding) -> list[Finding]:
    """Add the error of the parser, unless a `*` or `!` is already reported on the same line."""

    def line(finding: Finding) -> int | None:
        return finding.at.span.line if isinstance(finding.at, TextRange) and finding.at.span else None

    reported = {line(found) for found in findings if found.code in ("FC107", "FC113")}
    return findings if line(last) in reported else [*findings, last]


def _unmarked(text: SourceText) -> Finding:
    """Return the finding for a character that the parser rejects without a useful position."""
    refused = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text.text)
    if refused:
        return invisible(refused.group(), text.spot(refused.start()))
    return Finding(
        "FC103",
        TextRange(text.file),
        "the file cannot be read as YAML",
        "Replace escapes such as \\U… by the characters themselves.",
    )


def _quoted(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    to_the_end = "while scanning a quoted scalar: found unexpected" in complaint
    # The text after the quote may begin another token, such as an alias, at which the parser fails.
    if to_the_end or re.search("scanning an (alias|anchor)|scanning a (tag|simple key)", complaint):
        at = opened
    start = left_open(text.text, at)
    if start is None and to_the_end:
        start = opened
    return None if start is None else loader_findings.open_quote(text, start)


def _escape(text: SourceText, complaint: str, at: int) -> Finding | None:
    start = text.text.rfind("\\", 0, at + 1)
    if "quoted scalar" not in complaint or start < 0:
        return None
    if "invalid Unicode character escape" in complaint and (digits := _CODE.match(text.text, start)):
        return Finding(
            "FC109",
            text.spot(*digits.span()),
            f"the code U+{int(digits[1], 16):04X} is not a character that can be spoken or displayed",
            "Write the character itself, such as 😀, instead of its code.",
        )
    spot = text.spot(start, start + 2)
    if "escape character" in complaint:
        message = f"{text.text[start : start + 2]} is not a valid escape in double quotes"
        return Finding("FC103", spot, message, "Write \\\\ for a backslash.")
    if re.search("hexa?decimal number", complaint):
        message = f"the character code after {text.text[start : start + 2]} is incomplete"
        digits_help = "Write two digits or letters a-f after \\x, four after \\u, eight after \\U"
        return Finding("FC103", spot, message, digits_help + "; write \\\\ for a backslash.")
    return None


def _tab(text: SourceText, complaint: str, at: int) -> Finding | None:
    start = text.line_start(at)
    indentation = re.compile(r"[ \t-]*").match(text.text, start)
    tab = text.text.find("\t", start, indentation.end() if indentation else start)
    misleads = text.text[at : at + 1] == "\t" or "a tab character" in complaint or "not allowed" in complaint
    if tab < 0 or not misleads:
        return None
    return Finding(
        "FC104", text.spot(tab), "the indentation of this line contains a tab", "Indent with spaces instead of tabs."
    )


def _long_quoted_key(text: SourceText, at: int) -> Finding | None:
    """Return a finding for a quoted key that is too long, whatever the error of the parser is."""
    start = text.line_start(at)
    line = text.text[start:at].rstrip()
    if len(line) <= _LONGEST_KEY or not _COLON_NEXT.match(text.text, at):
        return None
    for quoted in _IN_A_LINE.finditer(text.text, start, start + len(line)):
        before = text.text[start : quoted.start()].strip(" \t-")
        is_key = quoted.end() == start + len(line) and (not before or before[-1] in "{,")
        if is_key and len(quoted.group()) > _LONGEST_KEY:
            message = f"this key has more than {_LONGEST_KEY:,} characters"
            return Finding("FC103", text.spot(*quoted.span()), message, "Shorten it.")
    return None


def _long_key(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    """Return a finding for a key that YAML does not accept because its colon is too far away."""
    if "could not find expected ':'" in complaint:
        start, end = opened, text.line_end(opened)
        colon = _COLON.search(text.text, start, end)
        at = colon.start() if colon else start
    elif text.text[at : at + 1] == ":":
        start = max(text.line_start(at), *(text.text.rfind(char, 0, at) + 1 for char in "{[,"))
        start = at - len(text.text[start:at].lstrip())
        if _COLON.search(text.text, start, at):  # the key is before that colon, and this one is in its value
            return None
    else:
        return None
    if at - start <= _LONGEST_KEY:
        return None
    message = f"this key has more than {_LONGEST_KEY:,} characters"
    return Finding("FC103", text.spot(start, at), message, "Shorten it; if it is text, " + _QUOTES)


def _own_code(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    """Return a finding for errors that have separate codes although libyaml does not distinguish them."""
    if "nesting depth" in complaint:  # on a line that must be a key; otherwise the loader has reported it
        return loader_findings.too_deep(text.spot(at))
    if "undefined tag handle" in complaint or re.search("(parsing|scanning) a tag", complaint):
        return loader_findings.tag(text, at if "handle" in complaint else opened)
    if re.search("expected key|<block end>|node content", complaint) and text.text[at : at + 1] == ":":
        return loader_findings.no_key(text.spot(at))
    if "<document start>" in complaint and re.search(r"(^|[\r\n])\.\.\.\s*$", text.text[:at]):
        return loader_findings.second_document(text.spot(at, text.line_end(at)))
    return None


def _layout(text: SourceText, complaint: str, at: int) -> Finding | None:
    """Return a finding for a misaligned line, or for text after a complete value."""
    before = text.text[text.line_start(at) : at].rstrip()
    end = None
    if "mapping values are not allowed" in complaint:
        text_of_value = _AFTER_QUOTE if before.endswith(("'", '"')) else _COLON_IN_TEXT
        texts = text_of_value if ": " in before else _TOO_DEEP_A_LINE
    elif "node" in complaint or not re.search("while parsing a block|<document start>", complaint):
        return None
    elif before.endswith(("'", '"')):
        texts = _AFTER_QUOTE
    elif before:
        texts = _AFTER_VALUE
    elif "block collection" in complaint:
        return None
    else:
        texts, end = _NOT_LINED_UP, text.line_end(at)
    return Finding("FC103", text.spot(at, end), *texts)


def _brackets(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    char = text.text[at : at + 1]
    if "node: " in complaint and char.strip():
        message = f'found "{char}" instead of a value'
        help = "Close inner brackets first; put text that begins with this character in double quotes."
        return Finding("FC103", text.spot(at), message, help)
    if "while parsing a flow" not in complaint:
        return None
    if char == ":" and ": " in text.text[text.line_start(at) : at]:
        return Finding("FC103", text.spot(at), *_COLON_IN_TEXT)
    if not char.strip():
        last = min(opened, at - 1)
        if comment := _CUT.match(text.text, text.line_start(last)):
            return Finding("FC103", text.spot(comment.start(1), comment.end(1)), *_CUT_BY_COMMENT)
        return Finding(
            "FC103",
            text.spot(last),
            "a bracket that opens here or later is never closed",
            "Write ] at the end of a list that begins with [, and } at the end of a mapping that begins with {.",
        )
    closing, what = ("]", "list") if "flow sequence" in complaint else ("}", "mapping")
    message = f"a comma or the closing {closing} is missing before this"
    help = (
        f"Put commas between the entries and {closing} after the last; put text with [ ] {{ }} or , in double quotes."
    )
    return Finding("FC103", text.spot(at), message, help, (Related(text.spot(opened), f"the {what} opens here"),))


def _no_space(text: SourceText, complaint: str, opened: int) -> Finding | None:
    """Return a finding for a key without a space after its colon, which YAML reads as text."""
    match = _KEY_WITHOUT_SPACE.match(text.text, text.line_start(opened)) if "expected ':'" in complaint else None
    if match is None:
        return None
    message = "this colon is not followed by a space, so this is not a key"
    return Finding("FC103", text.spot(match.start(2)), message, f"Write a space after it: {match[1]}: {match[3]}")


def _by_table(text: SourceText, complaint: str, at: int, opened: int) -> Finding:
    for row in _TABLE:
        if re.search(row.pattern, complaint):
            at = opened if row.from_context else at
            end = text.line_end(at) if "colon" in row.message else None
            return Finding("FC103", text.spot(at, end), row.message.replace("{c}", text.text[at : at + 1]), row.help)
    help = "Check the indentation, colons, quotes and brackets of this line and of the line above."
    return Finding("FC103", text.spot(at), "the text cannot be read from here on", help)
