"""All prose is plain English, without the idioms of `tests.house.measures`."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flowc.cli import commands
from tests.conftest import ROOT
from tests.house.measures import IDIOM, IDIOMS, files_of_code, files_of_docs, idioms_in

COMMANDS = [[], *([name] for name in commands.list_commands(click.Context(commands)))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", files_of_code(), ids=_name)
def test_code_messages_schemas_and_tables(path: Path) -> None:
    assert [f"{_name(path)}:{found}" for found in idioms_in(path)] == []


@pytest.mark.parametrize("path", files_of_docs(), ids=_name)
def test_docs(path: Path) -> None:
    assert [f"{_name(path)}:{found}" for found in idioms_in(path)] == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help(words: list[str]) -> None:
    printed = CliRunner().invoke(commands, [*words, "--help"], catch_exceptions=False)
    assert printed.exit_code == 0
    assert IDIOM.findall(printed.output) == []


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_fits_into_80_columns(words: list[str]) -> None:
    printed = CliRunner().invoke(commands, [*words, "--help"], catch_exceptions=False, terminal_width=80)
    assert [line for line in printed.output.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    "text", ["Nobody is told.", "it stands\nbehind the colon", "It is no number.", "Mend it.", "the call goes\non"]
)
def test_idioms_are_noticed(text: str) -> None:
    assert IDIOM.search(text)


@pytest.mark.parametrize(
    "text", ["There is no step.", "a standard", "This is no longer read.", "It goes only up.", "if it is None"]
)
def test_other_words_are_not(text: str) -> None:
    assert not IDIOM.search(text)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", 'NAME = "told"  # the word `told` of a scenario\n', []),
        ("a.py", 'NAME = 1\nMESSAGE = f"{told} is told"\n', ["2: told"]),
        ("a.py", '"""It goes\n\non behind."""\n', ["1: goes on", "3: behind"]),
        ("a.md", "Use `told`.\n\n```yaml\ntold: []\n```\n\nIt stands.\n", ["7: stands"]),
        ("a.json", '{"description": "What is told.", "told": {"message": "none", "x": "stands"}}', ["0: told"]),
        ("a.json", '{"help": {"to": "Mend it."}}', ["0: Mend"]),
    ],
)
def test_only_prose_is_read(tmp_path: Path, name: str, text: str, found: list[str]) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert idioms_in(path) == found


def test_every_idiom_has_an_alternative() -> None:
    assert all(IDIOMS.values())
