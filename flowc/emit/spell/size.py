"""Estimates the size of a document before it is written."""

from __future__ import annotations

from flowc.emit.spell.elements import Element, SpelledDocument

#: The bytes of an element's tags and indentation, and of a URL or a fragment of XML in it, which are not written yet.
_TAGS = 200
_UNWRITTEN = 3000
#: The most bytes that a character becomes: `&quot;`.
_CHARACTER = 6


def may_exceed(document: SpelledDocument, limit: int) -> bool:
    """Whether a document may have more bytes than this; most have far fewer, and need no closer look."""
    return sum(map(_most, document.elements)) > limit


def _most(element: Element) -> int:
    texts = (element.text, *(attribute.value for attribute in element.attributes))
    written = sum(_CHARACTER * len(text) if isinstance(text, str) else _UNWRITTEN for text in texts if text is not None)
    return _TAGS + written + sum(map(_most, element.children))
