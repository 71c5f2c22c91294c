"""The options --jobs and --executor, for commands that share out flows."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from flowc.cli.output import say
from flowc.diagnostics.wording import shown
from flowc.driver.workers import NoWorkers, Workers

if TYPE_CHECKING:
    from concurrent.futures import Executor

_Command = TypeVar("_Command", bound=Callable[..., Any])


class WorkersArguments(TypedDict):
    """The arguments of these options, as click passes them."""

    jobs: int
    executor: str | None


def workers_options(command: _Command) -> _Command:
    """Add the options; `workers` turns them into Workers."""
    for decorate in (
        click.option(
            "--executor",
            metavar="MODULE:FACTORY",
            help="Send flows to the concurrent.futures.Executor that this function of a Python module returns.",
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(0),
            default=0,
            metavar="N",
            show_default="as many as useful",
            help="Share out flows to N processes; with --executor, in N shares.",
        ),
    ):
        command = decorate(command)
    return command


def workers(jobs: int, executor: str | None) -> Workers:
    """Return the workers. The module is imported when there is work to share out."""
    if executor is None:
        return Workers(jobs, note=_note)
    module, _, factory = executor.partition(":")
    if not all(name.isidentifier() for name in (*module.split("."), *factory.split("."))):
        raise click.UsageError(
            f"--executor takes MODULE:FACTORY, such as concurrent.futures:ProcessPoolExecutor; found {shown(executor)}"
        )
    return Workers(jobs, lambda: _made(module, factory), _note)


def _note(text: str) -> None:
    say(f"note: {text}", err=True)


def _made(module: str, factory: str) -> Executor:
    from concurrent.futures import Executor

    try:
        value: Any = import_module(module)
        for name in factory.split("."):
            value = getattr(value, name)
        made = value()
    except (Exception, SystemExit) as error:
        raise NoWorkers(f"--executor {module}:{factory} failed: {type(error).__name__}: {error}") from error
    if not isinstance(made, Executor):
        found = f"an object of type {type(made).__name__}"
        raise NoWorkers(f"--executor {module}:{factory} returned {found}, not a concurrent.futures.Executor")
    return made
