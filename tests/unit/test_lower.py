"""Lowering leaves out nothing of an action: what the author wrote is in the program, or the compiler reports itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from flowc.emit.link import Unit, link
from flowc.emit.spell import spell
from flowc.flow.actions import Action, Sound
from flowc.flow.frozen import fast_record
from flowc.flow.graph import build_graph
from flowc.flow.model import Flow
from flowc.flow.values import ActionUrl, Block, Callback, Endpoint, Leave, Setting, Then
from flowc.flow.verbs import VERBS
from flowc.lower import lower
from flowc.lower.context import Lowering
from flowc.lower.ir import DocId, Dropped, Node, Program, RouteCase, ToServer
from flowc.lower.sequence import sequence
from flowc.profiles.profile import Profile
from flowc.profiles.rows import CallbackRow, NodeRow, Spelling, Unsupported
from tests.house.documented_examples import framed, language
from tests.samples.built_flows import compiled, targets

TARGETS = sorted(targets().profiles)
MARK = "https://crm.example.com/made-up"


@cache
def flow_of(verb: str) -> Flow:
    """The first example of a verb in a flow."""
    example = language().verb(verb).schema["examples"][0]
    return flow_from(framed({verb: example} if example else verb))


def flow_from(data: dict[str, Any]) -> Flow:
    with TemporaryDirectory() as folder:
        path = Path(folder, "made-up.flow.yaml")
        path.write_text(json.dumps(data), "utf-8")
        (flow,) = compiled(path).checked.flows.values()
    return flow


def with_action(verb: str, change: Callable[[Action, Endpoint], Action]) -> Flow:
    """The flow of a verb, with a changed action; the link leads to the mark."""
    flow = flow_of(verb)
    steps = []
    for step in flow.steps:
        actions = [
            change(action, Endpoint(MARK, "POST", action.at.of("made_up"))) if action.verb == verb else action
            for action in step.actions
        ]
        steps.append(step._replace(actions=tuple(actions)))
    return replace(flow, steps=tuple(steps))


#: How to give an action each part that any action may have.
PARTS: dict[str, Callable[[Action, Endpoint], Action]] = {
    "settings": lambda one, to: replace(one, settings=(*one.settings, Setting("made_up", MARK, to.at))),
    "blocks": lambda one, to: replace(one, blocks=tuple(Block(name, (Setting("k", MARK, to.at),)) for name in TARGETS)),
    "callbacks": lambda one, to: replace(one, callbacks=(Callback("made_up", to),)),
    "sounds": lambda one, to: replace(one, sounds=(Sound("made_up", (), to, to.at),)),
    "then": lambda one, to: replace(one, then=Then((), Leave(to, to.at), to.at), action=None),
    "action": lambda one, to: replace(one, action=ActionUrl(to, True, to.at), then=None),
}


def values(nodes: tuple[Node, ...]) -> Iterator[object]:
    for one in nodes:
        yield from (field.value for field in (*one.fields, *one.extra))
        yield from values(one.children)


def mentions(program: Program) -> set[str]:
    """Every text and URL in the program."""
    found = {hook.endpoint.url for hook in program.webhooks}
    for document in program.documents:
        for value in values(document.nodes):
            found.add(value.endpoint.url if isinstance(value, ToServer) else str(value))
    return found


def test_every_part_is_tried() -> None:
    identity = {"verb", "id", "at", "line"}
    assert set(PARTS) == {name for name in Action.__dataclass_fields__ if name not in identity}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("target", TARGETS)
def test_no_part_is_left_out(target: str, verb: str, part: str) -> None:
    flow = with_action(verb, PARTS[part])
    try:
        program, _ = lower(flow, build_graph(flow), targets().profiles[target])
    except Dropped as dropped:
        assert f"{part} of this {verb}" in str(dropped)
        return
    if verb == "raw" and part == "settings":
        return  # what it says for other targets is for them
    assert MARK in mentions(program)


@fast_record(frozen=True, eq=False, repr=False, kw_only=True)
class Queue(Action):
    """A verb with a field that no module lowers."""

    waits_for: str


def test_a_field_of_a_verb_that_nothing_lowers() -> None:
    def queued(one: Action, _: Endpoint) -> Action:
        return Queue(verb="say", id=one.id, at=one.at, line=one.line, settings=one.settings, waits_for="an agent")

    flow = with_action("say", queued)
    with pytest.raises(Dropped, match="nothing lowers waits_for of this say"):
        lower(flow, build_graph(flow), targets().profiles["plivo"])


def test_actions_after_the_end_are_reported() -> None:
    """Where lowering ends a document, the rules report what follows as never reached."""
    for verb in VERBS:
        for example in language().verb(verb).schema["examples"]:
            data = framed({verb: example} if example else verb)
            flow = flow_from(data)
            step = next(step for step in flow.steps if any(action.verb == verb for action in step.actions))
            data["steps"][step.name].append({"say": "Made up."})
            with TemporaryDirectory() as folder:
                path = Path(folder, "made-up.flow.yaml")
                path.write_text(json.dumps(data), "utf-8")
                bundle = compiled(path)
            reported = {one.code for one in bundle.diagnostics} & {"FC330"}
            (checked,) = bundle.checked.flows.values()
            for name in checked.targets:
                program, _ = lower(checked, build_graph(checked), targets().profiles[name])
                assert "Made up." in mentions(program) or reported, (name, verb, example)


# What the later passes are given


def spelled_with(change: Callable[[Node], Node], profile: Profile) -> list[str]:
    """What is reported of a dial whose node was changed."""
    flow = flow_from(framed({"dial": {"to": "desk", "then": {"completed": "closed", "else": "end"}}}))
    program, _ = lower(flow, build_graph(flow), profile)
    documents = tuple(
        one._replace(nodes=tuple(change(node) if node.kind == "dial" else node for node in one.nodes))
        for one in program.documents
    )
    _, findings = spell(program._replace(documents=documents), profile)
    return [finding.message for finding in findings]


def without(profile: Profile, field: str, **changes: Any) -> Profile:
    """A profile whose dial spells a field otherwise, or (without changes) not at all."""
    row = profile.nodes["dial"]
    assert isinstance(row, NodeRow)
    spelling = row.fields[field]
    assert isinstance(spelling, Spelling)
    other = spelling._replace(**changes) if changes else Unsupported("it has none", "Leave it out.")
    dial = row._replace(fields={**row.fields, field: other})
    return replace(profile, nodes={**profile.nodes, "dial": dial})


PLIVO = targets().profiles["plivo"]


def test_a_field_given_twice() -> None:
    with pytest.raises(Dropped, match="given twice"):
        spelled_with(lambda dial: dial._replace(fields=(*dial.fields, dial.fields[0])), PLIVO)


def test_a_target_that_cannot_be_told_where_the_outcomes_lead() -> None:
    """The URL has the place of the action, as a default of the language has, but it is the author's `then`."""
    assert spelled_with(lambda dial: dial, PLIVO) == []
    assert spelled_with(lambda dial: dial, without(PLIVO, "next")) == ["plivo has no action on a dial: it has none"]


def test_a_url_whose_method_nothing_names() -> None:
    with pytest.raises(Dropped, match="the row of next names no method"):
        spelled_with(lambda dial: dial, without(PLIVO, "next", method=None))


def test_a_text_with_tags_in_an_attribute() -> None:
    flow = flow_from(framed({"say": {"ssml": "Hello.", "plivo": {"voice": "Polly.Joanna"}}}))
    row = PLIVO.nodes["say"]
    assert isinstance(row, NodeRow)
    ssml = row.fields["ssml"]
    assert isinstance(ssml, Spelling)
    say = row._replace(fields={**row.fields, "ssml": ssml._replace(attribute="words")})
    profile = replace(PLIVO, nodes={**PLIVO.nodes, "say": say})
    program, _ = lower(flow, build_graph(flow), profile)
    with pytest.raises(Dropped, match="the row of ssml puts tags into an attribute"):
        spell(program, profile)


def test_two_decisions_with_one_route() -> None:
    flow = flow_of("dial")
    context = Lowering(flow, build_graph(flow), PLIVO, sequence)
    (dial,) = (action for step in flow.steps for action in step.actions if action.verb == "dial")
    one, other = DocId("a"), DocId("b")
    context.route("dial", dial, 1, "DialStatus", [RouteCase("busy", one)], other, other)
    context.route("dial", dial, 1, "DialStatus", [RouteCase("busy", one)], other, other)
    with pytest.raises(Dropped, match="two decisions of start have one route"):
        context.route("dial", dial, 1, "DialStatus", [RouteCase("failed", one)], other, other)


def test_two_documents_with_one_path() -> None:
    flow = flow_of("say")
    program, _ = lower(flow, build_graph(flow), PLIVO)
    spelled, _ = spell(program._replace(documents=program.documents), PLIVO)
    assert link([Unit(flow, "plivo", spelled)], "https://calls.example.com").documents
    again = program.documents[0].id._replace(ordinal=1)  # the path of a step's own document does not tell it
    twice = (*program.documents, program.documents[0]._replace(id=again))
    with pytest.raises(Dropped, match="one path"):
        link(
            [Unit(flow, "plivo", spelled._replace(program=program._replace(documents=twice)))], "https://c.example.com"
        )


def test_a_key_of_a_request_that_names_a_server_is_noted() -> None:
    flow = flow_from(framed("hangup", application={"plivo": {"public_uri": True}}))
    row = PLIVO.nodes["application"]
    assert isinstance(row, NodeRow)
    key = row.block["public_uri"]._replace(callback=CallbackRow("application-events", None, False))
    profile = replace(PLIVO, nodes={**PLIVO.nodes, "application": row._replace(block={"public_uri": key})})
    program, _ = lower(flow, build_graph(flow), profile)
    assert [(hook.kind, hook.endpoint.url) for hook in program.webhooks] == [("application-events", "True")]
