"""What codes mean, at length: one text a code, which commands, documents and reports print.

A text is Markdown: a heading of code and name, the meaning in one sentence, why it matters, and under `## Bad` and
`## Good` the top level keys of a flow that has this fault alone, and of one that has none.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from flowc.diagnostics.codes import CODES
from flowc.diagnostics.records import NamedTuple

#: The folders of the texts, as parts of this package: that of a rule is next to it, the others are here.
FOLDERS = ("lint/rules", "diagnostics/rules")


class Explanation(NamedTuple):
    """The text of a code: the whole of it in Markdown, and its first paragraph, one sentence."""

    code: str
    meaning: str
    whole: str


@cache
def explained(code: str) -> Explanation:
    """Return the text of a code of CODES."""
    places = (files("flowc").joinpath(folder, f"{code}.md") for folder in FOLDERS)
    whole = next(place for place in places if place.is_file()).read_text("utf-8")
    _, meaning, *_ = whole.split("\n\n", 2)
    return Explanation(code, " ".join(meaning.split()), whole)


def code_named(name: str) -> str:
    """Return the code that FC301, fc301 or unknown-step means, if any."""
    codes = {row.name: row.code for row in CODES.values()}
    code = codes.get(name, name.upper())
    return code if code in CODES else ""
