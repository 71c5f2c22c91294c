"""Lowers a queue: its outcomes, and the documents that the carrier plays again and again to the waiting caller.

A file has no memory, so the carrier's requests decide: each has the caller's position and the time in the queue.
"""

from __future__ import annotations

from functools import partial

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import lasting
from flowc.flow.actions import Leaving, Queue, Sound
from flowc.flow.values import Duration, Setting
from flowc.flow.verbs import GATHER
from flowc.lower.action import lower_prompt, node, outcome_route, sound_field
from flowc.lower.context import Field, Lowering, Nodes, redirect
from flowc.lower.ir import LEAVE, WAITED, DocId, Next, NextSetting, Node, RouteCase, ToDoc
from flowc.profiles.rows import Unsupported

#: The field for what the caller hears, and the row for the content of such a prompt.
_WAIT = "wait"
#: The decisions while the caller waits: by the position, and by the key.
_POSITION, _KEY = "position", LEAVE
#: How long the caller has for the key after the prompt: the prompt begins again.
_PAUSE = Duration(1000)
#: The longest wait in seconds that a route can measure: each second is a case.
_LONGEST = 3600


def lower_queue(context: Lowering, queue: Queue) -> Nodes:
    """Return the node, and request the documents for the waiting caller."""
    context.take(queue, "settings", "sounds", "leave", "position_at", "positions")
    to = outcome_route(context, queue, 1, queue.then) if queue.then is not None else None
    own = tuple(setting for setting in queue.settings if setting != queue.max_wait)
    return (node(context, queue, to=to, fields=(*own, *_wait(context, queue))),)


def _wait(context: Lowering, queue: Queue) -> tuple[Field, ...]:
    sound = queue.wait
    if sound is None or sound.endpoint is not None:
        return (sound_field(context, queue, sound, _WAIT, _WAIT),) if sound else ()
    if isinstance(context.profile.row(queue.verb), Unsupported):
        return ()
    heard, most = _heard(context, queue, sound), queue.max_wait
    return (NextSetting(_WAIT, heard if most is None else _at_most(context, queue, heard, most), sound.at),)


def _heard(context: Lowering, queue: Queue, sound: Sound) -> Next:
    """Return what a waiting caller hears: one document, or one for each position."""
    numbers = range(len(queue.positions) + 1)
    without, *placed = (_document(context, queue, sound, number) for number in numbers)
    if not placed:
        return ToDoc(without)
    parameter = context.profile.strategies.waiting.get(_POSITION, "")
    if not parameter and queue.position_at is not None:
        message = f"{context.profile.name} does not report the position in a queue"
        context.findings.append(Finding("FC401", queue.position_at, message, "Leave position: out."))
    cases = [RouteCase(str(number), document) for number, document in enumerate(placed, 1)]
    return context.route(_POSITION, queue, 1, parameter, cases, without, without)


def _at_most(context: Lowering, queue: Queue, heard: Next, most: Setting) -> Next:
    """Return a decision by the time in the queue: the caller leaves when the last case is over."""
    assert isinstance(most.value, Duration)
    seconds = most.value.ms // 1000
    parameter = context.profile.strategies.waiting.get(WAITED, "")
    if not parameter or seconds > _LONGEST:
        name = context.profile.name
        message = (
            f"{name} waits up to {lasting(_LONGEST * 1000)} here, not {lasting(most.value.ms)}"
            if parameter
            else f"{name} does not report the time in a queue"
        )
        context.findings.append(
            Finding("FC402", most.at, message, "Give the caller less time, or leave max_wait: out.")
        )
        return heard
    again = heard.document if isinstance(heard, ToDoc) else _redirected(context, queue, heard)
    cases = (RouteCase(str(second), again) for second in range(seconds))
    return context.route(WAITED, queue, 1, parameter, cases, again, _left(context, queue))


def _redirected(context: Lowering, queue: Queue, heard: Next) -> DocId:
    """Return a document that leads to the decision by the position; a request has only one decision."""
    assert queue.position_at is not None
    message = (
        f"{context.profile.name} does not document that it reports the position after a redirect, which max_wait needs"
    )
    help_ = "Leave position: or max_wait: out to be safe; a caller whose position is not reported hears only wait:."
    context.findings.append(Finding("FC406", queue.position_at, message, help_))
    name = DocId(queue.id.step, _WAIT, queue.id.ordinal, len(queue.positions) + 1)
    return context.hoist(name, lambda: (redirect(heard, queue.at),), queue.at, queue.line)


def _document(context: Lowering, queue: Queue, sound: Sound, number: int) -> DocId:
    """Return the document for a position; 0: for none."""
    name = DocId(queue.id.step, _WAIT, queue.id.ordinal, number)
    return context.hoist(name, partial(_nodes, context, queue, sound, number), sound.at, queue.line)


def _nodes(context: Lowering, queue: Queue, sound: Sound, number: int) -> Nodes:
    said = queue.positions[number - 1 : number] if number else ()
    heard = lower_prompt(context, GATHER if queue.leave else _WAIT, (*said, *sound.prompt))
    return heard if queue.leave is None else (_key(context, queue, queue.leave, heard),)


def _key(context: Lowering, queue: Queue, leave: Leaving, heard: Nodes) -> Node:
    """Return a gather that plays the prompt; after any other key the carrier plays it again."""
    again = context.hoist(DocId("", "nothing"), tuple, context.flow.at, 1)
    key = str(leave.key.value)
    cases = [RouteCase(key, _left(context, queue))]
    fields = (
        NextSetting(
            "next",
            context.route(_KEY, queue, 1, context.profile.result(GATHER).parameter, cases, again, again),
            leave.key.at,
        ),
        Setting("digits", 1, leave.key.at),
        Setting("finish_on", "*" if key == "#" else "#", leave.key.at),
        Setting("timeout", _PAUSE, leave.key.at),
    )
    return Node(GATHER, leave.key.at, fields, heard)


def _left(context: Lowering, queue: Queue) -> DocId:
    """Return the document with which a caller leaves any queue."""
    return context.hoist(DocId("", "left"), lambda: (Node(LEAVE, context.flow.at),), context.flow.at, 1)
