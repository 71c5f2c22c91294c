"""What was expected of a call, and did not come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.diagnostics.wording import listing, suggestion
from flowc.flow.scenario import Scenario
from flowc.flow.values import Setting
from flowc.simulate.call import Call

#: What the caller hears of a log.
AUDIBLE = ("heard", "played")
#: Other words for an end: whoever is hung up on after a talk, or at the end of a document, is hung up on.
_ALSO = {"ran-out": ("hangup",), "talked": ("hangup",), "scheduled": ("hangup",)}


class ExpectationFailure(NamedTuple):
    """An expectation that did not hold: what was found instead, where it is written, and what might be meant."""

    message: str
    at: NodeRef
    help: str = ""


class Course(NamedTuple):
    """A call in the flow's own words: the steps it reached, who was dialled, and how the dials ended; in order."""

    steps: Sequence[str]
    dialled: Sequence[str]
    outcomes: Sequence[str]


def failures(scenario: Scenario, call: Call, course: Course) -> Iterator[ExpectationFailure]:
    """What was expected and did not come."""
    expect = scenario.expect
    yield from _in_order("reach", expect, course.steps, "the call reached {found}, not {wanted}")
    yield from _in_order("dialled", expect, course.dialled, "{found} was dialled, not {wanted}")
    yield from _none_of("not_reach", expect, course.steps, "the call reached {wanted}")
    yield from _none_of("not_dialled", expect, course.dialled, "{wanted} was dialled")
    yield from _in_order("outcome", expect, course.outcomes, "the dials ended as {found}, not {wanted}")
    heard = [entry.text for entry in call.log if entry.what in AUDIBLE]
    for wanted in expect.get("hear", ()):
        if not any(str(wanted.value).lower() in text.lower() for text in heard):
            yield ExpectationFailure(f'"{wanted.value}" was not heard', wanted.at)
    ended = call.ended.what if call.ended else "nothing"
    for wanted in expect.get("ends", ()):
        if wanted.value not in (ended, *_ALSO.get(ended, ())):
            yield ExpectationFailure(f"the call ended by {ended}, not by {wanted.value}", wanted.at)
    if ended == "stuck" and "ends" not in expect:
        yield ExpectationFailure(f"the call got stuck: {call.ended.why if call.ended else ''}", scenario.at)
    yield from _untold(scenario, call)
    took = {"seconds": call.clock // 1000, "dials": len(course.dialled), "fetches": call.fetches}
    for bound in expect.get("at_most", ()):
        if took[bound.name] > int(str(bound.value)):
            yield ExpectationFailure(
                f"the call took {took[bound.name]} {bound.name}, more than {bound.value}", bound.at
            )


def _untold(scenario: Scenario, call: Call) -> Iterator[ExpectationFailure]:
    asked = [entry.asked for entry in call.log if entry.asked is not None]
    for told in scenario.requests:
        if told.kind not in call.rules.requests:
            known = [kind for kind in call.rules.requests if kind]
            help_ = suggestion(told.kind, known) or f"Take one of {listing(known, 'and')}."
            yield ExpectationFailure(f'no request is called "{told.kind}"', told.at, help_)
            continue
        same = [one for one in asked if told.url in ("", one.url.partition("#")[0]) and told.kind in ("", one.contract)]
        name = told.url or f"the {told.kind} URL"
        if not same:
            yield ExpectationFailure(f"{name} was not asked", told.at)
        for parameter, value in told.parameters.items():
            found = [one.parameters.get(parameter, "") for one in same]
            if same and value not in found:
                shown = listing(one or "nothing" for one in found)
                yield ExpectationFailure(
                    f"{name} was asked with {parameter} {shown}, not {value or 'nothing'}", told.at
                )


def _in_order(
    name: str, expect: Mapping[str, tuple[Setting, ...]], found: Sequence[str], message: str
) -> Iterator[ExpectationFailure]:
    """Everything that is expected must be found, in this order; other things may lie between."""
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
