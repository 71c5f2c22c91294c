"""What a code means, at length: the texts in `rules/`, one file a code. Commands, documents and reports print these.

A text is Markdown: a heading of code and name, the meaning in one sentence, why it hurts, and under `## Bad` and
`## Good` the top level keys of a flow that has this fault alone, and of one that has none.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from flowc.diagnostics.codes import CODES

RULES = Path(__file__).parent / "rules"
#: Where a text can be read by who has a report and no flowc.
SITE = "https://flowc.invalid/rules"


class Explanation(NamedTuple):
    """The text of a code: the whole of it in Markdown, and its first paragraph, one sentence."""

    code: str
    meaning: str
    whole: str


@cache
def explained(code: str) -> Explanation:
    """The text of a code that stands in CODES."""
    whole = (RULES / f"{code}.md").read_text("utf-8")
    _, meaning, *_ = whole.split("\n\n", 2)
    return Explanation(code, " ".join(meaning.split()), whole)


def code_named(words: str) -> str:
    """The code that is meant by FC301, fc301 or unknown-step; empty if there is none."""
    names = {row.name: row.code for row in CODES.values()}
    code = names.get(words, words.upper())
    return code if code in CODES else ""
