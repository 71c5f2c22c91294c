"""Characters that look like others: blanks that YAML takes for letters, invisible characters, typographic quotes."""

from __future__ import annotations

import re
import unicodedata

#: Blanks beside the space and the tab, and what has no width: word processors, web pages and keyboards put them in.
BLANKS = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
#: Quotation marks beside " and '.
QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2018\u2019\u201a\u201b"
#: Marks of the direction of writing and the soft hyphen, which come along with copied numbers and words.
_UNSEEN = f"{BLANKS}\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069"
_STRANGE = re.compile(f"[{_UNSEEN}]")
_QUOTED = re.compile(f"[{QUOTES}](.*)[{QUOTES}]", re.DOTALL)


def named(char: str) -> str:
    """A character by its name and number, such as `no-break space (U+00A0)`."""
    return f"{unicodedata.name(char, 'character').lower()} (U+{ord(char):04X})"


def cleaned(text: str) -> str:
    """A text without typographic quotes around it and without blanks and characters that cannot be seen in it."""
    if text.isascii():
        return text
    text = _STRANGE.sub(lambda match: " " if match[0].isspace() else "", text).strip()
    quoted = _QUOTED.fullmatch(text)
    return quoted[1].strip() if quoted else text


def made_visible(text: str) -> str:
    """A text for a message: what cannot be seen, or looks like a space, is shown by its number."""
    return text if text.isascii() else _STRANGE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def lookalike(text: str) -> str:
    """What to do about a wrong text in which something looks like what it is not; empty where nothing does."""
    if text.isascii():
        return ""
    if strange := _STRANGE.search(text):
        place = f'after "{text[: strange.start()]}"' if strange.start() else "at the beginning"
        return f"The character {place} is a {named(strange[0])}: remove it, or type an ordinary space."
    if text[0] in QUOTES:
        return f'YAML knows straight quotes only: write "{cleaned(text).strip(QUOTES)}".'
    return ""
