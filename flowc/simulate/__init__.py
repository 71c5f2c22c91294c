"""Simulates calls: runs compiled documents by the rules of each carrier.

A bundle comes in; played scenarios, explored calls and coverage go out. Only `flowc.serve` and `flowc.cli` import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowc.bundle.manifest import FlowEntry, Manifest
from flowc.driver.results import Bundle
from flowc.flow.actions import HOURS
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.flow.verbs import SWITCH
from flowc.profiles.targets import Targets
from flowc.simulate.documents import BundleFetcher
from flowc.simulate.entry_points import INCOMING, EntryPoint, Opening, read_opening
from flowc.simulate.explore import Explorer, ExplorerState
from flowc.simulate.player import Player
from flowc.simulate.rules import Rules, read_rules
from flowc.simulate.source_map import SourceMap


@dataclass(frozen=True, eq=False)
class Trial:
    """One flow on one target, ready to be played and explored, with its scenarios."""

    flow: Flow
    entry: FlowEntry
    scenarios: tuple[Scenario, ...]
    player: Player
    explorer: Explorer

    def begin(self) -> ExplorerState:
        """Return where incoming calls begin."""
        return ExplorerState(None, opening=self.player.openings[INCOMING])

    def starts(self) -> list[ExplorerState]:
        """Return where all calls begin: incoming ones first, outgoing ones, and those that a fallback answers."""
        openings = self.player.openings.values()
        fallbacks = dict.fromkeys(opening.fallback for opening in openings if opening.fallback)
        return [ExplorerState(None, opening=one) for one in (*openings, *map(Opening, fallbacks))]

    def steps(self) -> list[str]:
        """Return the steps that a call can reach, in the order of the file; only messages reach the others."""
        reached = set()
        source = self.player.source
        for state, turn in self.explorer.all(*self.starts()):
            reached |= {source.step_at(state.page, state.element)} if state.page is not None else set()
            reached |= {one.switch.route.step for one in turn.switched}
            reached |= {step for entry in turn.log for step in source.steps_of(entry)}
            reached |= {source.step_at(turn.page, turn.element)} if turn.page is not None else set()
        return [step.name for step in self.flow.steps if step.name in reached]


def trials(bundle: Bundle, targets: Targets) -> Iterator[Trial]:
    """Yield the flows of a bundle without errors, on each of their targets.

    Raises RulesError if a target has no rules for its carrier.
    """
    assert bundle.manifest is not None and bundle.files is not None and bundle.checked.plan is not None
    flows = {flow.name: flow for flow in bundle.checked.flows.values()}
    places = {
        planned.path: tuple(element.at for element in planned.document.elements)
        for planned in bundle.checked.plan.documents
    }
    rules = {name: read_rules(targets.layers(name)) for name in {entry.target for entry in bundle.manifest.flows}}
    switches = {route.url: route.step for route in bundle.manifest.routes if route.kind in (SWITCH, HOURS)}
    for entry in bundle.manifest.flows:
        own = rules[entry.target]
        flow = flows[entry.flow]
        fetch = BundleFetcher(bundle.manifest, bundle.files, own.root, places, flow.calendars)
        openings = dict(_openings(own, bundle.manifest, entry))
        source = SourceMap(flow, switches)
        player = Player(flow=flow, target=entry.target, rules=own, fetch=fetch, openings=openings, source=source)
        scenarios = tuple(one for one in bundle.checked.scenarios[flow.name] if one.is_for(entry.target))
        yield Trial(flow, entry, scenarios, player, Explorer(own, fetch, bundle.manifest))


def _openings(rules: Rules, manifest: Manifest, entry: FlowEntry) -> Iterator[tuple[str, Opening]]:
    """Yield the openings of a flow's calls: of incoming ones, and of outgoing ones by their names."""
    yield INCOMING, Opening(EntryPoint(entry.answer_url, entry.answer_method))
    for request in manifest.requests:
        if (request.flow, request.target) == (entry.flow, entry.target) and request.kind in rules.openings:
            name = request.name if request.kind == "call" else INCOMING
            yield name, read_opening(rules, request.kind, request.body)
