"""Coverage of a flow by its scenarios: which steps they reached, and which outcomes of each action they tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowc.bundle.routing import case_of
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import NodeRef, origin
from flowc.flow.model import Flow
from flowc.flow.verbs import SWITCH
from flowc.simulate.call_log import Ended, EndReason
from flowc.simulate.choices import NO_MATCH
from flowc.simulate.documents import Page
from flowc.simulate.explore import Explorer, ExplorerState, SwitchDecision, Switched
from flowc.simulate.player import Played
from flowc.simulate.rules import Does


class OutcomeCoverage(NamedTuple):
    """An outcome of an action, and whether it was tried, or another one that leads to the same place.

    `at` is where the action is written; of a switch, which need not be in any document, only the `line` is known.
    """

    action: str
    at: NodeRef | None
    outcome: str
    tried: bool
    line: int = 0


@dataclass(frozen=True)
class Coverage:
    """The steps and outcomes of a flow on a target, and which of them were tried."""

    steps: tuple[tuple[str, bool], ...]
    outcomes: tuple[OutcomeCoverage, ...]

    @property
    def percent(self) -> float:
        """The share of steps and outcomes that were tried, each counting alike, in percent; 100 if there are none."""
        tried = [reached for _, reached in self.steps] + [outcome.tried for outcome in self.outcomes]
        return 100 * sum(tried) / len(tried) if tried else 100.0


def cover(
    explorer: Explorer,
    starts: Iterable[ExplorerState],
    played: Iterable[Played],
    steps: Iterable[str],
    flow: Flow | None = None,
) -> Coverage:
    """Return what these scenarios, played on the explorer's target, have tried of all calls that begin at `starts`.

    With the flow, only its own steps count, and what is written once counts once: the steps of a part that several
    uses write out, the times of a repetition, and the rows of a table.
    """
    written = _WrittenOnce(flow)
    prefix = f"{flow.name}/" if flow is not None else ""
    seen: dict[tuple[str, int], set[str]] = {}
    reached: set[str] = set()
    switched: set[Switched] = set()
    for call in played:
        reached |= {step.removeprefix(prefix) for step in call.steps}
        switched |= {found for entry in call.log if (found := explorer.switched(entry)) is not None}
        for page, element, outcome in call.outcomes:
            seen.setdefault((page, element), set()).add(outcome)
    outcomes: dict[tuple[object, object], OutcomeCoverage] = {}
    for _, turn in explorer.all(*starts):
        for one in turn.switched:
            path = one.switch.route.path
            if flow is not None and one.switch.route.flow != flow.name:
                continue
            outcomes |= {(path, case.outcome): case for case in _switch_outcomes(one.switch, switched)}
        if turn.pending is None or turn.page is None or (flow is not None and turn.page.flow != flow.name):
            continue
        at = written.place(_place(turn.page, turn.element))
        own = seen.get((turn.page.name, turn.element), set())
        if own - turn.outcomes.keys() - {EndReason.HANGUP}:
            own.add(NO_MATCH)
        leads = {
            outcome: transition.to.what if isinstance(transition.to, Ended) else transition.to.key
            for outcome, transition in turn.outcomes.items()
        }
        tried = {leads[outcome] for outcome in own if outcome in leads}
        for outcome, to in leads.items():
            if turn.pending.kind is Does.SERVER and outcome == EndReason.HANGUP:
                continue  # nothing of the flow comes after it
            # The attempts of one gather are one action to its author.
            # A server that an action leaves the call to is another decision.
            key = ((turn.pending.kind, at or (turn.page.name, turn.element)), written.outcome(at, outcome))
            known = outcomes.get(key)
            is_tried = to in tried or (known is not None and known.tried)
            shown = known.outcome if known is not None else outcome
            outcomes[key] = OutcomeCoverage(turn.pending.kind, at, shown, is_tried)
    groups: dict[object, tuple[str, bool]] = {}
    for step in steps:
        first, known_reached = groups.get(written.step(step), (step, False))
        groups[written.step(step)] = (first, known_reached or step in reached)
    return Coverage(tuple(groups.values()), tuple(outcomes.values()))


class _WrittenOnce:
    """What of a flow is written once: by the places of steps and actions, and the rows of tables."""

    def __init__(self, flow: Flow | None) -> None:
        steps = flow.steps if flow is not None else ()
        self._steps = {step.name: origin(step.at).at for step in steps}
        self._rows = {
            (origin(action.at).at, case.outcome): case.row
            for step in steps
            for action in step.actions
            if action.then is not None
            for case in action.then.cases
            if case.row is not None
        }

    def place(self, at: NodeRef | None) -> NodeRef | None:
        """Return where an action is written."""
        found = origin(at).at if at is not None else None
        return found if isinstance(found, NodeRef) else at

    def outcome(self, at: NodeRef | None, outcome: str) -> object:
        """Return an outcome, or the rows of a table to which it belongs."""
        return self._rows.get((at, outcome), outcome) if at is not None else outcome

    def step(self, name: str) -> object:
        """Return where a step is written."""
        return self._steps.get(name, name)


def _switch_outcomes(switch: SwitchDecision, switched: Iterable[Switched]) -> Iterator[OutcomeCoverage]:
    """Yield the cases of a switch; one is tried if it was played, or another that leads to the same document."""
    route = switch.route
    tried = {one.to for one in switched if one.switch == switch}
    for value in switch.values:
        case = case_of(route, value)
        to = case.document if case else route.default
        yield OutcomeCoverage(SWITCH, None, f"{switch.name} {value}", to in tried, route.source.line)


def _place(page: Page, element: int) -> NodeRef | None:
    return page.places[element] if element < len(page.places) else None
