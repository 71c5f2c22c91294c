"""What a flow means, held against what is compiled of it, without a word of how that is written.

A flow of `tests/meaning` says it itself: by its scenarios, which are played, and under `x-written`, `x-sent` and
`x-refused`. Besides, every way through it is taken: each must end as calls do, alike on all targets, within the worst
case that is read off the model. No golden file is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import yaml
from lxml import etree

from flowc.bundle.manifest import DocumentEntry, Manifest, RouteEntry, WebhookEntry
from flowc.bundle.routing import Request, answer
from flowc.driver.pipeline import build_bundle
from flowc.driver.results import Bundle
from flowc.flow.verbs import NOTIFY
from flowc.lower.worst_case import longest
from flowc.project.options import Options
from flowc.project.project import find_flows
from flowc.simulate import Trial, trials
from flowc.simulate.call_log import Ended
from flowc.simulate.compare_targets import differences
from tests.calls.played_worst_case import played_worst_case
from tests.samples.built_flows import targets

FLOWS = tuple(sorted(Path(__file__).parent.glob("*.flow.yaml")))
#: How a call may end, and no otherwise.
MEANT = frozenset({"hangup", "caller", "server", "talked", "declined", "machine", "rejected", "scheduled"})

#: What stands in a document behind the end of it. A carrier may skip a rejection, for which a hangup stands behind it.
_NEVER_RUN = (
    "//Response/*[self::Redirect or self::Hangup[not(@schedule)]]/following-sibling::*[1]"
    " | //Response/Reject/following-sibling::*[not(self::Hangup)]"
)


class Said(NamedTuple):
    """What a flow says of itself.

    `written`: XPaths by target that must hold in what is written, a `<bundle>` of all `<document>`s with `path` and
    `methods`.
    `sent`: bodies by the paths of their files. `asked`: the documents that a route leads to, by the values of its
    parameter, or by times in seconds; one that is empty may as well be missing. `hooks`: all that the author's server
    is asked, by target.
    `refused`: the codes of findings, each with its line. `bound`: whether the worst case that is read off the model is
    the one that is played.
    """

    written: Mapping[str, list[str]]
    sent: Mapping[str, Any]
    asked: Mapping[str, Mapping[str, str]]
    hooks: Mapping[str, list[str]]
    refused: list[str]
    bound: bool


@cache
def said(path: Path) -> Said:
    """What the flow of a file says of itself."""
    data = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    written, sent, asked, hooks = (data.get(key, {}) for key in ("x-written", "x-sent", "x-asked", "x-hooks"))
    return Said(written, sent, asked, hooks, data.get("x-refused", []), data.get("x-bound", True))


def faults(path: Path) -> Iterator[str]:
    """What is wrong with what is compiled of a flow, one after the other."""
    bundle = build_bundle(find_flows([path]), targets(), Options(scenarios=True))
    yield from _refused(bundle, said(path))
    if bundle.files is None or bundle.manifest is None:
        return
    yield from _written(bundle.files, bundle.manifest, said(path))
    yield from _named(bundle, bundle.manifest)
    yield from _asked(bundle.manifest, said(path))
    yield from _straight(bundle.manifest, bundle.files)
    yield from _hooked(bundle.manifest, said(path))
    own = list(trials(bundle, targets()))
    yield from misled(own, MEANT)
    if said(path).bound:
        for trial in own:
            yield from _bounded(bundle, trial)


def misled(own: Sequence[Trial], meant: Collection[str]) -> Iterator[str]:
    """What is wrong with calls: scenarios that fail, ends that are not `meant`, and targets that differ."""
    for trial in own:
        yield from _played(trial)
        yield from _ended(trial, meant)
    for one, other in combinations(own, 2):
        if one.flow.name == other.flow.name:
            for found in differences(one.explorer, other.explorer, one.begin(), other.begin()):
                yield f"{found.path}: {found.first} / {found.second}"


def _refused(bundle: Bundle, wanted: Said) -> Iterator[str]:
    found = [f"{one.code} {one.span.line if one.span else 0}" for one in bundle.diagnostics]
    if found != wanted.refused:
        yield f"refused is {found}, not {wanted.refused}: {[one.message for one in bundle.diagnostics]}"


def _body(path: str, data: bytes) -> Any:
    return json.loads(data) if path.endswith(".json") else dict(parse_qsl(data.decode(), strict_parsing=True))


def _written(files: Mapping[str, bytes], manifest: Manifest, wanted: Said) -> Iterator[str]:
    for target in dict.fromkeys(path.partition("/")[0] for path in files if path.endswith(".xml")):
        whole = etree.Element("bundle")
        for path, data in files.items():
            if path.startswith(f"{target}/") and path.endswith(".xml"):
                entry = manifest.by_path[path]
                methods = " ".join(entry.methods) if isinstance(entry, DocumentEntry) else ""
                document = etree.SubElement(whole, "document", path=path.split("/", 2)[2], methods=methods)
                document.append(etree.fromstring(data))
        for element in whole.xpath(_NEVER_RUN):
            yield f"{target}: <{element.tag}> is never run: it stands behind <{element.getprevious().tag}>"
        for claim in wanted.written.get(target, ()):
            if not whole.xpath(claim):
                yield f"{target}: {claim} does not hold:\n{etree.tostring(whole, pretty_print=True).decode()}"
    for path, body in wanted.sent.items():
        sent = _body(path, files[path]) if path in files else None
        if sent != body:
            yield f"{path} is {sent}, not {body}"


def _straight(manifest: Manifest, files: Mapping[str, bytes]) -> Iterator[str]:
    """Only a route, which leads to documents alone, leads to a document that does nothing but lead to a route."""
    detours = set()
    for entry in manifest.documents:
        root = etree.fromstring(files[entry.path])
        to = manifest.by_path.get((root.findtext("Redirect") or "").removeprefix(f"{manifest.base_url}/"))
        if len(root) == 1 and isinstance(to, RouteEntry) and not entry.notify:
            detours.add(entry.path)
    led = {path for route in manifest.routes for path in (route.empty, route.default, *_cases(route))}
    yield from (f"{path} only leads to a route, and no route leads there" for path in sorted(detours - led))
    for entry in manifest.documents:
        for path in detours:
            if manifest.by_path[path].url.encode() in files[entry.path]:
                yield f"{entry.path} leads to {path}, which only leads on"


def _cases(route: RouteEntry) -> Iterator[str]:
    yield from (case.document for case in route.cases)


def _asked(manifest: Manifest, wanted: Said) -> Iterator[str]:
    for route, ways in wanted.asked.items():
        entry = manifest.by_path.get(route)
        if not isinstance(entry, RouteEntry):
            yield f"there is no route {route}"
            continue
        for value, document in ways.items():
            query = urlencode({entry.parameter: value} if value and not entry.hours else {})
            at = int(value) if entry.hours else None
            found = answer(manifest, Request("GET", f"{entry.url}?{query}"), at).document
            if found is None or found.path != f"{entry.target}/{entry.flow}/{document}":
                yield f"{route} leads to {found and found.path} for {value!r}, not to {document}"


def _hooked(manifest: Manifest, wanted: Said) -> Iterator[str]:
    for target, hooks in wanted.hooks.items():
        found = sorted(
            " ".join(
                filter(None, [hook.method, hook.contract, "followed" * hook.followed, hook.url, hook.step, *returns])
            )
            for hook in manifest.webhooks
            if hook.target == target
            for returns in [[f"returns {manifest.steps[url].step}" for url in hook.returns]]
        )
        if found != sorted(hooks):
            yield f"the author's server is asked {found}, not {sorted(hooks)}"


def _named(bundle: Bundle, manifest: Manifest) -> Iterator[str]:
    """The manifest names steps and lines of the flow, and each place once."""
    for flow in bundle.checked.flows.values():
        lines = {step.name: {step.line, *(action.line for action in step.actions)} for step in flow.steps}
        entries: list[DocumentEntry | RouteEntry | WebhookEntry] = [*manifest.documents, *manifest.routes]
        for entry in (*entries, *manifest.webhooks):
            if (entry.flow == flow.name) is not (entry.source.file == flow.at.file.path):
                yield f"{entry} is not of the flow that it names"
            elif entry.flow == flow.name and entry.step and entry.source.line not in lines[entry.step]:
                yield f"{entry.step} has no line {entry.source.line}: {entry}"
        for start in manifest.flows:
            if start.flow == flow.name and start.source.line not in lines[str(getattr(flow.entry, "step", ""))]:
                yield f"a call begins in line {start.source.line}, and not at {flow.entry}"
    for route in manifest.routes:
        values = [case.value.lower() if route.ignore_case else case.value for case in route.cases]
        if len(set(values)) != len(values):
            yield f"{route.path} has a case twice: {values}"
        place = route.path.split("/")[2:]
        named = place[1].partition("-")[0] if place[1:] else "hours" if route.hours else "switch"
        if named != route.kind or place[0].removesuffix(".xml") != route.step:
            yield f"{route.path} is no {route.kind} of {route.step}"
    for hook in manifest.webhooks:
        if hook.kind != NOTIFY and hook.kind.partition("-")[2] != hook.contract.partition("-")[2]:
            yield f"{hook.kind} is told as {hook.contract}"
    places = [*(entry.path for entry in manifest.documents), *(entry.path for entry in manifest.routes)]
    if len(set(places)) != len(places):
        yield f"a place has two owners: {places}"


def _played(trial: Trial) -> Iterator[str]:
    for scenario in trial.scenarios:
        played = trial.player.play(scenario)
        if played.failure is not None:
            yield f"{trial.entry.target}: {scenario.name}: {played.failure.message}"


def _ended(trial: Trial, meant: Collection[str]) -> Iterator[str]:
    for state, turn in trial.explorer.all(*trial.starts()):
        for end in (turn.ended, *(way.to for way in turn.outcomes.values())):
            if isinstance(end, Ended) and end.what not in meant:
                yield f"{trial.entry.target}: {state.key[0]}: {end.what}: {end.why}"


def _bounded(bundle: Bundle, trial: Trial) -> Iterator[str]:
    target = trial.entry.target
    linked = bundle.checked.linked(trial.flow.name, target)
    most, _ = longest(bundle.checked.programs[trial.flow.name, target], targets().profiles[target], linked)
    played = played_worst_case(trial.explorer, trial.own_starts())
    # Who presses a key does so at once when calls are played, and at the last moment in the model.
    near = played is not None and played.seconds * 1000 <= most.time <= played.seconds * 1000 + 60_000
    if played is None or not near or (played.dials, played.fetches) != (most.dials, most.fetches):
        yield f"{target}: the longest call is {played}, not {most}"
