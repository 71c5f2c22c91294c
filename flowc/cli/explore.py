"""`flowc explore`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Unpack

import click

from flowc.cli.arguments import Arguments, compiled, flow_options
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, say
from flowc.cli.workers import workers, workers_options
from flowc.diagnostics.wording import counted, listing
from flowc.driver.workers import NoWorkers

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
@workers_options
def explore(form: str, jobs: int, executor: str | None, **arguments: Unpack[Arguments]) -> None:
    """Explore every path that a call can take, on every target.

    Report the worst case, calls that end in a carrier error or in silence, loops without caller input, and paths on
    which two targets behave differently. PATH is a flow file, or a folder that is searched for *.flow.yaml (default:
    the project). The exit status is 1 if there are errors or differences.
    """
    from flowc.simulate import trials
    from flowc.simulate.rules import RulesError

    bundle, targets = compiled(form, arguments)
    flows: dict[str, list[tuple[Trial, str]]] = {}
    try:
        for trial in trials(bundle, targets):
            worst = bundle.checked.worst_case(trial.flow.name, targets.profiles[trial.entry.target]).describe()
            flows.setdefault(trial.flow.name, []).append((trial, worst))
        size = sum(len(own[0][0].flow.file.data) for own in flows.values())
        found = False
        for lines, bad in workers(jobs, executor).map(_explored, [*flows.values()], size):
            say(*lines)
            found |= bad
    except (RulesError, NoWorkers) as error:
        raise CommandError(str(error)) from error
    sys.exit(FINDINGS if found else 0)


def _explored(own: Sequence[tuple[Trial, str]]) -> tuple[list[str], bool]:
    """Explore a flow on its targets, each with its worst case, and return lines and whether they report something."""
    from flowc.simulate.compare_targets import differences
    from flowc.simulate.results import bad_ends

    lines, bad = [], False
    for trial, worst in own:
        turns = list(trial.explorer.all(*trial.starts()))
        lines.append(f"{trial.flow.name} on {trial.entry.target}: {counted(len(turns), 'state')}; worst case: {worst}")
        for line in bad_ends(turns):
            bad = True
            lines.append(f"  {line}")
    for (one, _), (other, _) in combinations(own, 2):
        for difference in differences(one.explorer, other.explorer, one.begin(), other.begin()):
            bad = True
            path = f"after {listing(difference.path, 'then')}" if difference.path else "from the beginning"
            lines.append(f"{one.flow.name}: {one.entry.target} and {other.entry.target} differ {path}")
            lines.append(f"  {one.entry.target}: {difference.first}")
            lines.append(f"  {other.entry.target}: {difference.second}")
    return lines, bad
