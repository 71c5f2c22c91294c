"""Confirmation: the callee must press a key before the call is connected."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flowc.diagnostics import Finding
from flowc.ir import DocId, NextSetting, Node, RouteCase, ToDoc
from flowc.lower.context import Lowering, Nodes
from flowc.lower.extras import Extras
from flowc.lower.prompt import lower_prompt
from flowc.model import Confirm, Dial, Duration, Setting

_OPTION = "unconfirmed"


def confirmation(context: Lowering, dial: Dial) -> Extras:
    """What the dial's confirmation adds, by the target's strategy."""
    if dial.confirm is None:
        return Extras()
    return CONFIRM[context.profile.strategies.confirm](context, dial, dial.confirm)


def _attributes(context: Lowering, dial: Dial, confirm: Confirm) -> Extras:
    """The dial names a document that holds the prompt, the key and the time; the carrier does the rest."""
    name = DocId(dial.id.step, "confirm", dial.id.ordinal)
    method = context.profile.prompts["confirm"].fetched_by
    nodes = partial(lower_prompt, context, "confirm", confirm.prompt)
    prompt = ToDoc(context.hoist(name, nodes, confirm.at, dial.line, method))
    return Extras(
        dial=(
            NextSetting("confirm_document", prompt, confirm.at),
            confirm.key._replace(name="confirm_key"),
            confirm.timeout._replace(name="confirm_timeout"),
        )
    )


def _screen(context: Lowering, dial: Dial, confirm: Confirm) -> Extras:
    """Every callee names a document that plays the prompt, takes the key, and hangs up on anything else."""
    _check_screening(context, dial, confirm)
    name = DocId(dial.id.step, "screen", dial.id.ordinal)
    screen = ToDoc(context.hoist(name, partial(_screening, context, dial, confirm), confirm.at, dial.line))
    return Extras(callee=(NextSetting("screen", screen, confirm.at),))


def _screening(context: Lowering, dial: Dial, confirm: Confirm) -> Nodes:
    accepted = context.hoist(DocId("", "accept"), tuple, confirm.at, dial.line)
    declined = context.end()
    result = context.profile.results["gather"]
    key = str(confirm.key.value)
    to = context.route("confirm", dial, 1, result.parameter, [RouteCase(key, accepted)], declined, declined)
    fields = (
        NextSetting("next", to, confirm.at),
        Setting("digits", 1, confirm.key.at),
        Setting("finish_on", "*" if key == "#" else "#", confirm.key.at),
        confirm.timeout,
    )
    # The prompt stands before an empty gather: inside it, a first playing would break the callee's leg.
    prompt = lower_prompt(context, "confirm", confirm.prompt)
    return (*prompt, Node("gather", confirm.at, fields), Node("hangup", confirm.at))


def _check_screening(context: Lowering, dial: Dial, confirm: Confirm) -> None:
    strategies, name = context.profile.strategies, context.profile.name
    ends_call = strategies.declined == "ends-call"
    if ends_call and strategies.screens == "first-answered" and len(dial.to) > 1 and not dial.in_turn:
        message = (
            f"{name} asks only the first who answers, has then already given up the others, and ends the whole call "
            "when that one does not confirm"
        )
        context.findings.append(
            Finding("FC404", confirm.at, message, "Dial one number, or use ring: in-turn, or leave confirm out.")
        )
    elif ends_call and not any(setting.name == _OPTION for setting in dial.block(name)):
        message = f"{name} ends the whole call when the callee does not confirm; the outcomes of then: are not reached"
        context.findings.append(
            Finding("FC404", confirm.at, message, f"If that will do, say so: {name}: {{{_OPTION}: hangup}}.")
        )
    limit = context.profile.limits.screening
    waiting = sum(
        setting.value.ms
        for setting in (confirm.timeout, *(part for action in confirm.prompt for part in action.settings))
        if isinstance(setting.value, Duration)
    )
    if limit is not None and waiting >= limit * 1000:
        message = f"{name} ends the call after {limit} seconds of prompt and waiting; this one waits {waiting // 1000}"
        context.findings.append(Finding("FC402", confirm.timeout.at, message, "Give the callee less time."))


#: Axis `confirm` of a target's strategies.
CONFIRM: dict[str, Callable[[Lowering, Dial, Confirm], Extras]] = {"attributes": _attributes, "screen": _screen}
