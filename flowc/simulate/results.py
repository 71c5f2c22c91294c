"""The results of scenarios, as the reports show them: with lines in place of node references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowc.diagnostics.findings import Finding, conclude
from flowc.diagnostics.source import NodeRef
from flowc.report.results import Covered, Moment, ScenarioResult, line_in
from flowc.simulate import Trial
from flowc.simulate.call_log import Ended, EndReason, Entry
from flowc.simulate.coverage import cover
from flowc.simulate.explore import ExplorerState, Turn
from flowc.simulate.player import Played
from flowc.simulate.source_map import SourceMap
from flowc.syntax import locate, locate_all

#: Ends that an author intends, or that the compiler has warned of.
_EXPECTED_ENDS = (
    EndReason.HANGUP,
    EndReason.CALLER,
    EndReason.SERVER,
    EndReason.TALKED,
    EndReason.DECLINED,
    EndReason.REJECTED,
    EndReason.SCHEDULED,
)


def result(trial: Trial, played: Played) -> ScenarioResult:
    """Return the result of a scenario; of one that failed with the whole call."""
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
        at = places[entry.element] if entry.element < len(places) else None
        line, part = _line(trial, at)
        source = trial.player.source
        moments.append(
            Moment(
                at=entry.at,
                what=entry.what,
                text=_text(source, entry),
                step=source.step_of(entry),
                line=line,
                part=part,
            )
        )
    return moments


def _line(trial: Trial, at: NodeRef | None) -> tuple[int, str]:
    """Return the line of a place (0: unknown), and its file if that is a part."""
    span = locate(at).span if at is not None else None
    if at is None or span is None:
        return 0, ""
    return span.line, at.file.path if at.file.path != trial.flow.file.path else ""


def _text(source: SourceMap, entry: Entry) -> str:
    """Return the text of an event; of a dial also the callees, and which of several answered."""
    if not entry.dialled:
        return entry.text
    answered = source.answered_by(entry)
    return f"{', '.join(source.callees_of(entry))}: {entry.text}{f' ({answered} answered)' if answered else ''}"


def is_meant(name: str, words: str) -> bool:
    """Whether a name matches an expression such as `busy and not nurse or night`; the empty one matches every name."""
    return any(
        all((word.removeprefix("not ") in name) != word.startswith("not ") for word in part.split(" and "))
        for part in " ".join(words.split()).split(" or ")
    )


def outcome_of(trial: Trial, words: str, coverage: bool) -> tuple[list[ScenarioResult], Covered | None]:
    """Play the scenarios that match an expression, and if `coverage` is set measure how much of the flow they try."""
    played = [trial.player.play(scenario) for scenario in trial.scenarios if is_meant(scenario.name, words)]
    return [result(trial, one) for one in played], covered_by(trial, played) if coverage and trial.scenarios else None


def covered_by(trial: Trial, played: list[Played]) -> Covered:
    """Return how much of a flow these scenarios have tried on a target, and those of flows that lead to it."""
    played = [*played, *(other.player.play(one) for other in trial.others for one in other.scenarios)]
    tried = cover(trial.explorer, trial.starts(), played, trial.steps(), trial.flow)
    untried = [f"step {step}" for step, reached in tried.steps if not reached]
    for one in tried.outcomes:
        if not one.tried:
            line, part = _line(trial, one.at) if one.at else (one.line, "")
            where = f" ({line_in(part, line)})" if line else ""
            untried.append(f"{one.action}{where}: {one.outcome}")
    return Covered(trial.flow.name, trial.entry.target, tried.percent, tuple(untried))


def bad_ends(turns: Iterable[tuple[ExplorerState, Turn]]) -> Iterator[str]:
    """Yield the calls that end in an error of the carrier, or because their document ends; each line once."""
    seen = set()
    for state, turn in turns:
        ends = [("", turn.ended)] if turn.ended else []
        ends += [(outcome, one.to) for outcome, one in turn.transitions.items() if isinstance(one.to, Ended)]
        for outcome, end in ends:
            if end.what in _EXPECTED_ENDS:
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
