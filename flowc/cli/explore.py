"""`flowc explore`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Unpack

import click

from flowc.cli.arguments import Arguments, compiled, flow_options
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError, say
from flowc.diagnostics.wording import counted, listing
from flowc.lower.worst_case import longest
from flowc.syntax import locate

if TYPE_CHECKING:
    from flowc.simulate import Trial
    from flowc.simulate.explore import ExplorerState, Turn


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
            worst = longest(
                bundle.checked.programs[name, target], targets.profiles[target], bundle.checked.linked(name, target)
            )
            say(f"{name} on {target}: {counted(len(turns), 'state')}; worst case: {worst.describe()}")
            for line in _errors(turns):
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


def _errors(turns: list[tuple[ExplorerState, Turn]]) -> Iterator[str]:
    """Yield the calls that end in an error of the carrier, or because their document ends; each line once."""
    from flowc.simulate.call_log import Ended, EndReason

    # Ends that an author intends, or that the compiler has warned of.
    expected = (
        EndReason.HANGUP,
        EndReason.CALLER,
        EndReason.SERVER,
        EndReason.TALKED,
        EndReason.DECLINED,
        EndReason.REJECTED,
        EndReason.SCHEDULED,
    )
    seen = set()
    for state, turn in turns:
        ends = [("", turn.ended)] if turn.ended else []
        ends += [(outcome, one.to) for outcome, one in turn.transitions.items() if isinstance(one.to, Ended)]
        for outcome, end in ends:
            if end.what in expected:
                continue
            after = f" after {outcome}" if outcome else ""
            places = turn.page.places if turn.page else ()
            line = f", line {locate(places[turn.element]).span.line}" if turn.element < len(places) else ""
            page = state.page or turn.page
            where = f"step {page.step}{line}: " if page else ""
            text = f"{where}the call ends{after}: {end.why}{f' ({end.code})' if end.code else ''}"
            if text not in seen:
                seen.add(text)
                yield text
