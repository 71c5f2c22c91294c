"""Characters that look like others: blanks that are letters to YAML, invisible characters, typographic quotes."""

from __future__ import annotations

import re
import unicodedata

#: Blanks other than the space and the tab, and characters without width: word processors and web pages insert them.
BLANKS = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
#: Quotation marks other than " and '.
QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2018\u2019\u201a\u201b"
#: The longest line that is shown, in characters: longer ones are unreadable and fill logs.
_LONGEST = 4000
#: Also direction marks and the soft hyphen, which are often copied together with numbers and words.
_UNSEEN = f"{BLANKS}\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069"
_STRANGE = f"[{_UNSEEN}]"
#: Characters that control a terminal, change the text direction, end a line, or have no width and no script; and
#: surrogates, which represent bytes of a file name that are not UTF-8.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff"
#: These, and the beginnings of commands to a CI service: `::` at the start of a line, `##[` and `##name[` anywhere.
_UNSAFE = rf"[{_CONTROLS}]|\A[ {BLANKS}]*:(?=:)|#(?=#\w*\[)"
_QUOTED = f"(?s)[{QUOTES}](.*)[{QUOTES}]"


def named(char: str) -> str:
    """Name a character with its number, such as `no-break space (U+00A0)`."""
    return f"{unicodedata.name(char, 'character').lower()} (U+{ord(char):04X})"


def cleaned(text: str) -> str:
    """Remove typographic quotes around a text, and unusual blanks and invisible characters in it."""
    if text.isascii():
        return text
    text = re.sub(_STRANGE, lambda match: " " if match[0].isspace() else "", text).strip()
    quoted = re.fullmatch(_QUOTED, text)
    return quoted[1].strip() if quoted else text


def visible(text: str, most: int = _LONGEST) -> str:
    """Make a text of any origin one line that can neither control a terminal nor forge a line of a log.

    Characters that could are shown by their numbers, such as <U+001B>; a tab becomes a space. Other text of any script
    is kept. A text of more than `most` characters loses its middle, since a name is at the start and the fault at the
    end.
    """
    if len(text) > most:
        text = f"{text[: most // 2]}...{text[-(most // 2) :]}"
    if text.isascii() and text.isprintable() and "::" not in text and "##" not in text:
        return text
    return re.sub(_UNSAFE, _by_number, text.replace("\t", " "))


def _by_number(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}<U+{ord(match[0][-1]):04X}>"


def made_visible(text: str) -> str:
    """Do the same for a quoted value, and also show unusual blanks and invisible characters."""
    return visible(text if text.isascii() else re.sub(_STRANGE, _by_number, text))


def lookalike(text: str) -> str:
    """Return help about a wrong text with a character that looks like another one, if it has one."""
    if text.isascii():
        return ""
    if strange := re.search(_STRANGE, text):
        place = f'after "{text[: strange.start()]}"' if strange.start() else "at the beginning"
        return f"The character {place} is a {named(strange[0])}: remove it, or type an ordinary space."
    if text[0] in QUOTES:
        return f'YAML accepts only straight quotes: write "{cleaned(text).strip(QUOTES)}".'
    return ""
