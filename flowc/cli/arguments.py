"""The arguments that commands share, and the job that they describe."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from flowc.cli.output import CommandError, print_diagnostics, print_skipped, status
from flowc.cli.policy_options import PolicyArguments, policy, policy_options
from flowc.diagnostics.codes import Severity
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.wording import listing, shown, suggestion
from flowc.project.options import ROOT, Options
from flowc.project.project import Found, NothingToBuild, find_flows
from flowc.report import FORMATS

if TYPE_CHECKING:  # not imported by a build that is up to date
    from flowc.driver.results import Bundle
    from flowc.profiles.hosts import Host
    from flowc.profiles.profile import Profile
    from flowc.profiles.targets import Targets

#: Absolute paths that need no quotes in the configuration of any host.
_ROOT = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+/?")

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Arguments(PolicyArguments):
    """The arguments of every command that reads flows, as click passes them."""

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    environment: str | None
    variables: tuple[str, ...]
    base_url: str | None
    host: str | None
    root: str
    templates: Path | None


class Job(NamedTuple):
    """The input of a command: flows, targets and options."""

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
    """Return the profiles of all targets. Raise CommandError if the folder of a target is invalid."""
    from flowc.profiles.targets import TargetError, find_targets

    try:
        return dict(find_targets(templates).profiles)
    except TargetError as error:
        raise CommandError(str(error)) from error


def hosts_of(templates: Path | None) -> dict[str, Host]:
    """Return all hosts. Raise CommandError if the folder of a host is invalid."""
    from flowc.profiles.hosts import host_profiles
    from flowc.profiles.targets import TargetError, find_targets

    try:
        return dict(host_profiles(find_targets(templates)))
    except TargetError as error:
        raise CommandError(str(error)) from error


def flow_options(command: _Command) -> _Command:
    """Add the arguments of every command that reads flows; `job` turns them into a Job."""
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


def job(arguments: Arguments, given: Found | None = None, parts: bool = False) -> Job:
    """Return the job that the arguments describe; `given` replaces the flows (and `parts`) that their paths name.

    Raise click.UsageError if an argument is wrong, CommandError if there is nothing to compile.
    """
    targets, options = targets_of(arguments), options_of(arguments)
    return Job(found_by(arguments, parts) if given is None else given, targets, options)


def targets_of(arguments: Arguments) -> Targets:
    """Return all targets and hosts. Raise CommandError, or click.UsageError for an unknown name."""
    from flowc.profiles.hosts import host_profiles
    from flowc.profiles.targets import TargetError, find_targets

    try:
        targets = find_targets(arguments["templates"])
        known = targets.profiles
        if arguments["templates"] is not None:  # the packaged folders are valid
            dict(known), dict(host_profiles(targets))
    except TargetError as error:
        raise CommandError(str(error)) from error
    for name in arguments["names"]:
        named("target", name, known)
    if arguments["host"] is not None:
        named("host", arguments["host"], targets.hosts)
    return targets


def found_by(arguments: Arguments, parts: bool = False) -> Found:
    """Return the flows that the paths name. Raise CommandError if there are none."""
    try:
        return find_flows(arguments["paths"], parts)
    except NothingToBuild as error:
        raise CommandError(str(error)) from error


def options_of(arguments: Arguments) -> Options:
    """Return the options that the arguments give. Raise click.UsageError if one is wrong."""
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
    """Raise click.UsageError if a target or host is unknown."""
    if name not in known:
        from flowc.profiles.foreign import foreign_term  # its table is read for an unknown name alone

        word = foreign_term("target", name, [*known]) if kind == "target" else None
        verb = "is" if len([*known]) == 1 else "are"
        near = word.advice if word else suggestion(name, known) or f"There {verb} {listing(known, 'and')}."
        raise click.UsageError(f"there is no {kind} {shown(name)}. {near}")


def _variable(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise click.UsageError(f"--var takes NAME=VALUE; {shown(text)} has no =")
    return name, value


def compiled(form: str, arguments: Arguments) -> tuple[Bundle, Targets]:
    """Compile flows for simulated calls or a server, and return the bundle and the targets.

    Diagnostics are printed on stderr. Errors end the process.
    """
    given = job(arguments)
    (bundle,) = _bundles(form, given, [given.found])
    return bundle, given.targets


def compiled_for_scenarios(form: str, arguments: Arguments) -> tuple[list[Bundle], Targets]:
    """Do the same with scenarios: one bundle of the flows, and one of the parts that have scenarios, each alone."""
    given = job(arguments, parts=True)
    given = given._replace(options=given.options._replace(scenarios=True))
    found = (given.found._replace(parts=()), given.found._replace(flows=(), overlooked=()))
    return _bundles(form, given, [one for one in found if one.flows or one.parts]), given.targets


def _bundles(form: str, given: Job, founds: Iterable[Found]) -> list[Bundle]:
    from flowc.driver.pipeline import build_bundle

    options = given.options
    try:
        bundles = [build_bundle(found, given.targets, options) for found in founds]
    except NothingToBuild as error:
        raise CommandError(str(error)) from error
    check_variables(options, frozenset(name for bundle in bundles for name in bundle.declared))
    print_skipped(form, options, [path for bundle in bundles for path in bundle.checked.skipped])
    diagnostics = _once(bundles)
    print_diagnostics(form, diagnostics, err=True)
    if any(one.severity is Severity.ERROR for one in diagnostics):
        sys.exit(status(diagnostics))
    return [bundle for bundle in bundles if bundle.manifest is not None]


def _once(bundles: Iterable[Bundle]) -> list[Diagnostic]:
    """Return the diagnostics of all bundles; one of a part alone may be one of a flow that uses it."""
    every = {one.sort_key: one for bundle in reversed([*bundles]) for one in bundle.diagnostics}
    return sorted(every.values(), key=lambda one: one.sort_key)


def present() -> int:
    """Return the present time in seconds since 1970, or SOURCE_DATE_EPOCH of the environment."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isdecimal() else int(time.time())


def check_variables(options: Options, declared: frozenset[str]) -> None:
    """Raise click.UsageError for a --var that no flow declares."""
    for name in options.given:
        if name not in declared:
            raise click.UsageError(
                f"--var {name}: no flow declares or uses this variable. {suggestion(name, declared)}".rstrip()
            )
