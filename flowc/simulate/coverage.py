"""Coverage of a flow by its scenarios: which steps they reached, and which outcomes of each action they tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.flow.verbs import SWITCH
from flowc.simulate.call_log import Ended, EndReason
from flowc.simulate.documents import Page
from flowc.simulate.explore import NO_MATCH, OTHER, Explorer, ExplorerState, SwitchDecision, Switched
from flowc.simulate.player import Played


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
    explorer: Explorer, starts: Iterable[ExplorerState], played: Iterable[Played], steps: Iterable[str]
) -> Coverage:
    """Return what these scenarios, played on the explorer's target, have tried of all calls that begin at `starts`."""
    seen: dict[tuple[str, int], set[str]] = {}
    reached: set[str] = set()
    switched: set[Switched] = set()
    for call in played:
        reached |= set(call.steps)
        switched |= {found for entry in call.log if (found := explorer.switched(entry)) is not None}
        for page, element, outcome in call.outcomes:
            seen.setdefault((page, element), set()).add(outcome)
    outcomes: dict[tuple[object, str], OutcomeCoverage] = {}
    for _, turn in explorer.all(*starts):
        for one in turn.switched:
            path = one.switch.route.path
            outcomes |= {(path, case.outcome): case for case in _switch_outcomes(one.switch, switched)}
        if turn.pending is None or turn.page is None:
            continue
        at = _place(turn.page, turn.element)
        own = seen.get((turn.page.name, turn.element), set())
        if own - turn.outcomes.keys() - {EndReason.HANGUP}:
            own.add(NO_MATCH)
        leads = {
            outcome: transition.to.what if isinstance(transition.to, Ended) else transition.to.key
            for outcome, transition in turn.outcomes.items()
        }
        tried = {leads[outcome] for outcome in own if outcome in leads}
        for outcome, to in leads.items():
            # The attempts of one gather are one action to its author.
            key = (at or (turn.page.name, turn.element), outcome)
            known = outcomes.get(key)
            is_tried = to in tried or (known is not None and known.tried)
            outcomes[key] = OutcomeCoverage(turn.pending.kind, at, outcome, is_tried)
    return Coverage(tuple((step, step in reached) for step in steps), tuple(outcomes.values()))


def _switch_outcomes(switch: SwitchDecision, switched: Iterable[Switched]) -> Iterator[OutcomeCoverage]:
    """Yield the cases of a switch; one is tried if it was played, or another that leads to the same document."""
    route = switch.route
    leads = {case.value: case.document for case in route.cases}
    tried = {one.to for one in switched if one.switch == switch}
    for value in (*switch.values, OTHER):
        to = leads.get(value, route.default)
        yield OutcomeCoverage(SWITCH, None, f"{switch.fact} {value}", to in tried, route.source.line)


def _place(page: Page, element: int) -> NodeRef | None:
    return page.places[element] if element < len(page.places) else None
