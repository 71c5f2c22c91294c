"""What of a flow the scenarios have tried: its steps, and the ways that a call can take from every choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from flowc.diagnostics.source import NodeRef
from flowc.simulate.decisions import Ended
from flowc.simulate.documents import Page
from flowc.simulate.explore import OTHER, Explorer, ExplorerState, SwitchDecision, Switched
from flowc.simulate.player import Played


class OutcomeCoverage(NamedTuple):
    """An outcome of an action, and whether it was played, or another one that leads to the same place.

    `at` is where the action is written; of a switch, which no document need hold, only the `line` is known.
    """

    action: str
    at: NodeRef | None
    outcome: str
    tried: bool
    line: int = 0


@dataclass(frozen=True)
class Coverage:
    """The steps and ways of a flow on a target, and which of them were tried."""

    steps: tuple[tuple[str, bool], ...]
    ways: tuple[OutcomeCoverage, ...]

    @property
    def percent(self) -> float:
        """How many of the steps and ways were tried, each counting alike, in percent; all of none."""
        tried = [reached for _, reached in self.steps] + [way.tried for way in self.ways]
        return 100 * sum(tried) / len(tried) if tried else 100.0


def cover(
    explorer: Explorer, starts: Iterable[ExplorerState], played: Iterable[Played], steps: Iterable[str]
) -> Coverage:
    """What these scenarios, played on the explorer's target, have tried, of all that can come of these beginnings."""
    seen: dict[tuple[str, int], set[str]] = {}
    reached: set[str] = set()
    switched: set[Switched] = set()
    for call in played:
        reached |= set(call.steps)
        switched |= {found for entry in call.log if (found := explorer.switched(entry)) is not None}
        for page, element, outcome in call.outcomes:
            seen.setdefault((page, element), set()).add(outcome)
    ways: dict[tuple[object, str], OutcomeCoverage] = {}
    for _, turn in explorer.all(*starts):
        for one in turn.switched:
            path = one.switch.route.path
            ways |= {(path, way.outcome): way for way in _switch_ways(one.switch, switched)}
        if turn.asks is None or turn.page is None:
            continue
        at = _place(turn.page, turn.element)
        mine = seen.get((turn.page.name, turn.element), set())
        if mine - turn.ways.keys() - {"hangup"}:
            mine.add("no-match")
        leads = {
            outcome: way.to.what if isinstance(way.to, Ended) else way.to.key for outcome, way in turn.ways.items()
        }
        tried = {leads[outcome] for outcome in mine if outcome in leads}
        for outcome, to in leads.items():
            # The tries of one gather are one action to its author.
            key = (at or (turn.page.name, turn.element), outcome)
            known = ways.get(key)
            ways[key] = OutcomeCoverage(turn.asks.what, at, outcome, to in tried or (known is not None and known.tried))
    return Coverage(tuple((step, step in reached) for step in steps), tuple(ways.values()))


def _switch_ways(switch: SwitchDecision, switched: Iterable[Switched]) -> Iterator[OutcomeCoverage]:
    """The cases of a switch: tried is one if it was played, or another that leads to the same place."""
    route = switch.route
    leads = {case.value: case.document for case in route.cases}
    tried = {one.to for one in switched if one.switch == switch}
    for value in (*switch.values, OTHER):
        to = leads.get(value, route.default)
        yield OutcomeCoverage("switch", None, f"{switch.fact} {value}", to in tried, route.source.line)


def _place(page: Page, element: int) -> NodeRef | None:
    return page.places[element] if element < len(page.places) else None
