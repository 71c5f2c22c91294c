"""Switches on answering machines, which only calls with detection reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowc.diagnostics.findings import Finding, Related
from flowc.flow.actions import Switch
from flowc.flow.graph import walked
from flowc.flow.model import ApiRequest, mentions
from flowc.flow.values import ToStep
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage

STAGE = Stage.GRAPH

_FACT, _DETECTION = "machine", "machine_detection"


def check(context: LintContext) -> Iterator[Finding]:
    """Report a switch on machine that no call with detection reaches (FC391).

    A flow without calls may be started by the author's own program, which may enable the detection.
    """
    switches = [switch for switch in context.of(Switch) if not switch.by_hours and switch.fact.value == _FACT]
    calls = [request for request in context.flow.requests if request.sender is not None]
    if not switches or not calls:
        return
    coming = [(call, _reached(context, call)) for call in calls]
    of_others = set(walked(context.graph.steps, context.graph.linked, mentions))
    for switch in switches:
        if switch in of_others:
            continue  # the calls of another flow may detect machines
        here = [call for call, actions in coming if switch in actions]
        if here and not any(_detects(call) == "true" for call in here):
            yield _finding(switch, here)


def _by_machine(switch: Switch) -> bool:
    return switch.fact.value == _FACT and not switch.by_hours


def _reached(context: LintContext, call: ApiRequest) -> set[object]:
    """Return the actions that a call may reach."""
    answer = call.answered_by("answer") or context.flow.entry
    begins = (answer.step,) if isinstance(answer, ToStep) else ()
    return set(walked(context.graph.steps, begins, mentions))


def _detects(call: ApiRequest) -> str:
    setting = call.setting(_DETECTION)
    return str(setting.value) if setting else ""


def _finding(switch: Switch, calls: Sequence[ApiRequest]) -> Finding:
    cases = switch.then.cases if switch.then else ()
    at = cases[0].at if cases else switch.fact.at
    for call in calls:
        if setting := call.setting(_DETECTION):
            message = f"a machine never reaches this switch: the call {call.name} ends when a machine answers"
            help_ = f"Write {_DETECTION}: true in the call, or remove this switch."
            return Finding("FC391", at, message, help_, (Related(setting.at, "this ends the call"),))
    message = "no call that reaches this switch detects machines"
    help_ = f"Add {_DETECTION}: true to the call, or remove this switch."
    return Finding("FC391", at, message, help_, (Related(calls[0].at, "this call reaches it"),))
