"""`flowc explore`."""

from __future__ import annotations

import sys
from itertools import combinations
from typing import TYPE_CHECKING, Unpack

import click

from flowc.cli.arguments import Arguments, compiled, flow_options
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, say
from flowc.diagnostics.wording import counted, listing

if TYPE_CHECKING:
    from flowc.simulate import Trial


@click.command(
    cls=Command,
    examples={
        "flowc explore": "Explore all flows of the project on all their targets.",
        "flowc explore flows/menu.flow.yaml --env prod": "Explore one flow with the variables of env/prod.yaml.",
    },
)
@flow_options
def explore(form: str, **arguments: Unpack[Arguments]) -> None:
    """Explore every path that a call can take, on every target.

    Report the worst case, calls that end in a carrier error or in silence, loops without caller input, and paths on
    which two targets behave differently. PATH is a flow file, or a folder that is searched for *.flow.yaml (default:
    the project). The exit status is 1 if there are errors or differences.
    """
    from flowc.simulate import trials
    from flowc.simulate.compare_targets import differences
    from flowc.simulate.results import bad_ends
    from flowc.simulate.rules import RulesError

    bundle, targets = compiled(form, arguments)
    bad = False
    flows: dict[str, list[Trial]] = {}
    try:
        for trial in trials(bundle, targets):
            flows.setdefault(trial.flow.name, []).append(trial)
    except RulesError as error:
        raise CommandError(str(error)) from error
    for name, own in flows.items():
        for trial in own:
            turns = list(trial.explorer.all(*trial.starts()))
            target = trial.entry.target
            worst = bundle.checked.worst_case(name, targets.profiles[target])
            say(f"{name} on {target}: {counted(len(turns), 'state')}; worst case: {worst.describe()}")
            for line in bad_ends(turns):
                bad = True
                say(f"  {line}")
        for one, other in combinations(own, 2):
            for difference in differences(one.explorer, other.explorer, one.begin(), other.begin()):
                bad = True
                path = f"after {listing(difference.path, 'then')}" if difference.path else "from the beginning"
                say(f"{name}: {one.entry.target} and {other.entry.target} differ {path}")
                say(f"  {one.entry.target}: {difference.first}")
                say(f"  {other.entry.target}: {difference.second}")
    sys.exit(FINDINGS if bad else 0)
