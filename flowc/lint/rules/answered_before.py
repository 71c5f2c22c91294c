"""Actions for a call that is not answered yet: preanswer and reject."""

from __future__ import annotations

from collections.abc import Iterator

from flowc.diagnostics.findings import Finding
from flowc.diagnostics.wording import listing
from flowc.flow.actions import Action, Goto, Notify, Switch
from flowc.flow.model import Flow, Step
from flowc.flow.values import Destination, Following, ToStep
from flowc.flow.verbs import VERBS, ends_step, hangs_up, verbs_with
from flowc.lint.context import LintContext
from flowc.lint.stage import Stage
from flowc.profiles.profile import Profile
from flowc.profiles.rows import Unsupported

STAGE = Stage.PATHS

_UNANSWERED = verbs_with(lambda verb: verb.unanswered)
_FIRST = "Put it first, in the step that entry: names."
_REJECT = (
    "reject has to be the first action of the call, or of a step that a switch as the first action leads to: "
    "move it there, or write hangup."
)


def check(context: LintContext) -> Iterator[Finding]:
    """Report a preanswer or a reject where the call is already answered (FC328)."""
    own = context.flow.steps if context.with_verbs(_UNANSWERED) else ()
    early = [(action, action.at, "this") for step in own for action in _early(step)]
    for reference in context.outgoing:
        if linked := context.graph.steps.get(reference.to.step):
            where = f"in {reference.to.step}"
            early += ((action, reference.to.mentioned, f"the {action.verb} {where}") for action in _early(linked))
    ringing = {profile.name: _ringing(context, profile) for profile in context.profiles} if early else {}
    for action, at, shown in early:
        answer = [name for name, reached in ringing.items() if action not in reached]
        help_ = _REJECT if hangs_up(action) else _FIRST
        if len(answer) == len(ringing):
            yield Finding("FC328", at, f"the call is answered before {shown} is reached", help_)
        elif answer:
            who = f"{listing(answer, 'and')} {'answer' if answer[1:] else 'answers'}"
            yield Finding("FC328", at, f"{who} the call before {shown} is reached", help_)


def _early(step: Step) -> Iterator[Action]:
    """Yield the actions of a step for a call that is not answered, up to its end; FC330 reports others."""
    for action in step.actions:
        if VERBS[action.verb].unanswered:
            yield action
        if ends_step(action):
            return


def _ringing(context: LintContext, profile: Profile) -> set[Action]:
    """Return the actions that a call can reach unanswered; unreachable and linked steps count as first steps."""
    steps = context.graph.steps
    reached: set[Action] = set()
    unreachable = (step.name for step in context.flow.steps if step.name not in context.graph.reachable)
    for name in (*unreachable, *context.graph.linked, *_incoming(context.flow)):
        actions = steps[name].actions if name in steps else ()
        first = next((action for action in _document(context, actions) if not isinstance(action, Goto)), None)
        reached.update(_unanswered(context, profile, actions))
        # The answer URL itself decides a first switch. A later one needs a redirect, which answers the call.
        if isinstance(first, Switch) and first.then is not None:
            for to in first.then.destinations():
                reached.update(_unanswered(context, profile, _actions(context, to, first)))
    return reached


def _incoming(flow: Flow) -> Iterator[str]:
    """Yield the steps that an incoming call can begin with."""
    starts = (url.to for request in flow.requests if request.sender is None for url in request.urls)
    yield from (to.step for to in (flow.entry, *starts) if isinstance(to, ToStep))


def _unanswered(context: LintContext, profile: Profile, actions: tuple[Action, ...]) -> Iterator[Action]:
    """Yield the first actions of a document, up to the one that answers the call."""
    begins = True
    for action in _document(context, actions):
        yield action
        begins = begins and isinstance(action, (Goto, Notify))
        if begins:
            continue  # the answer URL itself notifies; later, a redirect leads to what does
        # FC401 reports an action that the target does not have.
        known = isinstance(action, (Notify, Switch)) or not isinstance(profile.row(action.verb), Unsupported)
        if known and action.verb not in profile.ringing and not isinstance(action, Goto):
            return


def _document(context: LintContext, actions: tuple[Action, ...]) -> Iterator[Action]:
    """Yield the actions of one document; a goto to a step with its own document is the last."""
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
    """Return the actions to which a switch leads."""
    steps = context.graph.steps
    if isinstance(to, Following):
        return steps[switch.id.step].actions[switch.id.ordinal :]
    return steps[to.step].actions if isinstance(to, ToStep) and to.step in steps else ()
