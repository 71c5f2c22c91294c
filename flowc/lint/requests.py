"""What is sent to the carrier's API: whom a call calls, and what answers a text message."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding, Related
from flowc.diagnostics.wording import listing, shown
from flowc.flow.model import ApiRequest, Step
from flowc.flow.values import Callee, ToStep
from flowc.lint.subject import Subject

_MESSAGE = "message"


def check(subject: Subject) -> Iterator[Finding]:
    """FC373 a message's step that does more, FC374 called twice, FC375 the caller called, FC376 more than a number."""
    for request in subject.flow.requests:
        yield from _people(request)
        for callee in request.to:
            yield from _alone(callee)
        to = request.answered_by(_MESSAGE)
        if isinstance(to, ToStep) and to.step in subject.graph.steps:
            yield from _message(subject.graph.steps[to.step], to)


def _people(request: ApiRequest) -> Iterator[Finding]:
    first: dict[str, Callee] = {}
    for callee in request.to:
        known = first.setdefault(callee.address, callee)
        if known is not callee and callee.kind:
            message = f"{shown(callee.address)} is called twice"
            help_ = "Take one of them out: both calls are made at once."
            yield Finding("FC374", callee.mentioned, message, help_, (Related(known.mentioned, "the other one"),))
    sender = request.sender
    if sender is not None and sender.kind and sender.address in first:
        callee = first[sender.address]
        message = f"{shown(callee.address)} is called, and is the caller ID too"
        help_ = "Take it out, or call from another number."
        yield Finding("FC375", callee.mentioned, message, help_, (Related(sender.at, "the caller ID"),))


def _alone(callee: Callee) -> Iterator[Finding]:
    """What the phone book says of a number beside its address has no place in a request."""
    more = [setting.name for setting in callee.settings if setting.name not in ("username", "password", "status_on")]
    more += ["auth"] if any(setting.name == "username" for setting in callee.settings) else []
    more += [callback.name for callback in callee.callbacks] + (["confirm"] if callee.confirm else [])
    more += [block.target for block in callee.blocks]
    if more:
        message = f"{callee.name} has {listing(more, 'and')} in the phone book, and a call takes its number alone"
        help_ = "Write the number here; send_digits and sip_headers can stand on the call."
        yield Finding("FC376", callee.at, message, help_)


def _message(step: Step, to: ToStep) -> Iterator[Finding]:
    for action in step.actions:
        if action.verb != "sms":
            message = f"the step {step.name} answers a text message, and there is no call for {action.verb}"
            help_ = "Keep sms: alone in it; what needs more is for your own server."
            yield Finding("FC373", action.at, message, help_, (Related(to.at, "it is named here"),))
