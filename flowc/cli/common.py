"""What the commands share: their arguments, and how diagnostics reach the user."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from flowc.cli import FAULT
from flowc.cli.policy_options import PolicyArguments, policy, policy_options
from flowc.diagnostics.characters import visible
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.wording import first_of, listing, shown, suggestion
from flowc.project.options import ROOT, Options
from flowc.project.project import Found, NothingToBuild, find_flows
from flowc.report import FORMATS, as_coloured_text

if TYPE_CHECKING:  # a build that finds everything done needs none of these
    from flowc.driver.pipeline import Bundle
    from flowc.profiles.hosts import Host
    from flowc.profiles.profile import Profile
    from flowc.profiles.targets import Targets

FINDINGS = 1
#: Flows, or documents, that take so long that a person wonders.
_MANY = 200

#: An absolute path that needs no quotes in any host's configuration.
_ROOT = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?")

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Item = TypeVar("_Item")


class Arguments(PolicyArguments):
    """The arguments of every command that reads flows, as click hands them over."""

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    environment: str | None
    variables: tuple[str, ...]
    base_url: str | None
    host: str | None
    root: str
    templates: Path | None


class CommandError(click.ClickException):
    """A command that is correct and cannot be carried out. Printed in one line, without the usage."""

    exit_code = click.UsageError.exit_code


class Job(NamedTuple):
    """What a command works on."""

    found: Found
    targets: Targets
    options: Options


templates_option = click.option(
    "--templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Add the targets in DIR/targets/NAME/ and the hosts in DIR/hosts/NAME/.",
)


def profiles_of(templates: Path | None) -> dict[str, Profile]:
    """The profiles of all targets. Raises Impossible if a target's folder cannot be used."""
    from flowc.profiles.targets import TargetError, find_targets

    try:
        return dict(find_targets(templates).profiles)
    except TargetError as error:
        raise CommandError(str(error)) from error


def hosts_of(templates: Path | None) -> dict[str, Host]:
    """All hosts. Raises Impossible if a host's folder cannot be used."""
    from flowc.profiles.hosts import host_profiles
    from flowc.profiles.targets import TargetError, find_targets

    try:
        return dict(host_profiles(find_targets(templates)))
    except TargetError as error:
        raise CommandError(str(error)) from error


def flow_options(command: _Command) -> _Command:
    """The arguments of every command that reads flows; `job` turns them into a Job."""
    folder = click.Path(path_type=Path)
    for decorate in (
        click.option(
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            default="text",
            show_default=True,
            help="Print diagnostics in this format.",
        ),
        templates_option,
        policy_options,
        click.option("--base-url", metavar="URL", help="Public URL of the bundle (overrides base_url)."),
        click.option(
            "--root",
            default=ROOT,
            show_default=True,
            metavar="DIR",
            help="Directory of the bundle on its host.",
        ),
        click.option(
            "--host", metavar="NAME", help="Host that will serve the bundle (overrides host); see flowc hosts."
        ),
        click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="Set a variable (repeatable)."),
        click.option("--env", "environment", metavar="NAME", help="Read variables from env/NAME.yaml."),
        click.option("--target", "names", multiple=True, metavar="NAME", help="Use this target only (repeatable)."),
        click.argument("paths", nargs=-1, metavar="[PATH]...", type=folder),
    ):
        command = decorate(command)
    return command


def job(arguments: Arguments, given: Found | None = None) -> Job:
    """The job that the arguments describe; `given` replaces what their paths name.

    Raises click.UsageError if they are wrong, Impossible if there is nothing to compile.
    """
    targets = targets_of(arguments)
    return Job(found_by(arguments) if given is None else given, targets, options_of(arguments))


def targets_of(arguments: Arguments) -> Targets:
    """The targets and hosts there are. Raises Impossible, or click.UsageError where one is named that is not."""
    from flowc.profiles.hosts import host_profiles
    from flowc.profiles.targets import TargetError, find_targets

    try:
        targets = find_targets(arguments["templates"])
        known = targets.profiles
        if arguments["templates"] is not None:  # what is packaged can be read
            dict(known), dict(host_profiles(targets))
    except TargetError as error:
        raise CommandError(str(error)) from error
    for name in arguments["names"]:
        named("target", name, known)
    if arguments["host"] is not None:
        named("host", arguments["host"], targets.hosts)
    return targets


def found_by(arguments: Arguments) -> Found:
    """The flows that the paths name; raises Impossible if there are none."""
    try:
        return find_flows(arguments["paths"])
    except NothingToBuild as error:
        raise CommandError(str(error)) from error


def options_of(arguments: Arguments) -> Options:
    """What else the arguments say; raises click.UsageError where that makes no sense."""
    base_url, environment = arguments["base_url"], arguments["environment"]
    if not _ROOT.fullmatch(arguments["root"]):
        raise click.UsageError(f"--root takes an absolute path without spaces, such as {ROOT}")
    if base_url is not None:
        from flowc.lint.urls import base_url_fault

        if fault := base_url_fault(base_url):
            raise click.UsageError(f"--base-url {shown(base_url)} {fault}")
    if environment is not None and not environment.replace("-", "").replace("_", "").isalnum():
        raise click.UsageError(f"--env takes the name of a file in env/, without .yaml; found {shown(environment)}")
    return Options(
        arguments["names"],
        environment,
        dict(map(_variable, arguments["variables"])),
        base_url,
        policy(arguments),
        host=arguments["host"],
        root=arguments["root"].rstrip("/"),
    )


def named(kind: str, name: str, known: Iterable[str]) -> None:
    """Raises click.UsageError if there is no such target or host."""
    if name not in known:
        from flowc.profiles.foreign import foreign  # its table is read for an unknown name alone

        word = foreign("target", name, [*known]) if kind == "target" else None
        verb = "is" if len([*known]) == 1 else "are"
        near = word.advice if word else suggestion(name, known) or f"There {verb} {listing(known, 'and')}."
        raise click.UsageError(f"there is no {kind} {shown(name)}. {near}")


def _variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise click.UsageError(f"--var takes NAME=VALUE; {shown(text)} has no =")
    return name, value


def compiled(form: str, arguments: Arguments, scenarios: bool = False) -> tuple[Bundle, Targets]:
    """A bundle to play calls against, and the targets; diagnostics go to the other stream. Ends the run on errors."""
    from flowc.driver.pipeline import build_bundle

    found, targets, options = job(arguments)
    try:
        bundle = build_bundle(found, targets, options._replace(scenarios=scenarios))
    except NothingToBuild as error:
        raise CommandError(str(error)) from error
    check_variables(options, bundle.declared)
    print_skipped(form, options, bundle.checked.skipped)
    print_diagnostics(form, bundle.diagnostics, err=True)
    if bundle.manifest is None:
        sys.exit(status(bundle.diagnostics))
    return bundle, targets


def say(*lines: object, err: bool = False) -> None:
    """Print lines for a person. A newline, or any other control character, in one of them is shown by its number.

    Of a line that is too long to be read, the end is left out.
    """
    for line in lines:
        click.echo(visible(str(line)), err=err)


def put(text: str) -> None:
    """Print a whole document; its lines are shown as `say` shows them, but none is cut."""
    for line in text.removesuffix("\n").split("\n"):
        click.echo(visible(line, len(line)))


def print_diagnostics(form: str, diagnostics: Sequence[Diagnostic], err: bool = False) -> None:
    """Print diagnostics in a format: text is coloured at a terminal that wants it (NO_COLOR, TERM=dumb)."""
    stream = sys.stderr if err else sys.stdout
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    coloured = form == "text" and wanted and stream.isatty()
    report = as_coloured_text if coloured else FORMATS[form]
    click.echo(report(diagnostics), nl=False, err=err)


def print_skipped(form: str, options: Options, skipped: Sequence[str]) -> None:
    """Name the flows that are not compiled, for a person: they are for none of the targets of `--target`."""
    if skipped and form == "text":
        say(f"not for {listing(options.targets)}, so not compiled: {first_of(skipped)}", err=True)


def check_variables(options: Options, declared: frozenset[str]) -> None:
    """Raises click.UsageError for a --var that no flow declares."""
    for name in options.given:
        if name not in declared:
            raise click.UsageError(
                f"--var {name}: no flow declares or uses this variable. {suggestion(name, declared)}".rstrip()
            )


def with_progress_bar(items: Sequence[_Item], label: str) -> Iterator[_Item]:
    """The items, with a bar at a terminal while there are many; a pipe gets none."""
    if len(items) < _MANY or not sys.stderr.isatty():
        yield from items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


def status(diagnostics: Sequence[Diagnostic]) -> int:
    """The exit status that diagnostics mean: warnings alone are no findings."""
    if any(diagnostic.code.startswith("FC9") for diagnostic in diagnostics):
        return FAULT
    return FINDINGS if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics) else 0
