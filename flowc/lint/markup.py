"""What texts contain that is meant for machines: tags, and variables of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowc.diagnostics.records import NamedTuple
from flowc.flow.values import Setting
from flowc.flow.verbs import VERBS
from flowc.lint.context import LintContext

#: Most texts have none of these characters, and need no closer look.
_SUSPECT = re.compile(r"[<{%]|\$[A-Za-z_(]|&[A-Za-z#]")
#: A tag, as its name.
TAG = re.compile(r"</?([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)\s*/?>")
#: Tags of HTML and of SSML that people put into texts; another name in angle brackets represents a value.
_TAGS = frozenset(
    "a audio b big body br break center code div em emphasis font h1 h2 h3 h4 h5 h6 head hr html i img lang li mark "
    "ol p phoneme pre prosody s say say-as script small span speak strong style sub sup table td th tr u ul "
    "voice w".split()
)
#: What the carrier's API does with the text of a request.
_SHOWN = "shown"


class SuspectText(NamedTuple):
    """A text with characters that markup and variables have; `becomes` is what is done with it, such as `sent`."""

    verb: str
    setting: Setting
    text: str
    becomes: str


def suspect_texts(context: LintContext) -> tuple[SuspectText, ...]:
    """Return the texts that people hear or read and that may contain markup or a variable."""
    return tuple(_suspect_texts(context))


def _suspect_texts(context: LintContext) -> Iterator[SuspectText]:
    for verb, setting in context.texts:
        text = str(setting.value)
        if _SUSPECT.search(text):
            yield SuspectText(verb, setting, text, VERBS[verb].texts_become if verb in VERBS else _SHOWN)


def is_placeholder(tag: re.Match[str], text: str) -> bool:
    """Whether a tag is only a name in angle brackets, such as <name>, that is not a tag of HTML or SSML."""
    bare = tag[0] == f"<{tag[1]}>" and f"</{tag[1]}" not in text
    return bare and tag[1].lower() not in _TAGS
