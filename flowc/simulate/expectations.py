"""Compares a call with the expectations of a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import lasting, listing, suggestion
from flowc.flow.scenario import Scenario
from flowc.flow.values import Setting
from flowc.simulate.call import Call
from flowc.simulate.call_log import AUDIBLE, EndReason, Event, is_heard_in
from flowc.simulate.key_input import SECOND

#: Ends that count as a hangup, too: to the caller they are one.
_HANGUPS = (EndReason.RAN_OUT, EndReason.TALKED, EndReason.SCHEDULED)


class ExpectationFailure(NamedTuple):
    """An expectation that is not met: what was found instead, where it is written, and what may be meant."""

    message: str
    at: NodeRef
    help: str = ""


class Course(NamedTuple):
    """A call in the flow's own terms: the steps that it reached, the callees, and how the dials ended; in order."""

    steps: Sequence[str]
    dialled: Sequence[str]
    outcomes: Sequence[str]


def failures(scenario: Scenario, call: Call, course: Course) -> Iterator[ExpectationFailure]:
    """Yield the expectations that are not met."""
    expect = scenario.expect
    yield from _in_order("reach", expect, course.steps, "the call reached {found}, not {wanted}")
    yield from _in_order("dialled", expect, course.dialled, "{found} was dialled, not {wanted}")
    yield from _none_of("not_reach", expect, course.steps, "the call reached {wanted}")
    yield from _none_of("not_dialled", expect, course.dialled, "{wanted} was dialled")
    yield from _in_order("outcome", expect, course.outcomes, "the dials ended as {found}, not {wanted}")
    for name, events, by in (("hear", AUDIBLE, ""), ("callee_hears", (Event.CALLEE_HEARS,), " by a callee")):
        heard = [entry.text for entry in call.log if entry.what in events]
        for wanted in expect.get(name, ()):
            if not any(is_heard_in(str(wanted.value), text) for text in heard):
                yield ExpectationFailure(f'"{wanted.value}" was not heard{by}', wanted.at)
    ended = call.ended.what if call.ended else "nothing"
    for wanted in expect.get("ends", ()):
        if wanted.value != ended and not (wanted.value == EndReason.HANGUP and ended in _HANGUPS):
            yield ExpectationFailure(f"the call ended by {ended}, not by {wanted.value}", wanted.at)
    if ended == EndReason.STUCK and "ends" not in expect:
        yield ExpectationFailure(f"the call got stuck: {call.ended.why if call.ended else ''}", scenario.at)
    yield from _missing_requests(scenario, call)
    took = {"seconds": call.clock // SECOND, "dials": len(course.dialled), "fetches": call.fetches}
    for bound in expect.get("at_most", ()):
        if took[bound.name] > int(str(bound.value)):
            much, most = f"{took[bound.name]} {bound.name}", str(bound.value)
            if bound.name == "seconds":
                much, most = (lasting(number * SECOND) for number in (took[bound.name], int(most)))
            yield ExpectationFailure(f"the call took {much}, more than {most}", bound.at)


def _missing_requests(scenario: Scenario, call: Call) -> Iterator[ExpectationFailure]:
    """Yield the requests that are expected and were not made, or not with these parameters."""
    requests = [entry.request for entry in call.log if entry.request is not None]
    for expected in scenario.requests:
        if expected.kind not in call.rules.requests:
            known = [kind for kind in call.rules.requests if kind]
            help_ = suggestion(expected.kind, known) or f"Use one of {listing(known, 'and')}."
            yield ExpectationFailure(f'unknown kind of request "{expected.kind}"', expected.at, help_)
            continue
        same = [
            one
            for one in requests
            if expected.url in ("", one.url.partition("#")[0]) and expected.kind in ("", one.contract)
        ]
        name = expected.url or f"the {expected.kind} URL"
        if not same:
            yield ExpectationFailure(f"{name} was not requested", expected.at)
        for parameter, value in expected.parameters.items():
            found = [one.parameters.get(parameter, "") for one in same]
            if same and value not in found:
                shown = listing(one or "nothing" for one in found)
                message = f"{name} was requested with {parameter} {shown}, not {value or 'nothing'}"
                yield ExpectationFailure(message, expected.at)


def _in_order(
    name: str, expect: Mapping[str, tuple[Setting, ...]], found: Sequence[str], message: str
) -> Iterator[ExpectationFailure]:
    """Find every expected item in this order; others may come between."""
    position = 0
    for wanted in expect.get(name, ()):
        if wanted.value not in found[position:]:
            shown = ", ".join(found) or "nothing"
            yield ExpectationFailure(
                message.replace("{found}", shown).replace("{wanted}", str(wanted.value)), wanted.at
            )
            return
        position = found.index(str(wanted.value), position) + 1


def _none_of(
    name: str, expect: Mapping[str, tuple[Setting, ...]], found: Sequence[str], message: str
) -> Iterator[ExpectationFailure]:
    for wanted in expect.get(name, ()):
        if wanted.value in found:
            yield ExpectationFailure(message.replace("{wanted}", str(wanted.value)), wanted.at)
