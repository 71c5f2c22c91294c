"""How large a document may become, told without making it."""

from __future__ import annotations

from flowc.emit.spell import Element, SpelledDocument

#: The bytes of an element's tags and indentation, and of a URL or a fragment of XML in it, which are not written yet.
_TAGS = 200
_UNWRITTEN = 3000
#: The most bytes that a sign becomes: `&quot;`.
_SIGN = 6


def may_exceed(document: SpelledDocument, limit: int) -> bool:
    """Whether a document may have more bytes than this. Most have far less, and are not worth a closer look."""
    return sum(map(_most, document.elements)) > limit


def _most(element: Element) -> int:
    texts = (element.text, *(attribute.value for attribute in element.attributes))
    written = sum(_SIGN * len(text) if isinstance(text, str) else _UNWRITTEN for text in texts if text is not None)
    return _TAGS + written + sum(map(_most, element.children))
