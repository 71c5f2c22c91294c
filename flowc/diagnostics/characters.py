"""Characters that look like others: blanks that YAML takes for letters, invisible characters, typographic quotes."""

from __future__ import annotations

import re
import unicodedata

#: Blanks beside the space and the tab, and what has no width: word processors, web pages and keyboards put them in.
BLANKS = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
#: Quotation marks beside " and '.
QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2018\u2019\u201a\u201b"
#: The longest line that is shown, in characters: a person reads no longer one, and a log has to be kept.
_LONGEST = 4000
#: Marks of the direction of writing and the soft hyphen, which come along with copied numbers and words.
_UNSEEN = f"{BLANKS}\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069"
_STRANGE = re.compile(f"[{_UNSEEN}]")
#: Characters that steer a terminal, turn the direction of writing, end a line or have no width but belong to no script;
#: and halves of characters, which are what a file's name has where it is not UTF-8.
_STEERS = "\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff"
#: These, and how commands to a CI service begin: `::` at the beginning of a line, `##[` and `##name[` anywhere.
_UNSAFE = re.compile(rf"[{_STEERS}]|\A[ {BLANKS}]*:(?=:)|#(?=#\w*\[)")
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


def visible(text: str, most: int = _LONGEST) -> str:
    """A text of any origin as one line that can neither steer a terminal nor forge a line of a log.

    Characters that could are shown by their numbers, such as <U+001B>; a tab is shown as a space. All other text, in
    whatever script, stays as it is. What is longer than `most` characters loses its middle: a name comes first, and
    what is wrong with it last.
    """
    if len(text) > most:
        text = f"{text[: most // 2]}...{text[-(most // 2) :]}"
    if text.isascii() and text.isprintable() and "::" not in text and "##" not in text:
        return text
    return _UNSAFE.sub(_by_number, text.replace("\t", " "))


def _by_number(match: re.Match[str]) -> str:
    return f"{match[0][:-1]}<U+{ord(match[0][-1]):04X}>"


def made_visible(text: str) -> str:
    """The same for a quoted value, of which one wants to see every character: blanks and invisible ones too."""
    return visible(text if text.isascii() else _STRANGE.sub(_by_number, text))


def lookalike(text: str) -> str:
    """What to do about a wrong text in which something looks like what it is not; empty where nothing does."""
    if text.isascii():
        return ""
    if strange := _STRANGE.search(text):
        place = f'after "{text[: strange.start()]}"' if strange.start() else "at the beginning"
        return f"The character {place} is a {named(strange[0])}: remove it, or type an ordinary space."
    if text[0] in QUOTES:
        return f'YAML accepts only straight quotes: write "{cleaned(text).strip(QUOTES)}".'
    return ""
