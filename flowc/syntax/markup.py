"""Parse XML: fragments in a flow, which are never copied verbatim, and whole documents."""

from __future__ import annotations

import re
from functools import lru_cache
from xml.parsers import expat

from flowc.diagnostics.records import NamedTuple

#: Limit for nested tags; no SSML or document of a carrier is nested so deeply.
_DEEPEST = 32
#: Limit for the tags of a fragment; it exceeds the size limits of all carriers.
_MOST_TAGS = 50_000
_WRAPPER = "fragment"


class Tag(NamedTuple):
    """A tag: its attributes in order, its content, and the line where it begins."""

    name: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Tag | str, ...]
    line: int


class Markup(NamedTuple):
    """The content of a fragment."""

    parts: tuple[Tag | str, ...]


class Malformed(NamedTuple):
    """Why a text is not valid XML, what to do, and on which line."""

    why: str
    help: str
    line: int


_LEAVE_OUT = "Leave it out: only tags and text are allowed here."
#: An error of expat, a pattern of the text there, and a message and help; {0} is the group of the pattern. The first
#: matching row counts.
_ERRORS = (
    (expat.errors.XML_ERROR_TAG_MISMATCH, r"</([^\s>]*)", "</{0}> closes a tag that is not open", "Leave it out."),
    (
        expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT,
        r"",
        f"</{_WRAPPER}> closes a tag that is not open",
        "Leave it out.",
    ),
    (expat.errors.XML_ERROR_INVALID_TOKEN, r"<!DOCTYPE", "it has a DOCTYPE", _LEAVE_OUT),
    (expat.errors.XML_ERROR_INVALID_TOKEN, r"<!--", "a comment contains --", "Write one hyphen instead."),
    (expat.errors.XML_ERROR_INVALID_TOKEN, r"&", "it contains & without an entity name", "Write &amp; instead."),
    (expat.errors.XML_ERROR_INVALID_TOKEN, r"<(?![^\W\d]|[:/])", "it contains < without a tag", "Write &lt; instead."),
    (
        expat.errors.XML_ERROR_INVALID_TOKEN,
        r"<([^\s<>/=]+)",
        "the tag <{0}> cannot be read",
        'Write each attribute with its value in quotes, such as time="1s", < in it as &lt;, and > at the end.',
    ),
    (expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE, r"([^\s=]+)", "a tag has {0} twice", "Keep one of them."),
    (
        expat.errors.XML_ERROR_UNDEFINED_ENTITY,
        r"([^;]*;)",
        "{0} is not an entity of XML",
        "Write the character itself, or &amp; for &.",
    ),
    (expat.errors.XML_ERROR_BAD_CHAR_REF, r"([^;]*;)", "{0} is not a character that XML can contain", "Leave it out."),
    (expat.errors.XML_ERROR_MISPLACED_XML_PI, r"", "it has a declaration, <?xml", _LEAVE_OUT),
    (expat.errors.XML_ERROR_UNCLOSED_TOKEN, r"<!--", "a comment is not closed", "Write --> where it ends."),
    (expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION, r"", "a CDATA section is not closed", "Write ]]> where it ends."),
)
_OTHERWISE = "Close every tag that is opened; in text, write &amp; for & and &lt; for <."


@lru_cache(maxsize=1024)
def read_markup(text: str) -> Markup | Malformed:
    """Parse a fragment. Custom entities, processing instructions and a DOCTYPE are rejected."""
    reader = _MarkupReader(1 + _MOST_TAGS)  # the wrapper too
    fault = reader.fault(f"<{_WRAPPER}>{text}</{_WRAPPER}>")
    return fault or reader.whole


def read_document(data: bytes) -> Tag | Malformed:
    """Parse a whole document, as a carrier does. Processing instructions and a DOCTYPE are rejected."""
    reader = _MarkupReader()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Malformed("it is not UTF-8", "Send it as UTF-8.", 1)
    return reader.fault(text) or reader.root


def _pairs(words: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(words[::2], words[1::2], strict=True))


class _MarkupError(Exception):
    """Something that is not allowed in a fragment: a message and help."""


class _MarkupReader:
    def __init__(self, most: int | None = None) -> None:
        self._room = most
        self.whole = Markup(())
        self.root = Tag("", (), (), 1)
        self._open: list[tuple[str, list[str], list[Tag | str], int]] = []
        self.parser = expat.ParserCreate()
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartDoctypeDeclHandler = self._doctype

    def fault(self, text: str) -> Malformed | None:
        """Parse a text, and return the error if there is one."""
        try:
            self.parser.Parse(text, True)
        except expat.ExpatError as error:
            return self._malformed(error, text.encode())
        except _MarkupError as refused:
            why, help_ = refused.args
            return Malformed(why, help_, self.parser.CurrentLineNumber)
        return None

    def _malformed(self, error: expat.ExpatError, text: bytes) -> Malformed:
        message = expat.ErrorString(error.code)
        if message == expat.errors.XML_ERROR_TAG_MISMATCH and len(self._open) > 1:
            name, *_, line = self._open[-1]
            help_ = f"Write </{name}> where it ends, or <{name}/> if it is empty."
            return Malformed(f"<{name}> is not closed", help_, line)
        at = self.parser.ErrorByteIndex
        if message in (expat.errors.XML_ERROR_INVALID_TOKEN, expat.errors.XML_ERROR_TAG_MISMATCH):
            # Expat reports an offset after the character that begins the error.
            at = max(text.rfind(b"<", len(_WRAPPER), at), text.rfind(b"&", 0, at), 0)
        there = text[at:].decode("utf-8", "replace")
        for fault, pattern, why, help_ in _ERRORS:
            if at and fault == message and (found := re.match(pattern, there)):
                return Malformed(why.format(*found.groups()), help_, error.lineno)
        return Malformed("it cannot be read", _OTHERWISE, error.lineno)

    def _start(self, name: str, attributes: list[str]) -> None:
        if len(self._open) > _DEEPEST:
            raise _MarkupError(f"its tags are nested more than {_DEEPEST} levels deep", "Reduce the nesting.")
        if self._room is not None:
            self._room -= 1
            if self._room < 0:
                raise _MarkupError(f"it has more than {_MOST_TAGS:,} tags", "Divide it among several actions.")
        self._open.append((name, attributes, [], self.parser.CurrentLineNumber))

    def _end(self, _: str) -> None:
        name, words, children, line = self._open.pop()
        tag = Tag(name, _pairs(words), tuple(children), line)
        if self._open:
            self._open[-1][2].append(tag)
        else:
            self.root, self.whole = tag, Markup(tag.children)

    def _text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _doctype(self, *_: object) -> None:
        raise _MarkupError("it has a DOCTYPE", _LEAVE_OUT)

    def _instruction(self, target: str, _: str) -> None:
        raise _MarkupError(f"it has a processing instruction, <?{target}", _LEAVE_OUT)
