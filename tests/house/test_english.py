"""What users read is plain English: the help of commands and the texts of codes have none of these idioms."""

from __future__ import annotations

import re

import click
import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.diagnostics.codes import CODES
from flowc.diagnostics.explain import explained

#: Each idiom, as a pattern, with what to write instead.
IDIOMS = {
    r"tells?|told|telling": "report, say, show, distinguish",
    r"stands?|stood|standing": "is, appears, represents",
    r"nobody|no one|somebody|everybody|anybody|whoever": "the caller, the callee, the author, the user",
    r"behind": "after",
    r"(?<!there )(?:is|are) (?:no|none)(?! longer)": "is not a",
    r"bears?|borne|let be": "tolerated",
    r"go(?:es|ing)? on|went on": "continue",
    r"hears? of": "is notified of",
    r"mend(?:s|ed)?|put right": "fix",
    r"slips?": "mistake, typo",
    r"dear": "expensive",
    r"hurts?": "matters",
    r"without a word": "silently, without notice",
    r"rounds?": "loop, order",
    r"beforehand|anew": "again, before",
    r"one's own|of one's": "your own",
}
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def idioms(text: str) -> list[str]:
    """Each idiom in the text, with what to write instead."""
    return [
        f"{match[0]}: write {better}"
        for idiom, better in IDIOMS.items()
        for match in re.finditer(rf"\b(?:{idiom})\b", " ".join(text.split()), re.IGNORECASE)
    ]


@pytest.mark.parametrize("words", [[], *([name] for name in commands.list_commands(click.Context(commands)))])
def test_the_help_of_a_command(words: list[str]) -> None:
    printed = CliRunner().invoke(commands, [*words, "--help"], catch_exceptions=False)
    assert printed.exit_code == 0
    assert idioms(printed.output) == []


@pytest.mark.parametrize("code", CODES)
def test_the_text_of_a_code(code: str) -> None:
    _, _, text = explained(code).whole.partition("\n")  # after the name of the code, which stays
    assert idioms(_FENCED.sub("", text)) == []


@pytest.mark.parametrize(
    "text", ["Nobody is told.", "it stands\nbehind the colon", "It is no number.", "Mend it.", "the call goes\non"]
)
def test_idioms_are_noticed(text: str) -> None:
    assert idioms(text)


@pytest.mark.parametrize(
    "text", ["There is no such step.", "a standard", "This is no longer read.", "It goes only up."]
)
def test_other_words_are_not(text: str) -> None:
    assert idioms(text) == []
