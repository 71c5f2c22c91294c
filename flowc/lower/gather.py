"""Lowers a gather: a prompt, an input, and the further tries.

A file has no memory, so each try has its own document and its own route. Document k contains the gathers of the tries k
to the last, since the carrier continues with the next element after silence; the wrong-key route of try i leads to
document i+1.
"""

from __future__ import annotations

from functools import partial

from flowc.flow.actions import Action, Gather
from flowc.flow.values import Duration, Setting, Then, is_keys
from flowc.lower.action import carried, lower_prompt, node
from flowc.lower.context import Field, Lowering, Nodes
from flowc.lower.ir import DocId, Next, Node, RouteCase

#: For a timeout of the whole input that the author does not give: what each key after the first adds, and the least
#: time to speak (milliseconds).
_FURTHER_KEY = 1000
_SPEECH = 15_000


def lower_gather(context: Lowering, gather: Gather) -> Nodes:
    """Return the nodes of a gather for its step's document: the first try, and the later ones for silence."""
    context.take(gather, "least", "most", "digits_at", "tries", "finish_on")
    context.take(gather, "prompt", "again_after_silence", "again_after_wrong")
    return _tries(context, gather, 1, ())


def _tries(context: Lowering, gather: Gather, first: int, before: tuple[Action, ...]) -> Nodes:
    """Return the gathers of the tries from `first` (with `before` before its prompt), and the end after silence."""
    nodes: list[Node] = []
    for number in range(first, gather.tries + 1):
        said = before if number == first else gather.again_after_silence
        nodes.append(_gather(context, gather, number, said))
    if gather.then is not None:
        nodes += context.go(gather.then.of(context.profile.result(gather.verb).empty), gather)
    return tuple(nodes)


def _gather(context: Lowering, gather: Gather, number: int, said: tuple[Action, ...]) -> Node:
    to = None
    if gather.action is None:
        to = _route(context, gather, number, gather.then or Then((), None, gather.at))
    keys: tuple[Field, ...] = ()
    if gather.takes_keys:
        keys = (Setting("digits", gather.most, gather.digits_at), gather.finish_on)
    children = lower_prompt(context, gather.verb, (*said, *gather.prompt))
    fields = tuple(_long_enough(context, gather, field) for field in carried(context, gather))
    return node(context, gather, *keys, to=to, children=children, fields=fields)


def _long_enough(context: Lowering, gather: Gather, field: Field) -> Field:
    """Return a field as it is, except for the default timeout if the carrier limits the whole input.

    In the language, the timeout is the time of silence: it grows with the requested input, up to the carrier's maximum.
    """
    if field.name != "timeout" or field.at != gather.at or not isinstance(field.value, Duration):
        return field
    block = [(own.name, own.value) for own in gather.block(context.profile.name)]
    spelling = context.profile.spelling(gather.verb, block, field.name)
    if spelling is None or not context.profile.has_total_timeout(gather.verb, block):
        return field
    keys = field.value.ms + (gather.keys - 1) * _FURTHER_KEY if gather.takes_keys else 0
    time = max(keys, _SPEECH if gather.takes_speech else 0)
    return field._replace(value=Duration(time if spelling.longest is None else min(time, spelling.longest)))


def _route(context: Lowering, gather: Gather, number: int, then: Then) -> Next:
    result = context.profile.result(gather.verb)
    last = number == gather.tries
    any_input = next((case for case in then.cases if case.outcome == "digits"), None)
    # Speech is reported without keys; if the gather takes no speech, a request without keys is silence.
    if gather.takes_speech:
        silent = context.document(then.of("speech"), gather)
    elif last:
        silent = context.document(then.of(result.empty), gather)
    else:
        silent = _again(context, gather, number, "silence")
    if not gather.takes_keys:
        wrong = silent
    elif any_input or last:
        wrong = context.document(any_input.to if any_input else then.of(result.otherwise), gather)
    else:
        wrong = _again(context, gather, number, "try")
    cases = (RouteCase(case.outcome, context.document(case.to, gather)) for case in then.cases if is_keys(case.outcome))
    return context.route(gather.verb, gather, number, result.parameter, cases, silent, wrong)


def _again(context: Lowering, gather: Gather, number: int, role: str) -> DocId:
    """Return the document of the try after `number`, which may begin differently after silence and a wrong key."""
    said = gather.again_after_wrong if role == "try" else gather.again_after_silence
    if role == "silence" and _words(gather.again_after_silence) == _words(gather.again_after_wrong):
        role = "try"
    name = DocId(gather.id.step, role, gather.id.ordinal, number + 1)
    return context.hoist(name, partial(_tries, context, gather, number + 1, said), gather.at, gather.line)


def _words(actions: tuple[Action, ...]) -> list[tuple[object, ...]]:
    return [(action.verb, *((setting.name, setting.value) for setting in action.settings)) for action in actions]
