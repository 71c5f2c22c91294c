"""Builds again only what has changed, and on several cores at once: from files to a bundle, which is made of parts.

What an earlier build made of a flow counts as long as all that it was made of is the same: the bytes of the flow, of
its project file, its environment and the files that it names, what the command line asks for, and flowc itself with its
tables, templates and libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from flowc import __version__
from flowc.diagnostics import Diagnostic
from flowc.hosting import Wanted, check_configuration
from flowc.hosts import host_profiles
from flowc.longest import longest
from flowc.manifest import MANIFEST, read_manifest
from flowc.parts import Joined, Part, as_data, from_data, joined, parts_of
from flowc.pipeline import Bundle, Options, check_flows, emit_bundle, with_host
from flowc.project import Found, NothingToBuild, environment_file, read, shown_path
from flowc.source import SourceFile, Spot
from flowc.store import Store
from flowc.summary import summary
from flowc.targets import Targets
from flowc.watch import Watch, unwatched

_PACKAGE = Path(__file__).parent
#: Bytes of flows that are worth a further process, which takes about 0.1 s to begin.
_WORTH_IT = 100_000


class Built(NamedTuple):
    """A build: diagnostics, files (None where an error stands), variables, summary, and how it is installed."""

    diagnostics: tuple[Diagnostic, ...]
    files: Mapping[str, bytes] | None
    declared: frozenset[str]
    summary: str
    installed: tuple[str, ...]


class Request(NamedTuple):
    """What is to be built: `templates` are the folder of further targets, `talkative` whether the summary is wanted."""

    found: Found
    options: Options
    templates: Path | None
    talkative: bool


def build(
    request: Request, targets: Callable[[], Targets], store: Store | None, jobs: int, watch: Watch = unwatched
) -> Built:
    """The whole way, as short as it can be. `targets` is asked only if something has to be compiled.

    `jobs` is the number of processes (0: as many as the flows are worth). Raises NothingToBuild as `check_flows` does.
    """
    asked = _read(request) if store else None
    kept = _kept(store.load(asked.name), asked.keys) if store and asked else {}
    if asked:
        request = request._replace(found=replace(request.found, texts={**asked.texts, **request.found.texts}))
    flows = request.found.flows
    missing = [flow for flow in flows if flow[0] not in kept]
    made, whole = _made(request, missing, targets, jobs, watch) if missing else ([], None)
    if made is not None:
        parts = {**kept, **{path: part for (path, _), part in zip(missing, made, strict=True)}}
        result = joined([parts[path] for path, _ in flows])
        if result is not None and (built := _hosted(result, request, targets)):
            if store and asked and missing:
                store.save(asked.name, {str(path): [asked.keys[path], as_data(part)] for path, part in parts.items()})
            return built
    if whole is None or len(missing) < len(flows):
        whole = emit_bundle(check_flows(request.found, targets(), request.options, watch), targets(), watch)
    files = None
    if whole.files is not None and whole.manifest is not None:
        files = {**whole.files, MANIFEST: whole.manifest.to_json()}
    told = "".join(_summaries(whole, targets(), request.talkative).values())
    return Built(whole.diagnostics, files, whole.declared, told, _installed(whole.checked.wanted))


def _hosted(result: Joined, request: Request, targets: Callable[[], Targets]) -> Built | None:
    """The bundle with its host's configuration; None where there is more to be said of that."""
    host, diagnostics, files, declared, told = result
    if not host:
        return Built(diagnostics, files, declared, told, ())
    hosts = host_profiles(targets())
    wanted = Wanted(hosts[host], hosts, Spot(SourceFile("", b"")), request.options.root)
    try:
        manifest, made = with_host(read_manifest(files[MANIFEST]), files, wanted, targets())
    except Exception:
        return None
    if any(check_configuration(made, wanted)):
        return None
    return Built(diagnostics, {**files, **made, MANIFEST: manifest.to_json()}, declared, told, _installed(wanted))


def _installed(wanted: Wanted | None) -> tuple[str, ...]:
    return (wanted.host.name, *wanted.host.installed(wanted.root)) if wanted else ()


def _summaries(bundle: Bundle, targets: Targets, talkative: bool) -> dict[str, str]:
    if not talkative or bundle.manifest is None:
        return {}
    worst = {names: longest(program, targets.profiles[names[1]]) for names, program in bundle.checked.programs.items()}
    return summary(bundle.manifest, worst)


# Processes

_Flows = Sequence[tuple[Path, Path | None]]


def _made(
    request: Request, flows: _Flows, targets: Callable[[], Targets], jobs: int, watch: Watch
) -> tuple[list[Part] | None, Bundle | None]:
    """The parts of flows in their order, and the bundle that they were taken from if one process has made them."""
    number = min(jobs or _worth(flows), len(flows))
    if number <= 1:
        known = targets()
        bundle = emit_bundle(
            check_flows(Found(tuple(flows), request.found.texts), known, request.options, watch), known
        )
        return parts_of(bundle, _summaries(bundle, known, request.talkative)), bundle
    shares = [flows[index::number] for index in range(number)]
    slices = [request._replace(found=Found(tuple(share), _texts(request, share))) for share in shares]
    with ProcessPoolExecutor(number - 1) as processes:
        others = [processes.submit(_slice, one) for one in slices[1:]]
        results = [_slice(slices[0]), *(other.result() for other in others)]
    made = {part.file: part for parts in results for part in parts or ()}
    if None in results or len(made) < len(flows):
        return None, None
    return [made[shown_path(path)] for path, _ in flows], None


def _texts(request: Request, flows: _Flows) -> dict[Path, bytes]:
    """What was read that is of use to these flows: no process is sent the flows of another."""
    others = {path for path, _ in request.found.flows} - {path for path, _ in flows}
    return {path: text for path, text in request.found.texts.items() if path not in others}


def _slice(request: Request) -> list[Part] | None:
    """What one process makes of its share."""
    from flowc.targets import find_targets

    targets = find_targets(request.templates)
    try:
        bundle = emit_bundle(check_flows(request.found, targets, request.options), targets)
    except NothingToBuild:
        return None
    return parts_of(bundle, _summaries(bundle, targets, request.talkative))


def _worth(flows: _Flows) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or len(flows) == 1:
        return 1
    size = 0
    for path, _ in flows:
        try:
            size += path.stat().st_size
        except OSError:
            return 1
    return min(cores, max(1, size // _WORTH_IT))


# What was kept


class _Asked(NamedTuple):
    """What a build is made of: the name under which its parts are kept, a digest for each flow, and the files read."""

    name: str
    keys: Mapping[Path, str]
    texts: Mapping[Path, bytes]


def _read(request: Request) -> _Asked:
    found, options = request.found, request.options
    texts: dict[Path, bytes] = dict(found.texts)
    digests: dict[Path, str] = {}

    def digest(path: Path | None) -> str:
        """That of a file's bytes; empty where it cannot be read, of which the build will tell."""
        if path is not None and path not in digests:
            if path not in texts:
                file, faults = read(path)
                texts.update({} if faults else {path: file.data})
            digests[path] = sha256(texts[path]).hexdigest() if path in texts else ""
        return digests[path] if path is not None else ""

    name = _digest([os.getcwd(), options, request.templates, *(path for path, _ in found.flows)])
    common = _digest([name, request.talkative, *_flowc(request.templates)])
    keys = {}
    for path, project in found.flows:
        environment = environment_file(path, project, options.environment) if options.environment else None
        keys[path] = _digest([common, shown_path(path), project, *map(digest, (path, project, environment))])
    return _Asked(name, keys, texts)


def _kept(data: Any, keys: Mapping[Path, str]) -> dict[Path, Part]:
    """The parts that still count."""
    kept = {}
    for path, key in keys.items():
        known, part = data.get(str(path), ("", ())) if data else ("", ())
        if known == key:
            kept[path] = from_data(part)
    return {path: part for path, part in kept.items() if all(_same(Path(file), was) for file, was in part.lists)}


def _same(path: Path, digest: str) -> bool:
    file, faults = read(path)
    return not faults and sha256(file.data).hexdigest() == digest


def _flowc(templates: Path | None) -> Iterable[str]:
    """All that decides what is made of a flow, besides the flow: flowc, the libraries beside it, further templates."""
    yield from (__version__, sys.version)
    for folder in sys.path:
        if os.path.isdir(folder):
            yield from sorted(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    for root, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            info = os.stat(f"{root}/{name}")
            yield f"{root}/{name} {info.st_size} {info.st_mtime_ns}"
    for path in sorted(templates.rglob("*")) if templates else ():
        if path.is_file():
            yield f"{path} {sha256(path.read_bytes()).hexdigest()}"


def _digest(values: Iterable[object]) -> str:
    return sha256("\0".join(map(str, values)).encode("utf-8", "surrogateescape")).hexdigest()
