"""The passes over one flow that was read: analyze, lower and spell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flowc.diagnostics.codes import CODES
from flowc.diagnostics.findings import Finding, crash
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import Location
from flowc.diagnostics.wording import listing
from flowc.driver.results import ReadFlow
from flowc.emit.link import Unit
from flowc.emit.spell import spell
from flowc.flow.graph import Graph, build_graph
from flowc.flow.links import Links
from flowc.flow.model import Flow
from flowc.flow.scenario import check_scenarios
from flowc.flow.scenario_time import check_scenario_times, used_hours
from flowc.lint import analyze
from flowc.lint.context import LintContext
from flowc.lint.scenario_facts import check_scenario_facts
from flowc.lower import lower
from flowc.lower.ir import Program
from flowc.lower.limits import check_limits
from flowc.profiles.profile import Profile
from flowc.project.options import Options


class CompiledFlow(NamedTuple):
    """The units of one flow, one per target, and its findings."""

    units: list[Unit]
    findings: list[Finding]


class FlowCompiler:
    """Compiles the flows of one run, which may lead to each other, up to spelled programs."""

    def __init__(self, flows: Sequence[ReadFlow], parts: Sequence[ReadFlow], options: Options) -> None:
        """All flows of the run are read already, and the parts that are compiled alone."""
        self._options = options
        self._profiles = {one.flow: one.profiles for one in (*flows, *parts) if one.flow}
        self.links = Links((one.flow for one in flows if one.flow), (one.flow for one in parts if one.flow))
        is_whole = all(one.flow is not None for one in flows)
        self._names = frozenset(self.links.flows) if is_whole else None
        self._graphs: dict[Flow, Graph] = {}
        self._lowered: dict[tuple[Flow, str], tuple[Program, list[Finding]]] = {}

    def compile(self, read: ReadFlow) -> CompiledFlow:
        """Analyze one flow, then lower and spell it for each of its targets."""
        flow, profiles = read.flow, read.profiles
        if flow is None:
            return CompiledFlow([], [])
        links = self.links.of(flow)
        context = LintContext(
            flow=flow,
            graph=self._graph(flow),
            profiles=profiles,
            environment=self._options.environment,
            hosted=self._options.base_url,
            incomplete=read.incomplete,
            now=self._options.now,
            linked={name: frozenset(one.name for one in self._profiles[other]) for name, other in links.flows.items()},
            names=self._names,
        )
        compiled = self._compile(context)
        found = compiled.findings
        if read.scenarios:  # the checks collect what the flow contains first
            found += check_scenarios(flow, read.scenarios, links)
            found += check_scenario_facts(context, read.scenarios)
            if not read.incomplete:
                found += check_scenario_times(used_hours(flow, *links.flows.values()), read.scenarios)
        return CompiledFlow(compiled.units if read.is_played else [], read.alone(found) if read.alone else found)

    def _graph(self, flow: Flow) -> Graph:
        known = self._graphs.get(flow)
        if known is None:
            links = self.links.of(flow)
            known = self._graphs[flow] = build_graph(flow, links.steps, links.linked)
        return known

    def _compile(self, context: LintContext) -> CompiledFlow:
        flow, profiles = context.flow, context.profiles
        found = [] if profiles else self._no_targets(flow)
        found += analyze(context)
        units = []
        refused: dict[str, list[Finding]] = {}
        for profile in profiles:
            try:
                program, of_lowering = self._lower(flow, profile)
                spelled, of_spelling = spell(program, profile)
            except Exception as error:
                found.append(crash(f"compiling for {profile.name}", flow.at, error))
                continue
            # A flow with errors is not what its author means, so its limits are not checked.
            of_limits = () if _errors(found) else check_limits(flow, program, profile, self._further(flow, profile))
            refused[profile.name] = [*of_lowering, *of_spelling, *of_limits]
            units.append(Unit(flow, profile.name, spelled))
        # An error in the flow hides findings of targets at its place, and an error of targets hides doubts there.
        of_targets = _merge_targets(refused)
        wrong, impossible = _errors(found), _errors(of_targets)
        found = [finding for finding in found if finding.at in wrong or finding.at not in impossible]
        return CompiledFlow(units, [*found, *(finding for finding in of_targets if finding.at not in wrong)])

    def _lower(self, flow: Flow, profile: Profile) -> tuple[Program, list[Finding]]:
        key = flow, profile.name
        if key not in self._lowered:
            self._lowered[key] = lower(flow, self._graph(flow), profile)
        return self._lowered[key]

    def _further(self, flow: Flow, profile: Profile) -> list[Program]:
        """Return the flows in which a call may continue, as far as they are compiled for a target."""
        others = self.links.of(flow).flows.values()
        return [self._lower(other, profile)[0] for other in others if profile in self._profiles[other]]

    def _no_targets(self, flow: Flow) -> list[Finding]:
        if flow.targets:
            return []
        kind, places = ("part", "") if flow.at.key == "part" else ("flow", "in the flow or ")
        help_ = f"Write targets: {places}in flowc.yaml, or give --target."
        return [Finding("FC322", flow.at, f"this {kind} has no target", help_)]


def _errors(findings: Iterable[Finding]) -> set[Location]:
    """Return the locations of errors that cannot be disabled."""
    return {finding.at for finding in findings if CODES[finding.code].fixed}


def _merge_targets(refused: Mapping[str, list[Finding]]) -> list[Finding]:
    """Merge findings of several targets that differ only in the name of the target."""
    targets_of: dict[Finding, list[str]] = {}
    for target, findings in refused.items():
        for finding in findings:
            message = finding.message.removeprefix(target)
            merged = finding._replace(message=message)
            targets_of.setdefault(merged, []).append(target if message != finding.message else "")
    return [
        finding._replace(message=f"{_each(dict.fromkeys(targets))}{finding.message}")
        for finding, targets in targets_of.items()
    ]


def _each(targets: Iterable[str]) -> str:
    names = list(targets)
    return names[0] if len(names) == 1 else f"each of {listing(names, 'and')}"
