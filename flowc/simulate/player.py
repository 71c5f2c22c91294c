"""Plays a scenario on one target, and compares the call with what the scenario expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowc.flow.hours import Hours
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.flow.scenario_time import began
from flowc.flow.values import Setting
from flowc.simulate.call import Call
from flowc.simulate.call_log import Ended, Entry, Event
from flowc.simulate.documents import CarrierRequest, Fetcher, Missing, Page, Purpose
from flowc.simulate.entry_points import Opening
from flowc.simulate.expectations import Course, ExpectationFailure, failures
from flowc.simulate.rules import Rules
from flowc.simulate.scripted_caller import CallerLeft, PlayedOutcome, ScenarioStopped, ScriptedCaller
from flowc.simulate.source_map import SourceMap


@dataclass(frozen=True, eq=False)
class Played:
    """A scenario that was played: the call's log, how it ended, the first failure, and what was tried of the flow."""

    scenario: Scenario
    target: str
    log: tuple[Entry, ...]
    ended: Ended | None
    failure: ExpectationFailure | None
    steps: tuple[str, ...]
    outcomes: tuple[PlayedOutcome, ...]


@dataclass(frozen=True, eq=False)
class Player:
    """Plays the scenarios of one flow on one target; `openings` are the openings of its calls by their names.

    `calendars` are those by which its calls decide.
    """

    flow: Flow
    target: str
    rules: Rules
    fetch: Fetcher
    openings: Mapping[str, Opening]
    source: SourceMap
    calendars: tuple[Hours, ...] = ()

    def play(self, scenario: Scenario) -> Played:
        """Play a scenario, and compare the call with its expectations."""
        try:
            return self._play(scenario, None)
        except CallerLeft as left:
            # The caller hangs up in the middle of something: play again, with the time of the hangup known.
            return self._play(scenario, left.at)

    def _play(self, scenario: Scenario, leaves: int | None) -> Played:
        facts = {"id": "call-1", "from": "+12025550100", "to": "+12025550101", "direction": "inbound"}
        for request in self.flow.requests:
            if request.name == scenario.call and request.sender is not None:
                facts |= {"direction": "outbound", "from": request.sender.address, "to": request.to[0].address}
        fetch = _without_answer(self.fetch) if scenario.fallback else self.fetch
        given = {name: self._fact(setting) for name, setting in scenario.facts.items()}
        words = {word.name: str(word.value) for word in scenario.hours}
        call = Call(self.rules, fetch, {**facts, "status": "in-progress", **given}, leaves=leaves, words=words)
        call.began = began(self.calendars, scenario.began) if scenario.began is not None else None
        caller = ScriptedCaller(call, scenario, self.source)
        failure = None
        try:
            opening = self.openings.get(scenario.call)
            if opening is None:
                message = f"{self.target} does not make calls"
                raise ScenarioStopped(ExpectationFailure(message, scenario.made))
            caller.run(opening)
        except ScenarioStopped as stop:
            failure = stop.failure
        course = self._course(call)
        if failure is None:
            failure = next(failures(scenario, call, course), None)
        log, steps, outcomes = tuple(call.log), tuple(course.steps), tuple(caller.outcomes)
        return Played(
            scenario=scenario,
            target=self.target,
            log=log,
            ended=call.ended,
            failure=failure,
            steps=steps,
            outcomes=outcomes,
        )

    def _fact(self, setting: Setting) -> str:
        """Return the value of a fact; of a name of the phone book its number."""
        value = str(setting.value)
        return next((entry.written for entry in self.flow.numbers if entry.name == value), value)

    def _course(self, call: Call) -> Course:
        steps: list[str] = []
        for step in self.source.steps_along(call.log):
            before = steps[-1] if steps else ""
            if step != before:
                around = self.source.around(step)
                steps += [outer for outer in around if not f"{before}.".startswith(f"{outer}.")]
                steps.append(step)
        dials = [entry for entry in call.log if entry.what is Event.DIALLED]
        return Course(
            steps,
            [name for entry in dials for name in self.source.callees_of(entry)],
            ["no-answer" if entry.text == "declined" else entry.text for entry in dials],
        )


def _without_answer(fetch: Fetcher) -> Fetcher:
    """Return a source of the same documents, except that the host of the first one is down."""

    def fetched(request: CarrierRequest) -> Page | Missing:
        if request.purpose is Purpose.ANSWER:
            return Missing("unreachable", f"{request.method} {request.url} is not answered")
        return fetch(request)

    return fetched
