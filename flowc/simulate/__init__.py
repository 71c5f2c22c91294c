"""Simulates calls: runs compiled documents by the rules of each carrier.

A bundle comes in; played scenarios, explored calls and coverage go out. Only `flowc.serve` and `flowc.cli` import it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from flowc.bundle.manifest import FlowEntry, Manifest
from flowc.driver.results import Bundle
from flowc.emit.paths import path_of_step
from flowc.flow.links import Links
from flowc.flow.model import Flow
from flowc.flow.scenario import Scenario
from flowc.flow.scenario_time import used_hours
from flowc.lower.ir import OWN_METHOD
from flowc.profiles.targets import Targets
from flowc.simulate.documents import BundleFetcher
from flowc.simulate.entry_points import INCOMING, EntryPoint, Opening, read_opening
from flowc.simulate.explore import Explorer, ExplorerState, is_switch
from flowc.simulate.player import Player
from flowc.simulate.rules import Rules, read_rules, sound_files
from flowc.simulate.server import returns_of
from flowc.simulate.source_map import SourceMap


@dataclass(frozen=True, eq=False)
class Trial:
    """One flow on one target, ready to be played and explored, with its scenarios.

    `others` are the trials of flows whose calls may continue in it, and `entrances` are where they enter it.
    """

    flow: Flow
    entry: FlowEntry
    scenarios: tuple[Scenario, ...]
    player: Player
    explorer: Explorer
    entrances: tuple[Opening, ...] = ()
    others: tuple[Trial, ...] = ()

    def begin(self) -> ExplorerState:
        """Return where incoming calls begin."""
        return ExplorerState(None, opening=self.player.openings[INCOMING])

    def own_starts(self) -> list[ExplorerState]:
        """Return where calls of this flow begin: incoming ones first, outgoing ones, and fallbacks."""
        openings = self.player.openings.values()
        fallbacks = dict.fromkeys(opening.fallback for opening in openings if opening.fallback)
        return [ExplorerState(None, opening=one) for one in (*openings, *map(Opening, fallbacks))]

    def starts(self) -> list[ExplorerState]:
        """Return where all calls begin: those of this flow, and those of other flows that continue in it."""
        return [*self.own_starts(), *(ExplorerState(None, opening=one) for one in self.entrances)]

    def steps(self) -> list[str]:
        """Return the steps that a call can reach, in the order of the file; only messages reach the others."""
        reached = set()
        source = self.player.source
        for state, turn in self.explorer.all(*self.starts()):
            reached |= {source.step_at(state.page, state.element)} if state.page is not None else set()
            reached |= {source.named(one.switch.route.flow, one.switch.route.step) for one in turn.switched}
            reached |= {step for entry in turn.log for step in source.steps_of(entry)}
            reached |= {source.step_at(turn.page, turn.element)} if turn.page is not None else set()
        reached |= {outer for step in reached for outer in source.around(step)}
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
    returns = {one.path: returns_of(one, bundle.manifest.steps) for one in bundle.checked.plan.documents}
    audio = sound_files(bundle.manifest)
    rules = {
        name: replace(read_rules(targets.layers(name)), audio=audio)
        for name in {entry.target for entry in bundle.manifest.flows}
    }
    links = bundle.checked.links
    switches = {route.url: route for route in bundle.manifest.routes if is_switch(route)}
    found: list[Trial] = []
    for entry in bundle.manifest.flows:
        own = rules[entry.target]
        flow = flows[entry.flow]
        openings = dict(_openings(own, bundle.manifest, entry, {request.name for request in flow.requests}))
        linked = tuple(links.of(flow).flows.values())
        calendars = used_hours(flow, *linked)
        fetch = BundleFetcher(
            manifest=bundle.manifest,
            files=bundle.files,
            rules=own,
            places=places,
            calendars=calendars,
            returns=returns,
        )
        source = SourceMap(flow, switches, linked)
        player = Player(
            flow=flow,
            target=entry.target,
            rules=own,
            fetch=fetch,
            openings=openings,
            source=source,
            calendars=calendars,
        )
        scenarios = tuple(one for one in bundle.checked.scenarios[flow.name] if one.is_for(entry.target))
        explorer = Explorer(own, fetch, bundle.manifest)
        entrances = tuple(_entrances(bundle, bundle.manifest, entry))
        trial = Trial(
            flow=flow, entry=entry, scenarios=scenarios, player=player, explorer=explorer, entrances=entrances
        )
        found.append(trial)
    for trial in found:
        yield replace(trial, others=tuple(other for other in found if _leads(links, other, trial)))


def _leads(links: Links, origin: Trial, to: Trial) -> bool:
    """Whether calls of one flow may continue in another one, on the same target."""
    return origin.entry.target == to.entry.target and to.flow.name in links.of(origin.flow).flows


def _entrances(bundle: Bundle, manifest: Manifest, entry: FlowEntry) -> Iterator[Opening]:
    """Yield where calls of other flows enter a flow."""
    for step in sorted(bundle.checked.programs[entry.flow, entry.target].linked):
        yield Opening(EntryPoint(f"{manifest.base_url}/{path_of_step(entry.target, entry.flow, step)}", OWN_METHOD))


def _openings(
    rules: Rules, manifest: Manifest, entry: FlowEntry, names: Collection[str]
) -> Iterator[tuple[str, Opening]]:
    """Yield the openings of a flow's calls: of incoming ones, and of outgoing ones by their names in the flow.

    The numbered requests of one call open alike.
    """
    yield INCOMING, Opening(EntryPoint(entry.answer_url, entry.answer_method))
    for request in manifest.requests:
        if (request.flow, request.target) == (entry.flow, entry.target) and request.kind in rules.openings:
            own = request.name if request.name in names else request.name.rpartition("/")[0]
            yield own if request.kind == "call" else INCOMING, read_opening(rules, request.kind, request.body)
