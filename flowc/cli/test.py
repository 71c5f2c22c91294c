"""`flowc test`."""

from __future__ import annotations

import sys
from functools import partial
from typing import Unpack

import click

from flowc.cli.arguments import Arguments, compiled_for_scenarios, flow_options
from flowc.cli.help import Command
from flowc.cli.output import FINDINGS, CommandError
from flowc.cli.workers import workers, workers_options
from flowc.driver.workers import NoWorkers


@click.command(
    cls=Command,
    examples={
        "flowc test --coverage": "Run all scenarios of the project, and report what they do not reach.",
        "flowc test flows/menu.flow.yaml -k 'night and not holiday'": "Run some scenarios of one flow.",
    },
)
@flow_options
@click.option(
    "--report",
    type=click.Choice(["text", "json", "junit", "tap"]),
    default="text",
    show_default=True,
    help="Print the results in this format.",
)
@click.option(
    "-k",
    "words",
    default="",
    metavar="EXPR",
    help="Run only scenarios whose names match: a word, or several with and, or, not.",
)
@click.option("--coverage", is_flag=True, help="Report the steps and outcomes that no scenario reaches.")
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 100),
    default=0.0,
    metavar="N",
    help="Fail if the scenarios reach less than N % of the steps and outcomes.",
)
@workers_options
def test(
    form: str,
    report: str,
    words: str,
    coverage: bool,
    fail_under: float,
    jobs: int,
    executor: str | None,
    **arguments: Unpack[Arguments],
) -> None:
    """Run the scenarios of call flows by the rules of each carrier.

    PATH is a flow or part, or a folder that is searched for *.flow.yaml and *.part.yaml (default: the project).
    Scenarios are written under tests: in it, or in a *.test.yaml file next to it. The exit status is 1 if a scenario
    fails.
    """
    from flowc.report.results import RESULTS
    from flowc.simulate import trials
    from flowc.simulate.results import outcome_of
    from flowc.simulate.rules import RulesError

    bundles, targets = compiled_for_scenarios(form, arguments)
    try:
        own = [trial for bundle in bundles for trial in trials(bundle, targets)]
        play = partial(outcome_of, words=words, coverage=coverage or fail_under > 0)
        size = sum(len(trial.flow.file.data) for trial in own)
        outcomes = [*workers(jobs, executor).map(play, own, size)]
    except (RulesError, NoWorkers) as error:
        raise CommandError(str(error)) from error
    results = [result for played, _ in outcomes for result in played]
    covered = [one for _, one in outcomes if one is not None]
    if not results:
        missing = "no scenario matches -k" if words else "these flows have no scenarios"
        raise CommandError(f"{missing}; write tests: in a flow, or in a *.test.yaml file next to it")
    click.echo(RESULTS[report](results, covered), nl=False)
    low = any(one.percent < fail_under for one in covered)
    sys.exit(FINDINGS if low or any(result.failure for result in results) else 0)
