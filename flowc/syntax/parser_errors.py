"""What libyaml complains about, in plain words and at the spot where a person would look for it."""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.error import MarkedYAMLError

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.source import TextRange
from flowc.syntax import loader_findings
from flowc.syntax.source_text import SourceText, invisible
from flowc.syntax.typography import strange_blank, typographic_quote
from flowc.syntax.unclosed_quotes import left_open

_QUOTES = 'put the whole text in double quotes: "…".'
_IN_QUOTES = _QUOTES[0].upper() + _QUOTES[1:]
_CODE = re.compile(r"\\[xuU]([0-9A-Fa-f]+)")
#: How many characters YAML looks ahead for the colon behind a key.
_LONGEST_KEY = 1024
_COLON = re.compile(r":(?=\s|$)")
_COLON_NEXT = re.compile(r"[ \t]*:(?=\s|$)")
#: A text in quotes, within a line.
_IN_A_LINE = re.compile(r""""(?:[^"\\\r\n]|\\.)*"|'(?:[^'\r\n]|'')*'""")
#: A line up to a comment that holds a closing bracket; a # inside quotes, or inside a word, begins none.
_CUT = re.compile(r"""(?:[^"'#\r\n]|"[^"\r\n]*"|'[^'\r\n]*'|(?<=[^\s])#)*(?<=\s)(#[^\r\n]*[}\]])""")
_KEY_WITHOUT_SPACE = re.compile(r"[ -]*([A-Za-z_][\w-]*)(:)(?!//)([^\s:][^\r\n]{0,39})")
_LINE_UP = "indent it exactly as deep as the lines it belongs with."


class _Hint(NamedTuple):
    """One complaint: what it contains, and what to say; `{c}` is the character it points at."""

    complaint: str
    message: str
    help: str
    from_context: bool = False


_TABLE = [
    _Hint("could not find expected ':'", "this line has no colon, so it is no key", "Write it as `key: value`; if it "
         "goes on the text of the line above, indent it deeper than that line.", from_context=True),
    _Hint("cannot start any token", 'text cannot begin with "{c}" unless it stands in quotes', _IN_QUOTES),
    _Hint("while scanning an a", 'text cannot begin with "{c}" unless it stands in quotes', _IN_QUOTES,
         from_context=True),
    _Hint("mapping keys are not allowed", 'text cannot begin with "{c}" unless it stands in quotes', _IN_QUOTES),
    _Hint("sequence entries are not allowed", "a list cannot begin here", "Begin each item on a line of its own, with "
         "a dash and a space; if the dash belongs to a text, put the text in double quotes."),
    _Hint("while parsing a block collection", "an item of this list, beginning with a dash, should stand here",
         "Begin the line with a dash and a space, or " + _LINE_UP),
    _Hint("while scanning a block scalar", 'nothing but a line break may stand behind the "|" or ">" that begins a '
         "longer text", "Begin the text on the next line, or " + _QUOTES, from_context=True),
    _Hint("directive|YAML document", 'a line that begins with "%" is an instruction to YAML, and flowc does not know '
         "this one", "Take the line out; if it is text, " + _QUOTES, from_context=True),
    _Hint("unexpected ':'", "a colon cannot stand here in text without quotes", _IN_QUOTES),
]  # fmt: skip

_COLON_IN_TEXT = ("a colon and a space cannot stand inside text without quotes", _IN_QUOTES)
_TOO_DEEP_A_LINE = (
    "this line is indented deeper than the line above it allows",
    "Line it up with the keys it belongs with; if it goes on a text, " + _QUOTES,
)
_BEHIND_QUOTE = (
    "text goes on behind the closing quote",
    "Write an apostrophe inside '…' twice ('It''s me'), or put the whole text in double quotes; "
    'write \\" for a double quote inside "…".',
)
_CUT_BY_COMMENT = (
    "YAML takes this for a comment, so that a bracket before it is never closed",
    'Put the # in quotes ("#") if it belongs to a value, or move the comment to a line of its own.',
)
_BEHIND_VALUE = ("this does not fit behind what stands before it on the line", "Begin a new line, or " + _QUOTES)
_NOT_LINED_UP = ("this line does not line up with the lines above it", _LINE_UP.capitalize())


def explain(error: Exception, text: SourceText) -> Finding:
    """The finding for what the YAML parser raised."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _unmarked(text)
    complaint = f"{error.context}: {error.problem}"
    # At its end libyaml counts a line the file does not have, and what is missing is missed where the text ends.
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
    """Leave out the parser's complaint on a line where a `*` or `!` was already taken for more than text."""

    def line(finding: Finding) -> int | None:
        return finding.at.span.line if isinstance(finding.at, TextRange) and finding.at.span else None

    told = {line(found) for found in findings if found.code in ("FC107", "FC113")}
    return findings if line(last) in told else [*findings, last]


def _unmarked(text: SourceText) -> Finding:
    """The parser refuses a character before it reads a line; it has no position worth showing."""
    refused = re.search("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text.text)
    if refused:
        return invisible(refused.group(), text.spot(refused.start()))
    return Finding(
        "FC103",
        TextRange(text.file),
        "the file cannot be read as YAML",
        "Look for character codes like \\U… and write the characters themselves.",
    )


def _quoted(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    to_the_end = "while scanning a quoted scalar: found unexpected" in complaint
    # What follows the quote may begin a token of its own, such as an alias, which is then what is complained about.
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
            f"the code U+{int(digits[1], 16):04X} is no character that can be spoken or shown",
            "Write the character itself, for instance 😀, in place of its code.",
        )
    spot = text.spot(start, start + 2)
    if "escape character" in complaint:
        message = f"{text.text[start : start + 2]} means nothing inside double quotes"
        return Finding("FC103", spot, message, "Write \\\\ for a backslash.")
    if re.search("hexa?decimal number", complaint):
        message = f"the character code behind {text.text[start : start + 2]} is not complete"
        digits_help = "Two digits or letters a-f belong behind \\x, four behind \\u, eight behind \\U"
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
        "FC104", text.spot(tab), "a tab stands in the indentation of this line", "Indent with spaces in place of tabs."
    )


def _long_quoted_key(text: SourceText, at: int) -> Finding | None:
    """A quoted key so long that YAML does not find its colon, whatever the parser complains about then."""
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
    """A key that YAML does not take for one, since its colon comes too late."""
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
    """Complaints that have a code of their own although libyaml sees no difference."""
    if "nesting depth" in complaint:  # of a line that would have to be a key; else the loader has seen it before
        return loader_findings.too_deep(text.spot(at))
    if "undefined tag handle" in complaint or re.search("(parsing|scanning) a tag", complaint):
        return loader_findings.tag(text, at if "handle" in complaint else opened)
    if re.search("expected key|<block end>|node content", complaint) and text.text[at : at + 1] == ":":
        return loader_findings.no_key(text.spot(at))
    if "<document start>" in complaint and re.search(r"(^|[\r\n])\.\.\.\s*$", text.text[:at]):
        return loader_findings.second_document(text.spot(at, text.line_end(at)))
    return None


def _layout(text: SourceText, complaint: str, at: int) -> Finding | None:
    """A line that does not fit its neighbours, or something behind a value that is already complete."""
    before = text.text[text.line_start(at) : at].rstrip()
    end = None
    if "mapping values are not allowed" in complaint:
        text_of_value = _BEHIND_QUOTE if before.endswith(("'", '"')) else _COLON_IN_TEXT
        says = text_of_value if ": " in before else _TOO_DEEP_A_LINE
    elif "node" in complaint or not re.search("while parsing a block|<document start>", complaint):
        return None
    elif before.endswith(("'", '"')):
        says = _BEHIND_QUOTE
    elif before:
        says = _BEHIND_VALUE
    elif "block collection" in complaint:
        return None
    else:
        says, end = _NOT_LINED_UP, text.line_end(at)
    return Finding("FC103", text.spot(at, end), *says)


def _brackets(text: SourceText, complaint: str, at: int, opened: int) -> Finding | None:
    char = text.text[at : at + 1]
    if "node: " in complaint and char.strip():
        message = f'"{char}" stands where a value should stand'
        help = "Close what was opened in the same order; text that begins with this character needs double quotes."
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
            "a bracket that opens here or behind this is never closed",
            "Put ] at the end of a list that began with [, and } at the end of what began with {.",
        )
    closing, what = ("]", "list") if "flow sequence" in complaint else ("}", "mapping")
    message = f"a comma or the closing {closing} is missing before this"
    help = (
        f"Put commas between the entries and {closing} behind the last; text with [ ] {{ }} or , needs double quotes."
    )
    return Finding("FC103", text.spot(at), message, help, (Related(text.spot(opened), f"the {what} opens here"),))


def _no_space(text: SourceText, complaint: str, opened: int) -> Finding | None:
    """A key whose colon no blank follows is a plain text to YAML, and none can stand there."""
    match = _KEY_WITHOUT_SPACE.match(text.text, text.line_start(opened)) if "expected ':'" in complaint else None
    if match is None:
        return None
    message = "no space follows this colon, so this is not a key"
    return Finding("FC103", text.spot(match.start(2)), message, f"Write a space after it: {match[1]}: {match[3]}")


def _by_table(text: SourceText, complaint: str, at: int, opened: int) -> Finding:
    for row in _TABLE:
        if re.search(row.complaint, complaint):
            at = opened if row.from_context else at
            end = text.line_end(at) if "colon" in row.message else None
            return Finding("FC103", text.spot(at, end), row.message.replace("{c}", text.text[at : at + 1]), row.help)
    help = "Check the indentation, colons, quotes and brackets of this line and of the line above."
    return Finding("FC103", text.spot(at), "the text cannot be understood from here on", help)
