"""What one flow gives to a bundle, as plain data that can be kept or handed to another process, and bundles of these.

Flows meet only in the manifest, in the checks between flows, and on a host. So a build of many flows can be made of
parts: those kept from an earlier build, and those that several processes make. Where parts do not fit together (a fault
somewhere) all flows are built as one, and whoever does that knows what to say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc.bundle.manifest import MANIFEST, Manifest, contracts_asked, manifest_json
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import UNDONE_ELSEWHERE, Diagnostic
from flowc.project.options import Options
from flowc.project.project import Found

if TYPE_CHECKING:
    from flowc.driver.pipeline import Bundle


class BuildResult(NamedTuple):
    """A build: diagnostics, files (None where an error stands), variables, summary, and how it is installed.

    `skipped` are the files of flows that are for none of the targets. Where the output holds all files already they are
    not made: `files` is empty, and `there` how many there are.
    """

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] | None
    declared: frozenset[str]
    summary: str
    installed: tuple[str, ...]
    unchanged: int = 0
    skipped: tuple[str, ...] = ()


class BuildRequest(NamedTuple):
    """What is to be built: `templates` is the folder of further targets, `with_summary` asks for the summary."""

    found: Found
    options: Options
    templates: Path | None
    with_summary: bool


class Fragment(NamedTuple):
    """One flow, built: warnings, files but the manifest, and the lines of the manifest by their lists.

    `file` is that of the flow, `host` the one it was checked for (empty: none), `declared` are the variables it may
    use, `lists` the further files that count for it, each with its SHA-256. `contracts` are the places in the manifest
    of those that its requests keep to. `summary` tells a person what was made.
    """

    flow: str
    file: str
    base_url: str
    host: str
    declared: Sequence[str]
    lists: Sequence[tuple[str, str]]
    diagnostics: Sequence[Diagnostic]
    files: Mapping[str, str]
    lines: Mapping[str, str]
    contracts: Sequence[str]
    summary: str


class Fragments(NamedTuple):
    """Fragments in the order of their files, and what they have in common: the manifest's lines of contracts, by place."""

    each: Sequence[Fragment]
    contracts: Mapping[str, str]


class MergedBundle(NamedTuple):
    """A bundle made of parts; `host` is the one whose configuration it still lacks, if any."""

    host: str
    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes]
    declared: frozenset[str]
    summary: str


def fragments_of(bundle: Bundle, summary: Mapping[str, str]) -> Fragments | None:
    """The parts of a bundle that has no manifest among its files yet; None where it does not fall apart.

    `summary` tells of each flow, by its name.
    """
    origins, wanted = bundle.checked.origins, bundle.checked.wanted
    known = {origin.file for origin in origins.values()}
    if bundle.files is None or bundle.manifest is None:
        return None
    if any(one.path not in known or one.code == UNDONE_ELSEWHERE for one in bundle.diagnostics):
        return None  # it belongs to several flows
    said = defaultdict(list)
    for diagnostic in bundle.diagnostics:
        said[diagnostic.path].append(diagnostic)
    parts: list[Fragment] = []
    if len(bundle.manifest.flows) < len(origins):
        return None  # a flow that is for none of the targets gives nothing that could be kept
    empty = Manifest(bundle.manifest.base_url, (), (), (), ())
    contracts = replace(empty, contracts=bundle.manifest.contracts).lines()["contracts"]
    for name, own in _split(bundle.manifest, empty).items():
        origin = origins[name]
        asked = contracts_asked(own.flows, own.webhooks)
        paths = (*(entry.path for entry in own.documents), *(entry.path for entry in own.others))
        parts.append(
            Fragment(
                flow=name,
                file=origin.file,
                base_url=own.base_url,
                host=wanted.host.name if wanted else "",
                declared=sorted(origin.declared),
                lists=[(str(path), sha256_hex(data)) for path, data in origin.lists.items()],
                diagnostics=said[origin.file],
                files={path: bundle.files[path].decode() for path in paths},
                lines={list_: "\n".join(lines) for list_, lines in own.lines().items()},
                contracts=[entry.place for entry in bundle.manifest.contracts if (entry.target, entry.name) in asked],
                summary=summary.get(name, ""),
            )
        )
    return Fragments(parts, {_place(line): line for line in contracts})


def _split(manifest: Manifest, empty: Manifest) -> dict[str, Manifest]:
    """The manifest of each flow alone, by its name, without the contracts."""
    lists: dict[str, dict[str, list[Any]]] = {flow.flow: defaultdict(list) for flow in manifest.flows}
    for name in ("flows", "documents", "routes", "webhooks", "requests"):
        for entry in getattr(manifest, name):
            lists[entry.flow][name].append(entry)
    others = {entry.path: entry for entry in manifest.others}
    split = {}
    for flow, own in lists.items():
        own["others"] = [others[entry.path] for entry in own["requests"]]
        own["signatures"] = [
            one for one in manifest.signatures if one.target in {entry.target for entry in own["flows"]}
        ]
        lines: dict[str, Any] = {name: tuple(entries) for name, entries in own.items()}
        split[flow] = replace(empty, **lines)
    return split


def merge_fragments(whole: Fragments) -> MergedBundle | None:
    """The bundle of parts; None where they do not fit together."""
    parts = whole.each
    names = {part.flow for part in parts}
    places = {(part.base_url, part.host) for part in parts}
    if len(names) < len(parts) or len(places) != 1:
        return None
    base_url, host = places.pop()
    lists: defaultdict[str, dict[str, None]] = defaultdict(dict)
    files: dict[str, bytes] = {}
    for part in parts:
        files.update((path, text.encode()) for path, text in part.files.items())
        for name, lines in part.lines.items():
            lists[name].update(dict.fromkeys(lines.split("\n") if lines else ()))
    lists["contracts"] = {whole.contracts[place]: None for part in parts for place in part.contracts}
    ordered = {name: sorted(lines, key=_place) for name, lines in lists.items()}
    files[MANIFEST] = manifest_json(base_url, ordered)
    diagnostics = sorted((one for part in parts for one in part.diagnostics), key=lambda one: one.sort_key)
    declared = frozenset(name for part in parts for name in part.declared)
    return MergedBundle(host, tuple(diagnostics), files, declared, "".join(part.summary for part in parts))


def _place(line: str) -> str:
    return line[: line.index("\t")]
