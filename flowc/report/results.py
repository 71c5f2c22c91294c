"""Results of scenarios as text (with the course of failed calls), JSON, JUnit XML and TAP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flowc.diagnostics.characters import visible
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.records import NamedTuple
from flowc.report.json_format import as_json_text
from flowc.report.junit import TestCase, as_suite
from flowc.report.text import as_text


class Moment(NamedTuple):
    """An event of a call: its time in milliseconds, kind and text, and the step and line of the flow, if any.

    `part` is the file of the line, if it is the file of a part.
    """

    at: int
    what: str
    text: str
    step: str
    line: int
    part: str


class ScenarioResult(NamedTuple):
    """A completed scenario: its target, the events, and the failure (None if it passed)."""

    flow: str
    target: str
    scenario: str
    failure: Diagnostic | None
    moments: tuple[Moment, ...]


class Covered(NamedTuple):
    """The coverage of a flow on a target: percent, and a description of each untested part."""

    flow: str
    target: str
    percent: float
    untried: tuple[str, ...]


def results_as_text(results: Sequence[ScenarioResult], covered: Sequence[Covered]) -> str:
    """Return a line for each scenario, and the call and the diagnostic of a failed one."""
    lines = []
    for result in results:
        lines.append(f"{'failed' if result.failure else 'ok':<7}{_title(result)}\n")
        if result.failure is not None:
            lines += [_moment(moment) for moment in result.moments]
            lines.append(as_text([result.failure]))
    failed = sum(result.failure is not None for result in results)
    lines.append(f"{len(results)} played, {failed} failed\n")
    for one in covered:
        lines.append(f"{visible(one.flow)} on {one.target}: {one.percent:.0f} % of the steps and outcomes were tried\n")
        lines += [f"  not tried: {visible(what)}\n" for what in one.untried]
    return "".join(lines)


def _title(result: ScenarioResult) -> str:
    return visible(f"{result.flow}: {result.scenario} ({result.target})")


def _moment(moment: Moment) -> str:
    where = f"  {moment.step}{f', {line_in(moment.part, moment.line)}' if moment.line else ''}" if moment.step else ""
    return f"  {moment.at / 1000:7.1f} s  {moment.what:<9} {visible(moment.text)}{where}\n"


def line_in(part: str, line: int) -> str:
    """Return a line in words; of a part with its file."""
    return f"{part}:{line}" if part else f"line {line}"


def results_as_json(results: Sequence[ScenarioResult], covered: Sequence[Covered]) -> str:
    """Return all results as JSON."""
    played = [
        {
            "flow": result.flow,
            "target": result.target,
            "scenario": result.scenario,
            "failure": _failure(result.failure),
            "call": [{**moment._asdict(), **_place(moment)} for moment in result.moments],
        }
        for result in results
    ]
    return as_json_text({"coverage": [one._asdict() for one in covered], "scenarios": played})


def _place(moment: Moment) -> dict[str, object]:
    return {"step": moment.step or None, "line": moment.line or None, "part": moment.part or None}


def _failure(failure: Diagnostic | None) -> dict[str, object] | None:
    if failure is None:
        return None
    line = failure.span.line if failure.span else None
    return {"file": failure.path, "line": line, "message": failure.message, "help": failure.help}


def results_as_junit(results: Sequence[ScenarioResult], _: Sequence[Covered]) -> str:
    """Return JUnit XML for CI servers."""
    return as_suite([_case(result) for result in results])


def _case(result: ScenarioResult) -> TestCase:
    suite = f"{result.flow}.{result.target}"
    if result.failure is None:
        return TestCase(suite, result.scenario)
    call = "".join(map(_moment, result.moments)) + as_text([result.failure])
    return TestCase(suite, result.scenario, result.failure.message, call)


def results_as_tap(results: Sequence[ScenarioResult], _: Sequence[Covered]) -> str:
    """Return the results in the Test Anything Protocol."""
    lines = ["TAP version 13\n", f"1..{len(results)}\n"]
    for number, result in enumerate(results, 1):
        title = _title(result).replace("#", r"\#")  # a # begins a directive, such as SKIP
        lines.append(f"{'not ok' if result.failure else 'ok'} {number} - {title}\n")
        if result.failure is not None:
            lines.append(f"# {visible(result.failure.message)}\n")
    return "".join(lines)


RESULTS: Mapping[str, Callable[[Sequence[ScenarioResult], Sequence[Covered]], str]] = {
    "text": results_as_text,
    "json": results_as_json,
    "junit": results_as_junit,
    "tap": results_as_tap,
}
