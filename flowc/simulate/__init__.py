"""Calls without a telephone: what was compiled, run by the carriers' rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowc.bundle.manifest import FlowEntry, Manifest
from flowc.driver.results import Bundle
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.profiles.targets import Targets
from flowc.simulate.explore import SWITCH, Explorer, ExplorerState
from flowc.simulate.opening import INCOMING, EntryPoint, Opening, read_opening
from flowc.simulate.page import BundleFetcher
from flowc.simulate.play import Player
from flowc.simulate.rules import Rules, read_rules


@dataclass(frozen=True, eq=False)
class Trial:
    """One flow on one target, ready to be played and explored, with the scenarios that are played there."""

    flow: Flow
    entry: FlowEntry
    scenarios: tuple[Scenario, ...]
    player: Player
    explorer: Explorer

    def begin(self) -> ExplorerState:
        """Where calls begin that come in."""
        return ExplorerState(None, opening=self.player.openings[INCOMING])

    def starts(self) -> list[ExplorerState]:
        """Where calls begin: those that come in first, those that are made, and those that a fallback answers."""
        openings = self.player.openings.values()
        fallbacks = dict.fromkeys(opening.fallback for opening in openings if opening.fallback)
        return [ExplorerState(None, opening=one) for one in (*openings, *map(Opening, fallbacks))]

    def steps(self) -> list[str]:
        """The steps that a call can reach, in the order of writing; others are there for messages."""
        reached = set()
        for spot, turn in self.explorer.all(*self.starts()):
            reached |= {self.player.step_at(spot.page, spot.element)} if spot.page is not None else set()
            reached |= {one.switch.route.step for one in turn.switched}
            reached |= {step for entry in turn.log for step in self.player.steps_of(entry)}
            reached |= {self.player.step_at(turn.page, turn.element)} if turn.page is not None else set()
        return [step.name for step in self.flow.steps if step.name in reached]


def trials(bundle: Bundle, targets: Targets) -> Iterator[Trial]:
    """The flows of a bundle without errors, on each of their targets.

    Raises RulesError if nothing says how a target's carrier runs its documents.
    """
    assert bundle.manifest is not None and bundle.files is not None and bundle.checked.plan is not None
    flows = {flow.name: flow for flow in bundle.checked.flows.values()}
    places = {
        planned.path: tuple(element.at for element in planned.document.elements)
        for planned in bundle.checked.plan.documents
    }
    rules = {name: read_rules(targets.layers(name)) for name in {entry.target for entry in bundle.manifest.flows}}
    switches = {route.url: route.step for route in bundle.manifest.routes if route.kind == SWITCH}
    for entry in bundle.manifest.flows:
        own = rules[entry.target]
        fetch = BundleFetcher(bundle.manifest, bundle.files, own.root, places)
        flow = flows[entry.flow]
        openings = dict(_openings(own, bundle.manifest, entry))
        player = Player(flow=flow, target=entry.target, rules=own, fetch=fetch, openings=openings, switches=switches)
        scenarios = tuple(one for one in bundle.checked.scenarios[flow.name] if one.is_for(entry.target))
        yield Trial(flow, entry, scenarios, player, Explorer(own, fetch, bundle.manifest))


def _openings(rules: Rules, manifest: Manifest, entry: FlowEntry) -> Iterator[tuple[str, Opening]]:
    """How calls of a flow begin: those that come in, and by their names those that are made."""
    yield INCOMING, Opening(EntryPoint(entry.answer_url, entry.answer_method))
    for request in manifest.requests:
        if (request.flow, request.target) == (entry.flow, entry.target) and request.kind in rules.openings:
            name = request.name if request.kind == "call" else INCOMING
            yield name, read_opening(rules, request.kind, request.body)
