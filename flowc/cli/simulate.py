"""`flowc simulate`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowc.cli.arguments import present, templates_option
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, print_diagnostics, say, status
from flowc.diagnostics.wording import listing
from flowc.driver.pipeline import build_bundle
from flowc.profiles.targets import TargetError, Targets, find_targets
from flowc.project.options import Options
from flowc.project.project import NothingToBuild, find_flows

if TYPE_CHECKING:
    from flowc.flow.hours import Hours
    from flowc.simulate import Trial
    from flowc.simulate.call import Call
    from flowc.simulate.decisions import Choice, PendingInput
    from flowc.simulate.documents import Fetcher
    from flowc.simulate.entry_points import Opening
    from flowc.simulate.rules import Rules

#: How fast keys are pressed, such as every 2s.
_PACE = re.compile(r"every (\d{1,3}(?:\.\d{1,3})?)s?")


@click.command(
    cls=Command,
    examples={
        "flowc simulate flows/menu.flow.yaml": "Play a call to a flow.",
        "flowc simulate https://ivr.example.com/answer --target NAME": "Play a call to a server.",
    },
)
@click.argument("what", metavar="FLOW|URL")
@click.option("--target", "name", metavar="NAME", help="Target whose rules apply (default: the first of the flow).")
@click.option(
    "--from", "caller", default="+12025550100", show_default=True, metavar="NUMBER", help="Number of the caller."
)
@click.option(
    "--to", "called", default="+12025550101", show_default=True, metavar="NUMBER", help="Number that the caller dials."
)
@click.option(
    "--method",
    type=click.Choice(["GET", "POST"]),
    default="POST",
    show_default=True,
    help="HTTP method for the answer URL.",
)
@click.option("--at", metavar="TIME", help="When the call begins, such as '2026-12-24 17:05' (default: now).")
@templates_option
def simulate(
    what: str, name: str | None, caller: str, called: str, method: str, at: str | None, templates: Path | None
) -> None:
    """Play a call in the terminal.

    You press the keys, and decide whether each dialled number answers. FLOW is a flow file: it is compiled and run by
    the rules of its target. URL is the answer URL of any server: it is requested as a carrier requests it. The exit
    status is 1 if the call ends in a carrier error, or if the flow has errors.
    """
    from flowc.simulate.call import Call
    from flowc.simulate.entry_points import INCOMING
    from flowc.simulate.rules import RulesError

    try:
        targets = find_targets(templates)
        began = present()
        if "://" in what:
            rules, fetch, opening = _web(targets, what, name, method)
        else:
            trial = _flow(targets, what, name)
            rules, fetch, opening = trial.player.rules, trial.player.fetch, trial.player.openings[INCOMING]
            began = _time(at, trial.player.calendars) if at is not None else began
    except (TargetError, RulesError, NothingToBuild) as error:
        raise CommandError(str(error)) from error
    facts = {"id": "call-1", "from": caller, "to": called, "direction": "inbound", "status": "in-progress"}
    call = Call(rules, fetch, facts, began=began)
    call.begin(opening)
    printed = 0
    while True:
        for entry in call.log[printed:]:
            say(f"{entry.at / 1000:7.1f} s  {entry.what:<9} {entry.text}")
        printed = len(call.log)
        if call.pending is None:
            sys.exit(FINDINGS if call.ended is not None and call.ended.is_error else 0)
        call.take(_prompt(call, call.pending))


def _time(text: str, calendars: Iterable[Hours]) -> int:
    """Return the instant of a time that the user gives. Raise CommandError for a wrong one."""
    from flowc.flow.scenario_time import BadTime, instant

    try:
        return instant(text, [hours.zone for hours in calendars])
    except BadTime as fault:
        raise CommandError(f"--at: {fault}. {fault.help}") from fault


def _flow(targets: Targets, what: str, name: str | None) -> Trial:
    """Compile a flow; return it on a target, ready to be played."""
    from flowc.simulate import trials

    found = find_flows((Path(what),))
    bundle = build_bundle(found, targets, Options())
    print_diagnostics("text", bundle.diagnostics, err=True)
    if bundle.manifest is None:
        sys.exit(status(bundle.diagnostics))
    asked = bundle.checked.asked(found)
    for trial in trials(bundle, targets):
        if trial.flow in asked and name in (None, trial.entry.target):
            return trial
    raise CommandError(f"the flow does not have the target {name}")


def _web(targets: Targets, url: str, name: str | None, method: str) -> tuple[Rules, Fetcher, Opening]:
    """Return the rules of a target, the documents of a server, and where its calls begin."""
    from flowc.simulate.entry_points import EntryPoint, Opening
    from flowc.simulate.rules import read_rules
    from flowc.simulate.web import WebFetcher

    if name not in targets.folders:
        raise CommandError(f"a URL needs a target: --target {listing(targets.folders)}")
    rules = read_rules(targets.layers(str(name)))
    return rules, WebFetcher(rules), Opening(EntryPoint(url, method))


def _prompt(call: Call, pending: PendingInput) -> Choice:
    """Ask the person at the terminal for a decision; the end of the input hangs up."""
    from flowc.simulate.acts import Act
    from flowc.simulate.decisions import HungUp
    from flowc.simulate.rules import Does

    help_ = f"{_expected(call, pending)}, or {Act.HANGUP}"
    if pending.kind is Does.DIAL:
        say(f"           rings     {listing([callee['address'] for callee in pending.callees], 'and')}")
    while True:
        try:
            entered = click.prompt(f"  {pending.kind} ({help_})", default="", show_default=False, prompt_suffix="> ")
        except click.Abort:
            say("")
            return HungUp()
        choice = _choice(call, pending, entered.strip())
        choice = HungUp() if choice is None and entered.strip() == Act.HANGUP else choice
        if choice is not None:
            return choice
        say(f"  expected: {help_}")


def _expected(call: Call, pending: PendingInput) -> str:
    """Return what the person can enter besides hanging up."""
    from flowc.simulate.queues import MEETINGS
    from flowc.simulate.rules import Does

    match pending.kind:
        case Does.GATHER if call.is_typing:
            return "further keys, nothing (wait)"
        case Does.GATHER:
            return "keys, keys every SECONDS, say WORDS, nothing (silence)"
        case Does.DIAL:
            return "completed, busy, no-answer, timeout, failed"
        case Does.RECORD:
            return "seconds, nothing (silence)"
        case Does.SERVER:
            return ", ".join(pending.returns)
        case Does.QUEUE | Does.SERVE:
            return ", ".join(MEETINGS[pending.kind])
        case Does.PAUSE:
            return "nothing (stay in the queue)"
    return "seconds, full"


def _choice(call: Call, pending: PendingInput, entered: str) -> Choice | None:
    """Read a decision; None if it is not one that the call waits for, but perhaps a hangup of the caller."""
    from flowc.simulate.decisions import Answered, Dialled, Met, Pressed, Recorded, Silent, Spoke, Stayed
    from flowc.simulate.queues import MEETINGS
    from flowc.simulate.rules import Does

    match pending.kind, entered.split(maxsplit=1):
        case Does.GATHER, ["say", words]:
            return Spoke(words)
        case Does.GATHER, [keys, *pace] if set(keys) <= set("0123456789*#"):
            match = _PACE.fullmatch("".join(pace))
            return Pressed(keys, round(float(match[1]) * 1000)) if match else None if pace else Pressed(keys)
        case Does.GATHER, []:
            return Silent()
        case Does.DIAL, [outcome] if outcome in call.rules.outcomes:
            return Dialled(outcome, 5, 30 if outcome == "completed" else 0)
        case Does.RECORD, []:
            return Recorded(0)
        case Does.RECORD, [seconds] if seconds.isdecimal():
            return Recorded(int(seconds))
        case Does.ROOM, ["full"]:
            return Stayed(0, full=True)
        case Does.ROOM, [seconds] if seconds.isdecimal():
            return Stayed(int(seconds))
        case Does.SERVER, [Does.HANGUP]:
            return Answered(Does.HANGUP)
        case Does.SERVER, [step] if step in pending.returns:
            return Answered(step, pending.returns[step])
        case _, [outcome] if outcome in MEETINGS.get(pending.kind, ()):
            return Met(outcome, 5, 30)
        case Does.PAUSE, []:
            return Silent()
    return None
