"""Fragments of bundles: the contribution of one flow as plain data, for the cache and for other processes.

Flows are combined only in the manifest, in the checks across flows, and on a host. A build of many flows can therefore
be merged from fragments, which come from an earlier build or from several processes. If fragments cannot be merged,
because of an error, all flows are built together, and that build reports the error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc.bundle.audio import is_at
from flowc.bundle.known_files import digest_text
from flowc.bundle.manifest import MANIFEST, DocumentEntry, FileEntry, Manifest, contracts_asked, manifest_json
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import UNDONE_ELSEWHERE, Diagnostic
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.source import MAX_AUDIO_BYTES
from flowc.driver.records import Fragment, Fragments

if TYPE_CHECKING:
    from flowc.driver.results import Bundle
    from flowc.flow.audio import AudioFile


class MergedBundle(NamedTuple):
    """A bundle merged from fragments. `host` is the host whose configuration is still missing, if any."""

    host: str
    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes]
    declared: frozenset[str]
    summary: str
    digests: Mapping[str, str]


class _Files(Mapping[str, bytes]):
    """The files of a merged bundle. The text of a fragment is decoded when a file of it is asked for."""

    def __init__(self, made: Mapping[str, bytes], texts: Mapping[str, Mapping[str, str]]) -> None:
        """`made` are files in bytes; `texts` contains for each other file the texts among which it is."""
        self._made = made
        self._texts = texts
        self._paths = dict.fromkeys((*texts, *made))

    def __getitem__(self, path: str) -> bytes:
        found = self._made.get(path)
        return self._texts[path][path].encode() if found is None else found

    def __contains__(self, path: object) -> bool:
        return path in self._paths  # without decoding the text

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def fragments_of(bundle: Bundle, summary: Mapping[str, str], files: Collection[Path]) -> Fragments | None:
    """Divide a bundle without manifest file into fragments; None if that is not possible.

    `summary` has the summary of each flow, by name, and `files` are the flows that were asked for.
    """
    origins, wanted = bundle.checked.origins, bundle.checked.wanted
    known = {origin.file for origin in origins.values()}
    if bundle.files is None or bundle.manifest is None:
        return None
    if bundle.checked.flows.keys() != set(files):
        return None  # links have added flows
    of_named_files = bundle.checked.of_named_files
    theirs = {one.sort_key for own in of_named_files.values() for one in own}
    others = [one for one in bundle.diagnostics if one.path not in known and one.sort_key not in theirs]
    if others or any(one.code == UNDONE_ELSEWHERE for one in bundle.diagnostics):
        return None  # a diagnostic belongs to several flows
    by_file = defaultdict(list)
    for diagnostic in bundle.diagnostics:
        by_file[diagnostic.path].append(diagnostic)
    fragments: list[Fragment] = []
    played = {flow.name: flow.audio for flow in bundle.checked.flows.values()}
    if len(bundle.manifest.flows) < len(origins):
        return None  # a flow for none of the targets has no fragment
    empty = Manifest(bundle.manifest.base_url, (), (), (), ())
    contracts = replace(empty, contracts=bundle.manifest.contracts).lines()["contracts"]
    paths_of = {flow.name: str(path) for path, flow in bundle.checked.flows.items()}
    for name, own in _split(bundle.manifest, empty, played).items():
        origin = origins[name]
        asked = contracts_asked(own.flows, own.webhooks)
        entries: list[DocumentEntry | FileEntry] = [*own.documents, *own.others]
        entries = [entry for entry in entries if entry.path not in bundle.manifest.audio_by_path]
        fragments.append(
            Fragment(
                flow=name,
                file=origin.file,
                base_url=own.base_url,
                host=wanted.host.name if wanted else "",
                declared=sorted(origin.declared),
                lists=[(str(path), sha256_hex(data)) for path, data in origin.lists.items()],
                diagnostics=[*by_file[origin.file], *of_named_files.get(name, ())],
                files={entry.path: digest_text(entry.size, entry.sha256) for entry in entries},
                lines={list_: "\n".join(lines) for list_, lines in own.lines().items()},
                contracts=[entry.place for entry in bundle.manifest.contracts if (entry.target, entry.name) in asked],
                summary=summary.get(name, ""),
                audio={file.path: str(file.source) for file in played[name]},
                connected=sorted(paths_of[other] for other in bundle.checked.links.connected(name)),
                texts={entry.path: bundle.files[entry.path].decode() for entry in entries},
            )
        )
    return Fragments(fragments, {_place(line): line for line in contracts})


def _split(manifest: Manifest, empty: Manifest, played: Mapping[str, Sequence[AudioFile]]) -> dict[str, Manifest]:
    """Return a manifest per flow, by name, without contracts. `played` are the audio files of each flow."""
    lists: dict[str, dict[str, list[Any]]] = {flow.flow: defaultdict(list) for flow in manifest.flows}
    for name in ("flows", "documents", "routes", "webhooks", "requests", "entries"):
        for entry in getattr(manifest, name):
            lists[entry.flow][name].append(entry)
    others = {entry.path: entry for entry in manifest.others}
    calendars = manifest.calendars
    split = {}
    for flow, own in lists.items():
        own["hours"] = sorted({calendars[route.hours] for route in own["routes"] if route.hours})
        files = {file.file: file.path for file in played[flow]}
        own["audio"] = [entry for entry in manifest.audio if files.get(entry.file) == entry.path]
        own["others"] = [others[path] for path in sorted({*files.values(), *(one.path for one in own["requests"])})]
        own["signatures"] = [
            one for one in manifest.signatures if one.target in {entry.target for entry in own["flows"]}
        ]
        lines: dict[str, Any] = {name: tuple(entries) for name, entries in own.items()}
        split[flow] = replace(empty, **lines)
    return split


def merge_fragments(whole: Fragments) -> MergedBundle | None:
    """Merge fragments into a bundle; None if they are inconsistent."""
    fragments = whole.each
    names = {fragment.flow for fragment in fragments}
    places = {(fragment.base_url, fragment.host) for fragment in fragments}
    if len(names) < len(fragments) or len(places) != 1:
        return None
    base_url, host = places.pop()
    lists: defaultdict[str, dict[str, None]] = defaultdict(dict)
    made: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    texts: dict[str, Mapping[str, str]] = {}
    for fragment in fragments:
        digests |= fragment.files
        texts |= dict.fromkeys(fragment.files, fragment.texts)
        for path, file in fragment.audio.items():
            data = _audio(path, Path(file))
            if data is None:
                return None  # it has changed since the fragment was made
            made[path] = data
        for name, lines in fragment.lines.items():
            lists[name].update(dict.fromkeys(lines.split("\n") if lines else ()))
    lists["contracts"] = {whole.contracts[place]: None for fragment in fragments for place in fragment.contracts}
    ordered = {name: sorted(lines, key=_place) for name, lines in lists.items()}
    made[MANIFEST] = manifest_json(base_url, ordered)
    first: dict[object, Diagnostic] = {}
    for one in (one for fragment in fragments for one in fragment.diagnostics):
        first.setdefault(one.sort_key, one)
    diagnostics = sorted(first.values(), key=lambda one: one.sort_key)
    declared = frozenset(name for fragment in fragments for name in fragment.declared)
    return MergedBundle(
        host=host,
        diagnostics=tuple(diagnostics),
        files=_Files(made, texts),
        declared=declared,
        summary="".join(fragment.summary for fragment in fragments),
        digests=digests,
    )


def _audio(path: str, file: Path) -> bytes | None:
    """Return the contents of an audio file; None unless they are those that its place in the bundle names."""
    with suppress(OSError):
        data = FileReader().contents(file, None, MAX_AUDIO_BYTES)
        return data if is_at(path, data) else None
    return None


def _place(line: str) -> str:
    return line[: line.index("\t")]
