"""The help of a command: options under headings, and examples at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

#: The headings of options, in the order in which they are printed. All other options come last.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "Input": ("--target", "--env", "--var", "--stdin-filename", "--templates"),
    "Hosting": ("--base-url", "--host", "--root"),
    "Output": ("--output", "--check", "--force", "--format", "--report", "--quiet"),
    "Diagnostics": ("--select", "--ignore", "--severity", "--strict"),
    "Scenarios": ("-k", "--coverage", "--fail-under"),
    "Server": ("--address", "--port", "--reload", "--show-values"),
    "Signatures": ("--verify", "--verify-report"),
    "Performance": ("--jobs", "--executor", "--cache", "--no-cache"),
}
#: A command with at most this many options prints them under one heading.
_FEW = 6


class Command(click.Command):
    """A command whose help has examples: command lines, each with a description."""

    def __init__(self, *args: Any, examples: Mapping[str, str], **settings: Any) -> None:
        """Accept examples in addition to the arguments of click.Command."""
        super().__init__(*args, **settings)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        options = (option for option in self.get_params(ctx) if isinstance(option, click.Option))
        records = {option.opts[-1]: record for option in options if (record := option.get_help_record(ctx))}
        if len(records) > _FEW:
            for heading, names in HEADINGS.items():
                _write(formatter, heading, [records.pop(name) for name in names if name in records])
        _write(formatter, "Options", records.values())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as shell commands, each after a comment."""
        with formatter.section("Examples"):
            for line, meaning in self.examples.items():
                for text in (f"# {meaning}", line):
                    formatter.write(f"{'':>{formatter.current_indent}}{text}\n")


def _write(formatter: click.HelpFormatter, heading: str, records: Iterable[tuple[str, str]]) -> None:
    if rows := list(records):
        with formatter.section(heading):
            formatter.write_dl(rows)
