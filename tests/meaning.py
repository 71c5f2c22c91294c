"""What a flow means, held against what is compiled of it, without a word of how that is written.

A flow of `tests/meaning` says it itself: by its scenarios, which are played, and under `x-written`, `x-sent` and
`x-refused`. Besides, every way through it is taken: each must end as calls do, alike on all targets, within the worst
case that is read off the model. No golden file is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from lxml import etree

from flowc.longest import longest
from flowc.manifest import Manifest
from flowc.options import Options
from flowc.pipeline import Bundle, build_bundle
from flowc.project import find_flows
from flowc.simulate import Trial, trials
from flowc.simulate.choice import Ended
from flowc.simulate.differ import differences
from flowc.simulate.worst import worst
from tests.compiling import targets
from tests.contracts import Contract, contract_path

FLOWS = tuple(sorted((Path(__file__).parent / "meaning").glob("*.flow.yaml")))
#: How a call may end, and no otherwise.
MEANT = frozenset({"hangup", "caller", "server", "talked", "declined", "machine", "rejected", "scheduled"})


class Said(NamedTuple):
    """What a flow says of itself.

    `written`: XPaths by target that must hold in what is written, a `<bundle>` of all `<document>`s by their `path`.
    `sent`: bodies by the paths of their files. `refused`: the codes of findings, each with its line. `unlike`: targets
    that differ on some way, which flowc warns of or not at all.
    """

    written: Mapping[str, list[str]]
    sent: Mapping[str, Any]
    refused: list[str]
    differs: bool
    unbounded: bool


@cache
def said(path: Path) -> Said:
    """What the flow of a file says of itself."""
    data = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    keys = ("x-written", "x-sent", "x-refused", "x-differs", "x-unbounded")
    written, sent, refused, differs, unbounded = (data.get(key) for key in keys)
    return Said(written or {}, sent or {}, refused or [], bool(differs), bool(unbounded))


def faults(path: Path) -> Iterator[str]:
    """What is wrong with what is compiled of a flow, one after the other."""
    bundle = build_bundle(find_flows([path]), targets(), Options(scenarios=True))
    yield from _refused(bundle, said(path))
    if bundle.files is None or bundle.manifest is None:
        return
    yield from _written(bundle.files, said(path))
    yield from _named(bundle, bundle.manifest)
    own = list(trials(bundle, targets()))
    for trial in own:
        yield from _played(trial)
        yield from _ended(trial)
        yield from _bounded(bundle, trial, said(path).unbounded)
    if not said(path).differs:
        for one, other in combinations(own, 2):
            for found in differences(one.explorer, other.explorer, one.begin(), other.begin()):
                yield f"{found.path}: {found.first} / {found.second}"


def _refused(bundle: Bundle, wanted: Said) -> Iterator[str]:
    found = [f"{one.code} {one.span.line if one.span else 0}" for one in bundle.diagnostics]
    if found != wanted.refused:
        yield f"refused is {found}, not {wanted.refused}: {[one.message for one in bundle.diagnostics]}"


def _written(files: Mapping[str, bytes], wanted: Said) -> Iterator[str]:
    for target in dict.fromkeys(path.partition("/")[0] for path in files if path.endswith(".xml")):
        whole = etree.Element("bundle")
        contract = _contract(target)
        for path, data in files.items():
            if path.startswith(f"{target}/") and path.endswith(".xml"):
                text = data.decode()
                yield from (f"{path}: {fault}" for fault in contract.faults(text))
                document = etree.SubElement(whole, "document", path=path.split("/", 2)[2])
                document.append(etree.fromstring(text))
        for claim in wanted.written.get(target, ()):
            if not whole.xpath(claim):
                yield f"{target}: {claim} does not hold:\n{etree.tostring(whole, pretty_print=True).decode()}"
    for path, body in wanted.sent.items():
        sent = json.loads(files[path]) if path in files else None
        if sent != body:
            yield f"{path} is {sent}, not {body}"


@cache
def _contract(target: str) -> Contract:
    return Contract(contract_path(target))


def _named(bundle: Bundle, manifest: Manifest) -> Iterator[str]:
    """The manifest names steps and lines of the flow, and each place once."""
    for flow in bundle.checked.flows.values():
        lines = {step.name: {step.line, *(action.line for action in step.actions)} for step in flow.steps}
        beside = {1, *(request.line for request in flow.requests)}
        for entry in (*manifest.documents, *manifest.routes, *manifest.webhooks):
            if entry.source.line not in lines.get(entry.step, beside):
                yield f"{entry.step} has no line {entry.source.line}: {entry}"
            if entry.flow != flow.name or entry.source.file != flow.at.file.path:
                yield f"{entry} is no other flow's"
    places = [entry.path for entry in (*manifest.documents, *manifest.routes)]
    if len(set(places)) != len(places):
        yield f"a place has two owners: {places}"


def _played(trial: Trial) -> Iterator[str]:
    for scenario in trial.scenarios:
        played = trial.player.play(scenario)
        if played.failure is not None:
            yield f"{trial.entry.target}: {scenario.name}: {played.failure.message}"


def _ended(trial: Trial) -> Iterator[str]:
    starts = trial.starts()
    yield from (f"{trial.entry.target}: {start.why}" for start in starts if isinstance(start, Ended))
    for spot, turn in trial.explorer.all(*starts):
        for end in (turn.ended, *(way.to for way in turn.ways.values())):
            if isinstance(end, Ended) and end.what not in MEANT:
                yield f"{trial.entry.target}: {spot.page.name}: {end.what}: {end.why}"


def _bounded(bundle: Bundle, trial: Trial, unbounded: bool) -> Iterator[str]:
    target = trial.entry.target
    read = longest(bundle.checked.programs[trial.flow.name, target], targets().profiles[target])
    played = worst(list(trial.explorer.all(trial.begin())))
    if played is None or unbounded:
        if (played is None) != unbounded or (read.most.time == inf) != unbounded:
            yield f"{target}: a round is {read.round}, {played}"
        return
    # Who presses a key does so at once when calls are played, and at the last moment in the model.
    near = played.seconds * 1000 <= read.most.time <= played.seconds * 1000 + 60_000
    if not near or (played.dials, played.fetches) != (read.most.dials, read.most.fetches):
        yield f"{target}: the longest call is {played}, not {read.most}"
