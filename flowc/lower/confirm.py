"""Lowers a confirmation: the callee must press a key before the call is connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef
from flowc.flow.actions import Action, Confirm, Dial
from flowc.flow.values import Callee, Duration, Setting
from flowc.flow.verbs import GATHER, VERBS
from flowc.lower.action import lower_prompt, sound_field
from flowc.lower.context import Field, Lowering, Nodes, hangup
from flowc.lower.ir import DocId, NextSetting, Node, RouteCase, ToDoc
from flowc.lower.measures import file_ms
from flowc.profiles.rows import Unsupported
from flowc.profiles.speech import spoken_ms

_OPTION = "unconfirmed"
#: Seconds that a callee needs to press a key.
_TO_PRESS = 5


class CalleeFields(NamedTuple):
    """Fields for the node of a dial, and for each callee."""

    dial: tuple[Field, ...]
    callees: tuple[tuple[Field, ...], ...]


def confirmation(context: Lowering, dial: Dial, callees: tuple[Callee, ...]) -> CalleeFields:
    """Return what a confirmation adds to a dial to these callees, by the target's strategy; FC401 if it has none."""
    strategy = context.profile.strategies.confirm
    if not isinstance(strategy, Unsupported):
        return CONFIRM[strategy](context, dial, callees)
    for at in _asked(dial, callees):
        message = f"{context.profile.name} cannot ask for a key before the call is connected: {strategy.reason}"
        context.findings.append(Finding("FC401", at, message, strategy.help))
    return CalleeFields((), tuple(() for _ in callees))


def _asked(dial: Dial, callees: tuple[Callee, ...]) -> Iterable[NodeRef]:
    """Return where the flow demands that these callees confirm."""
    return dict.fromkeys(confirm.at for callee in callees if (confirm := callee.confirm or dial.confirm) is not None)


def _attributes(context: Lowering, dial: Dial, callees: tuple[Callee, ...]) -> CalleeFields:
    """Name the prompt's document, the key and the time on the dial; the carrier does the rest."""
    confirm = dial.confirm
    if len(callees) == 1:
        confirm = callees[0].confirm or confirm
    for callee in callees:
        if callee.confirm is not None and callee.confirm is not confirm:
            message = f"{context.profile.name} asks either all callees of a dial to confirm, or none"
            help_ = "Write confirm: on the dial, or ring: in-turn."
            context.findings.append(Finding("FC401", callee.confirm.at, message, help_))
    none = tuple(() for _ in callees)
    if confirm is None:
        return CalleeFields((), none)
    _check_time(context, confirm)
    # In turn, each confirmation of the phone book has its own document.
    own = 0 if confirm is dial.confirm else 1 + dial.to.index(callees[0])
    fields = (
        sound_field(context, dial, confirm.sound, "confirm_document", "confirm", own),
        confirm.key._replace(name="confirm_key"),
        confirm.timeout._replace(name="confirm_timeout"),
    )
    return CalleeFields(fields, none)


def _screen(context: Lowering, dial: Dial, callees: tuple[Callee, ...]) -> CalleeFields:
    """Name a document on each callee that plays the prompt, reads the key, and hangs up on anything else."""
    return CalleeFields((), tuple(_screened(context, dial, callee, len(callees)) for callee in callees))


def _screen_unsure(context: Lowering, dial: Dial, callees: tuple[Callee, ...]) -> CalleeFields:
    """Do as `_screen`, with a warning: it is not known whether the carrier reads keys in such a document."""
    for at in _asked(dial, callees):
        message = (
            f"it is not known whether {context.profile.name} reads a key before the call is connected: "
            "the interpreter on which it is based does not"
        )
        context.findings.append(Finding("FC406", at, message, "Try it with a call first, or leave confirm out."))
    return _screen(context, dial, callees)


def _screened(context: Lowering, dial: Dial, callee: Callee, together: int) -> tuple[Field, ...]:
    confirm = callee.confirm or dial.confirm
    if confirm is None or callee.whisper is not None:
        return ()
    _check_screening(context, dial, confirm, together)
    if confirm.sound.endpoint is not None:
        name = context.profile.name
        message = f"{name} needs a document from flowc that plays the prompt and reads the key"
        help_ = "Write the prompt as a list, such as prompt: [{say: Press 1 to accept.}]."
        context.findings.append(Finding("FC401", confirm.sound.at, message, help_))
    own = 0 if confirm is dial.confirm else 1 + dial.to.index(callee)
    document = DocId(dial.id.step, "screen", dial.id.ordinal, own)
    screen = context.hoist(document, partial(_screening, context, dial, confirm, own), confirm.at, dial.line)
    return (NextSetting("screen", ToDoc(screen), confirm.at),)


def _screening(context: Lowering, dial: Dial, confirm: Confirm, own: int) -> Nodes:
    accepted = context.hoist(DocId("", "accept"), tuple, confirm.at, dial.line)
    declined = context.end()
    result = context.profile.result(GATHER)
    key = str(confirm.key.value)
    to = context.route("confirm", dial, 1 + own, result.parameter, [RouteCase(key, accepted)], declined, declined)
    fields = (
        NextSetting("next", to, confirm.at),
        Setting("digits", 1, confirm.key.at),
        Setting("finish_on", "*" if key == "#" else "#", confirm.key.at),
        confirm.timeout,
    )
    # The prompt comes before an empty gather: inside it, a first play would break the callee's leg.
    prompt = lower_prompt(context, "confirm", confirm.sound.prompt)
    return (*prompt, Node(GATHER, confirm.at, fields), hangup(confirm.at))


def _check_screening(context: Lowering, dial: Dial, confirm: Confirm, together: int) -> None:
    strategies, name = context.profile.strategies, context.profile.name
    ends_call = strategies.declined == "ends-call"
    if ends_call and strategies.screens == "first-answered" and together > 1:
        message = (
            f"{name} asks only the first callee who answers, cancels the other calls at the answer, and ends the whole "
            "call if that callee does not confirm"
        )
        context.findings.append(
            Finding("FC404", confirm.at, message, "Dial one number, or use ring: in-turn, or leave confirm out.")
        )
    elif strategies.screens == "first-answered" and together > 1:
        message = f"{name} cancels the other calls when a callee answers, before that callee has confirmed"
        context.findings.append(Finding("FC410", confirm.at, message, "Dial one number, or use ring: in-turn."))
    elif ends_call and not any(setting.name == _OPTION for setting in dial.block(name)):
        message = f"{name} ends the whole call if the callee does not confirm; the outcomes of then: are not reached"
        context.findings.append(
            Finding("FC404", confirm.at, message, f"If that is acceptable, write {name}: {{{_OPTION}: hangup}}.")
        )
    limit = context.profile.limits.screening
    waiting = _ms(confirm.timeout) + sum(map(waited_ms, confirm.sound.prompt))
    if limit is not None and waiting >= limit * 1000:
        message = f"{name} ends the call after {limit} seconds of prompt and waiting; here they take {waiting // 1000}"
        context.findings.append(Finding("FC402", confirm.timeout.at, message, "Give the callee less time."))


def _check_time(context: Lowering, confirm: Confirm) -> None:
    """Check that a prompt leaves time to press the key, if the time starts with the answer."""
    timeout = confirm.timeout.value
    heard = sum(map(heard_ms, confirm.sound.prompt))
    if context.profile.prompts["confirm"].timed and isinstance(timeout, Duration) and heard >= timeout.ms > 0:
        message = (
            f"{context.profile.name} counts the time to confirm from the answer: the prompt takes about "
            f"{heard // 1000} s, and the callee has {timeout.ms / 1000:g}"
        )
        help_ = f"Shorten the prompt, or write timeout: {heard // 1000 + _TO_PRESS}s."
        context.findings.append(Finding("FC411", confirm.timeout.at, message, help_))


def waited_ms(action: Action) -> int:
    """Return how long the pauses of an action take, in milliseconds."""
    return sum(map(_ms, action.settings))


def _ms(setting: Setting) -> int:
    return setting.value.ms if isinstance(setting.value, Duration) else 0


def heard_ms(action: Action) -> int:
    """Return about how long an action of a prompt takes, in milliseconds."""
    text, length, loop, url = (action.setting(name) for name in ("text", "length", "loop", "url"))
    times = loop.value if loop is not None and isinstance(loop.value, int) else 1
    if length is not None and isinstance(length.value, Duration):
        return length.value.ms
    if VERBS[action.verb].timing == "file":
        return times * file_ms(url.value if url else None)
    return times * spoken_ms(str(text.value) if text else "")


#: Axis `confirm` of a target's strategies.
CONFIRM: dict[str, Callable[[Lowering, Dial, tuple[Callee, ...]], CalleeFields]] = {
    "attributes": _attributes,
    "screen": _screen,
    "screen-unsure": _screen_unsure,
}
