"""What of a flow the scenarios have tried: its steps, and the ways that a call can take from every choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from flowc.simulate.choice import Ended
from flowc.simulate.explore import Explorer, Spot, Turn
from flowc.simulate.page import Page
from flowc.simulate.play import Played
from flowc.source import Place


class Way(NamedTuple):
    """An outcome of an action, and whether it was played, or another one that leads to the same place."""

    action: str
    at: Place | None
    outcome: str
    tried: bool


@dataclass(frozen=True)
class Coverage:
    """The steps and ways of a flow on a target, and which of them were tried."""

    steps: tuple[tuple[str, bool], ...]
    ways: tuple[Way, ...]

    @property
    def percent(self) -> float:
        """How many of the steps and ways were tried, each counting alike, in percent; all of none."""
        tried = [reached for _, reached in self.steps] + [way.tried for way in self.ways]
        return 100 * sum(tried) / len(tried) if tried else 100.0


def cover(
    explorer: Explorer, starts: Iterable[Spot | Ended], played: Iterable[Played], steps: Iterable[str]
) -> Coverage:
    """What these scenarios, played on the explorer's target, have tried, of all that can come of these beginnings."""
    seen: dict[tuple[str, int], set[str]] = {}
    reached: set[str] = set()
    for one in played:
        reached |= set(one.steps)
        for page, element, outcome in (*one.outcomes, *_switched(explorer, one)):
            seen.setdefault((page, element), set()).add(outcome)
    ways: dict[tuple[object, str], Way] = {}
    for _, turn in explorer.all(*starts):
        for switch in _switch_ways(explorer, turn, seen):
            same = (switch.at, switch.outcome)
            ways[same] = switch._replace(tried=switch.tried or (same in ways and ways[same].tried))
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
            ways[key] = Way(turn.asks.what, at, outcome, to in tried or (known is not None and known.tried))
    return Coverage(tuple((step, step in reached) for step in steps), tuple(ways.values()))


def _switch_ways(explorer: Explorer, turn: Turn, seen: Mapping[tuple[str, int], set[str]]) -> Iterator[Way]:
    """The cases of the switches of a turn: tried is one if it was played, or another that leads to the same place."""
    leads: dict[str, tuple[Spot, str]] = {}
    for outcome, way in turn.facts.items():
        if isinstance(way.to, Spot) and (asked := explorer.turn(way.to).log[0].asked) is not None:
            page = explorer.fetch(asked)
            leads[outcome] = way.to, page.name if isinstance(page, Page) else page.why
    for outcome, (spot, to) in leads.items():
        mine = {leads[one][1] for one in seen.get((spot.page.name, spot.element), ()) if one in leads}
        yield Way("switch", _place(spot.page, spot.element), outcome, to in mine)


def _place(page: Page, element: int) -> Place | None:
    return page.places[element] if element < len(page.places) else None


def _switched(explorer: Explorer, played: Played) -> Iterator[tuple[str, int, str]]:
    """The ways that switches of a call have taken, each with its document and element."""
    for entry in played.log:
        switch = explorer.switch_of(entry)
        if switch is not None and entry.page is not None and entry.asked is not None:
            value = entry.asked.parameters.get(switch.route.parameter, "")
            yield entry.page.name, entry.element, f"{switch.fact} {switch.tried(value)}"
