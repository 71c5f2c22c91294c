"""The command line: options in, exit status out. One module a command.

Exit status: 0 no errors, 1 findings, 2 usage errors, 3 a bug in flowc.
"""

from __future__ import annotations

import gc
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from flowc import __version__

FAULT = 3

#: The module of every command. A module is imported when its command is used.
_COMMANDS = {
    **{name: name for name in ("build", "lint", "test", "simulate", "explore", "graph", "explain", "init", "schema")},
    **{name: name for name in ("targets", "hosts", "hours", "openapi", "probe", "serve")},
    "verify-signature": "verify",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with complete summaries, which click would cut."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, (one.help or "").partition("\n")[0]) for name, one in commands.items() if one])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(f"flowc.cli.{module}"), cmd_name.replace("-", "_"))
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _visible_errors():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _visible_errors():
            return super().invoke(ctx)


@contextmanager
def _visible_errors() -> Iterator[None]:
    """Escape control characters in errors: they quote arguments and file names, which could control a terminal."""
    try:
        yield
    except click.ClickException as error:
        from flowc.diagnostics.characters import visible

        vars(error)["message"] = visible(error.message)  # typed as final
        raise


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["--help", "-h"]},
    epilog="Run flowc COMMAND --help for the options and examples of a command.",
)
@click.version_option(__version__, prog_name="flowc", message="%(prog)s %(version)s")
def commands() -> None:
    """Compile call flows in YAML to the XML of telephone carriers, and check them."""


def main() -> None:
    """Run the command line. Report a bug in flowc as such, with exit status 3."""
    # Without garbage collection a build takes 0.76 to 0.89 of the time, because it frees few objects and ends soon.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals with a limited character set
    try:
        commands(prog_name="flowc")
    except Exception:
        from traceback import format_exc

        from flowc.diagnostics.characters import visible

        for line in format_exc().splitlines():
            click.echo(visible(line), err=True)
        click.echo("flowc: this is a bug in flowc, not in your flow; please report it with the lines above.", err=True)
        sys.exit(FAULT)
    finally:
        gc.freeze()  # without the collection at exit it takes 0.96 of the time; see docs/performance.md
