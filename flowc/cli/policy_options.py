"""The options that choose which findings are reported, and how severe they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypedDict, TypeVar

import click

from flowc.diagnostics.codes import Severity
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.project.policy import Policy, code_fault, fixed_fault

_Command = TypeVar("_Command", bound=Callable[..., Any])


class PolicyArguments(TypedDict):
    """The arguments, as click passes them."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    severity: tuple[str, ...]
    strict: bool


def policy_options(command: _Command) -> _Command:
    """Add the options; `policy` turns them into a Policy."""
    for decorate in (
        click.option("--strict", is_flag=True, help="Treat warnings as errors."),
        click.option(
            "--severity",
            multiple=True,
            metavar="CODE=LEVEL",
            help="Set the severity of a code to error, warning or off (repeatable).",
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="CODE,...",
            help="Do not report these codes. FC3 means all codes that begin with FC3.",
        ),
        click.option(
            "--select",
            multiple=True,
            metavar="CODE,...",
            help="Report only these codes (errors that cannot be disabled are always reported).",
        ),
    ):
        command = decorate(command)
    return command


def policy(arguments: PolicyArguments) -> Policy:
    """Return the policy of the options. Raise click.UsageError for a code that is unknown or cannot be disabled."""
    select = tuple(_known("--select", word) for word in _words(arguments["select"]))
    ignore = tuple(_silenced("--ignore", _known("--ignore", word)) for word in _words(arguments["ignore"]))
    return Policy(select, ignore, dict(map(_level, _words(arguments["severity"]))), arguments["strict"])


def _words(given: Iterable[str]) -> list[str]:
    return [word for text in given for word in re.split(r"[,\s]+", text) if word]


def _level(text: str) -> tuple[str, Severity]:
    word, separator, level = text.partition("=")
    if not separator:
        raise click.UsageError(f"--severity takes CODE=LEVEL; {shown(text)} has no =")
    code = _known("--severity", word, whole=True)
    if level not in list(Severity):
        advice = suggestion(level, list(Severity)) or f"Write {listing(Severity)}."
        raise click.UsageError(f"--severity {text}: {shown(level)} is not a severity. {advice}")
    severity = Severity(level)
    return code if severity is Severity.ERROR else _silenced("--severity", code), severity


def _known(option: str, word: str, whole: bool = False) -> str:
    message, help_ = code_fault(word, whole)
    if message:
        raise click.UsageError(f"{option} {word}: {message}. {help_}")
    return word


def _silenced(option: str, word: str) -> str:
    if fault := fixed_fault(word):
        raise click.UsageError(f"{option} {word}: {fault}.")
    return word
