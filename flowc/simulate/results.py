"""What came of scenarios, as the reports take it: with lines in place of places."""

from __future__ import annotations

from flowc.diagnostics.findings import Finding, conclude
from flowc.report.results import Covered, Moment, ScenarioResult
from flowc.simulate import Trial
from flowc.simulate.coverage import cover
from flowc.simulate.decisions import Entry
from flowc.simulate.player import Played, Player
from flowc.syntax import locate, locate_all


def result(trial: Trial, played: Played) -> ScenarioResult:
    """A scenario that was played; one that failed is told as it went."""
    failure = None
    if played.failure is not None:
        message = f"{played.scenario.name} on {played.target}: {played.failure.message}"
        (failure,) = conclude([Finding("FC340", played.failure.at, message, played.failure.help)], locate_all)
    return ScenarioResult(
        trial.flow.name, played.target, played.scenario.name, failure, tuple(_moments(trial, played)) if failure else ()
    )


def _moments(trial: Trial, played: Played) -> list[Moment]:
    moments = []
    for entry in played.log:
        places = entry.page.places if entry.page else ()
        span = locate(places[entry.element]).span if entry.element < len(places) else None
        line = span.line if span else 0
        moments.append(Moment(entry.at, entry.what, _told(trial.player, entry), trial.player.step_of(entry), line))
    return moments


def _told(player: Player, entry: Entry) -> str:
    """What is told of a moment: of a dial also who was dialled, and which of several took the call."""
    if not entry.who:
        return entry.text
    taken = player.answered_by(entry)
    return f"{', '.join(player.named(entry))}: {entry.text}{f' ({taken} answered)' if taken else ''}"


def is_meant(name: str, words: str) -> bool:
    """Whether a name is one that an expression such as `busy and not nurse or night` asks for; empty: every name is."""
    return any(
        all((word.removeprefix("not ") in name) != word.startswith("not ") for word in part.split(" and "))
        for part in " ".join(words.split()).split(" or ")
    )


def outcome_of(trial: Trial, words: str, coverage: bool) -> tuple[list[ScenarioResult], Covered | None]:
    """What comes of the scenarios that an expression asks for, and how much of the flow they try, if asked."""
    played = [trial.player.play(scenario) for scenario in trial.scenarios if is_meant(scenario.name, words)]
    return [result(trial, one) for one in played], covered_by(trial, played) if coverage and trial.scenarios else None


def covered_by(trial: Trial, played: list[Played]) -> Covered:
    """How much of a flow these scenarios have tried on a target."""
    tried = cover(trial.explorer, trial.starts(), played, trial.steps())
    untried = [f"step {step}" for step, reached in tried.steps if not reached]
    for way in tried.ways:
        if not way.tried:
            line = locate(way.at).span.line if way.at else way.line
            where = f" (line {line})" if line else ""
            untried.append(f"{way.action}{where}: {way.outcome}")
    return Covered(trial.flow.name, trial.entry.target, tried.percent, tuple(untried))
