"""What must come before the call is answered comes before it: preanswer and reject."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Goto, Switch
from flowc.flow.model import Flow, Step
from flowc.flow.values import Destination, Following, ToStep
from flowc.flow.verbs import VERBS, ends_step, hangs_up
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Unsupported

STAGE = Stage.PATHS

_FIRST = "Put it first, in the step that entry: names."
_REJECT = (
    "Only the first action of a call can reject it, or a step to which a switch leads that is the first action: "
    "move it there, or write hangup."
)


def check(context: LintContext) -> Iterator[Finding]:
    """FC328 a preanswer, or a reject, where the call is answered already."""
    early = [action for step in context.flow.steps for action in _run(step) if VERBS[action.verb].unanswered]
    ringing = {profile.name: _ringing(context, profile) for profile in context.profiles} if early else {}
    for action in early:
        answer = [name for name, reached in ringing.items() if action not in reached]
        help_ = _REJECT if hangs_up(action) else _FIRST
        if len(answer) == len(ringing):
            yield Finding("FC328", action.at, "the call is answered before this is reached", help_)
        elif answer:
            message = (
                f"{listing(answer, 'and')} {'answer' if answer[1:] else 'answers'} the call before this is reached"
            )
            yield Finding("FC328", action.at, message, help_)


def _run(step: Step) -> Iterator[Action]:
    """The actions of a step that can run; those after its end have a finding of their own."""
    for action in step.actions:
        yield action
        if ends_step(action):
            return


def _ringing(context: LintContext, profile: Profile) -> set[Action]:
    """The actions that a call can reach unanswered; steps that no call comes to are taken to begin so."""
    steps = context.graph.steps
    reached: set[Action] = set()
    for name in (*(steps.keys() - context.graph.reachable), *_incoming(context.flow)):
        actions = steps[name].actions if name in steps else ()
        first = next((action for action in _document(context, actions) if not isinstance(action, Goto)), None)
        reached.update(_unanswered(context, profile, actions))
        # The request for the answer URL decides by itself. A later switch needs a redirect, which answers the call.
        if isinstance(first, Switch) and first.then is not None:
            for to in first.then.destinations():
                reached.update(_unanswered(context, profile, _actions(context, to, first)))
    return reached


def _incoming(flow: Flow) -> Iterator[str]:
    """The steps that an incoming call can begin with."""
    starts = (url.to for request in flow.requests if request.sender is None for url in request.urls)
    yield from (to.step for to in (flow.entry, *starts) if isinstance(to, ToStep))


def _unanswered(context: LintContext, profile: Profile, actions: tuple[Action, ...]) -> Iterator[Action]:
    """The first actions of a document, up to the one that answers the call."""
    for action in _document(context, actions):
        yield action
        # An action that the target does not have is a fault of its own.
        known = isinstance(action, Switch) or not isinstance(profile.row(action.verb), Unsupported)
        if known and action.verb not in profile.ringing and not isinstance(action, Goto):
            return


def _document(context: LintContext, actions: tuple[Action, ...]) -> Iterator[Action]:
    """The actions that stand in one document; a goto to a step that has one of its own is the last."""
    position = 0
    while position < len(actions):
        action = actions[position]
        position += 1
        yield action
        if isinstance(action, Goto) and isinstance(action.to, ToStep) and action.to.step in context.graph.inlined:
            actions, position = context.graph.steps[action.to.step].actions, 0
        elif isinstance(action, Goto) and not isinstance(action.to, Following):
            return


def _actions(context: LintContext, to: Destination, switch: Switch) -> tuple[Action, ...]:
    """The actions to which a switch leads."""
    steps = context.graph.steps
    if isinstance(to, Following):
        return steps[switch.id.step].actions[switch.id.ordinal :]
    return steps[to.step].actions if isinstance(to, ToStep) and to.step in steps else ()
