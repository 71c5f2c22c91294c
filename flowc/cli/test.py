"""`flowc test`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Unpack

import click

from flowc.cli.common import FINDINGS, Arguments, Impossible, compiled, flow_options

if TYPE_CHECKING:
    from flowc.report.results import Covered, Result


@click.command()
@flow_options
@click.option(
    "--report",
    type=click.Choice(["text", "json", "junit", "tap"]),
    default="text",
    help="How the results are printed.",
)
@click.option("-k", "words", default="", metavar="WORD", help="Only scenarios with this in their names.")
@click.option("--coverage", is_flag=True, help="Say which outcomes no scenario has tried.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="N",
    help="Fail if less than N % of the outcomes were tried.",
)
def test(form: str, report: str, words: str, coverage: bool, fail_under: float, **arguments: Unpack[Arguments]) -> None:
    """Play the scenarios of call flows against what is compiled, by the rules of each carrier.

    Scenarios stand under tests: in a flow, or in a *.test.yaml beside it. The exit status is 1 if one fails.
    """
    from flowc.report.results import RESULTS
    from flowc.simulate import trials
    from flowc.simulate.outcome import covered_by, result
    from flowc.simulate.rules import RulesError

    bundle, targets = compiled(form, arguments, scenarios=True)
    results: list[Result] = []
    covered: list[Covered] = []
    try:
        for trial in trials(bundle, targets):
            scenarios = bundle.checked.scenarios[trial.flow.name]
            played = [trial.player.play(scenario) for scenario in scenarios if words in scenario.name]
            results += [result(trial, one) for one in played]
            if scenarios and (coverage or fail_under):
                covered.append(covered_by(trial, played))
    except RulesError as error:
        raise Impossible(str(error)) from error
    if not results:
        raise Impossible("there is no such scenario; write tests: in a flow, or a *.test.yaml beside it")
    click.echo(RESULTS[report](results, covered), nl=False)
    low = any(one.percent < fail_under for one in covered)
    sys.exit(FINDINGS if low or any(result.failure for result in results) else 0)
