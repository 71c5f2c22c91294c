"""The help of commands: summaries are whole, options have their headings, and examples can be run."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from click.testing import CliRunner

from flowc.cli import commands
from flowc.cli.help import HEADINGS, Command

CONTEXT = click.Context(commands, info_name="flowc", **commands.context_settings)
NAMES = commands.list_commands(CONTEXT)


def _command(name: str) -> Command:
    command = commands.get_command(CONTEXT, name)
    assert isinstance(command, Command)
    return command


def _printed(*words: str, width: int = 80) -> str:
    result = CliRunner().invoke(commands, words, prog_name="flowc", terminal_width=width, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("width", [50, 80])
def test_every_summary_is_whole(width: int) -> None:
    printed = " ".join(_printed("--help", width=width).split())
    for name in NAMES:
        summary = str(_command(name).help).partition("\n")[0]
        assert f" {name} {summary} " in printed
        assert summary.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_printed_once(name: str) -> None:
    _, printed = re.split(r"\n\n\w+:\n", _printed(name, "--help"), maxsplit=1)
    for option in (one for one in _command(name).params if isinstance(one, click.Option)):
        assert option.help
        assert len(re.findall(rf"^  (?:-\w, )?{option.opts[-1]}(?: |$)", printed, re.MULTILINE)) == 1


def test_every_option_that_is_grouped_exists() -> None:
    used = {opt for name in NAMES for option in _command(name).params for opt in option.opts}
    assert {name for names in HEADINGS.values() for name in names} <= used


@pytest.mark.parametrize("name", ["build", "lint", "test", "explore", "serve"])
def test_a_command_with_many_options_groups_them(name: str) -> None:
    *_, rest = _printed(name, "--help").partition("\nOptions:\n")
    assert rest.startswith("  -h, --help  Show this message and exit.\n\nExamples:\n  # ")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_examples_that_it_takes(name: str) -> None:
    command = _command(name)
    assert len(command.examples) >= 2
    printed = _printed(name, "--help")
    for line, meaning in command.examples.items():
        assert f"  # {meaning}\n  {line}\n" in printed
        program, said, *words = shlex.split(line.partition(" < ")[0].partition(" > ")[0])
        assert (program, said) == ("flowc", name)
        command.make_context(name, words, CONTEXT)
