"""Incremental builds: compile only flows that have changed, and merge the fragments into a bundle.

A cached fragment is valid as long as all its inputs are the same: the flow, its project file, its environment, the
files that it names, the command line, and flowc itself with its tables, templates and libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flowc.bundle import KnownFiles, file_digest, is_up_to_date
from flowc.bundle.known_files import digest_text
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.progress import Progress, no_progress
from flowc.driver.cache import DecodedLater, Store, line, value_of
from flowc.driver.inputs import BuildKey, Inputs
from flowc.driver.records import BuildRequest, BuildResult, Fragment, Fragments
from flowc.driver.workers import NoWorkers, Workers

if TYPE_CHECKING:
    from flowc.profiles.targets import Targets


class _CachedFragments(NamedTuple):
    """Fragments by flow file, the lines of their contracts, and the cache lines of each fragment."""

    fragments: Mapping[Path, Fragment]
    contracts: Mapping[str, str]
    lines: Mapping[Path, tuple[str, str]]


_NOTHING = _CachedFragments({}, {}, {})


class _CachedFragment(NamedTuple):
    """A fragment in the cache: the path of its flow, the digest of its inputs, and its data without texts."""

    path: str
    key: str
    fragment: Fragment


class _CachedBuild(NamedTuple):
    """A build in the cache, without the contents and digests of its files. `stamps` are those of its files."""

    key: str
    inputs: Mapping[str, str]
    lists: Sequence[tuple[str, str]]
    stamps: Mapping[str, str]
    diagnostics: Sequence[Diagnostic]
    declared: Sequence[str]
    summary: str
    installed: Sequence[str]


class _Index(NamedTuple):
    """The last build with this name, if any, and what it left in the output folder."""

    build: _CachedBuild | None
    files: KnownFiles
    digests: str = ""


def build(
    request: BuildRequest,
    targets: Callable[[], Targets],
    store: Store | None,
    workers: Workers,
    output: Path,
    verifies: bool = False,
    progress: Progress = no_progress,
) -> BuildResult:
    """Build a bundle, and reuse what the cache contains. `targets` is called only if a flow has to be compiled.

    Nothing is made if the folder `output` is up to date. A build that `verifies` reads all files; otherwise the stamps
    of the last build count. Raise NothingToBuild like `check_flows`, and NoWorkers if flows have to be compiled and
    there is no executor.
    """
    if store is None:
        return build_without_cache(request, targets, workers, progress)
    key = BuildKey(request)
    index = _index(store.load(key.whole), verifies)
    known = index.build
    key.read({} if known is None or verifies else known.inputs)
    if known is not None and known.key == key.key and _are_unchanged(known.lists, key.inputs):
        unchanged = _unchanged_build(known, index.files, output)
        if unchanged is not None:
            if not verifies and (index.files.noted, key.inputs.notes) != (known.stamps, known.inputs):
                again = known._replace(inputs=key.inputs.notes, stamps=index.files.noted)
                store.save(key.whole, [line(again), index.digests])
            return unchanged
    cached = _cached_fragments(store.load(key.name), key)
    if not key.read_for(path for path, _ in request.found.flows if path not in cached.fragments):
        return build(request, targets, store, workers, output, True, progress)  # a file was changed just now
    request = _with_texts(request, key)
    try:
        built, fragments = _build(request, targets, cached, workers, progress)
        if built.files is not None and built.digests:
            index.files.keep(output, built.digests)
            for path in built.files.keys() - index.files.kept:
                built.files[path]  # decoded here, where another form of the cache does no harm
    except Exception as error:
        if cached is _NOTHING or isinstance(error, NoWorkers):
            raise
        # The cache may be the cause. Otherwise, this raises the same exception again.
        built, fragments = _build(request, targets, _NOTHING, workers, progress)
    if fragments is None or built.files is None:
        return built
    if fragments is not cached:
        store.save(key.name, _lines(fragments, key))

    made = built.files

    def save() -> None:
        store.save(key.whole, _cached_build(key, built, made, fragments, index.files))

    return built._replace(known=index.files, save=save)


def build_without_cache(
    request: BuildRequest, targets: Callable[[], Targets], workers: Workers, progress: Progress = no_progress
) -> BuildResult:
    """Build a bundle. Raise NothingToBuild like `check_flows`, and NoWorkers if there is no executor."""
    if workers.executor is not None:  # its workers get the files that were read
        key = BuildKey(request)
        key.read({})
        key.read_for(path for path, _ in request.found.flows)
        request = _with_texts(request, key)
    return _build(request, targets, _NOTHING, workers, progress)[0]


def _with_texts(request: BuildRequest, key: BuildKey) -> BuildRequest:
    return request._replace(found=request.found._replace(texts={**request.found.texts, **key.inputs.contents}))


def _build(
    request: BuildRequest,
    targets: Callable[[], Targets],
    cached: _CachedFragments,
    workers: Workers,
    progress: Progress,
) -> tuple[BuildResult, _CachedFragments | None]:
    """Build a bundle from cached and new fragments, and return these too; None if it cannot be divided."""
    # Imported late because a build without changes needs neither manifest nor compiler.
    from flowc.driver.fragments import merge_fragments

    flows = request.found.flows
    missing = [flow for flow in flows if flow[0] not in cached.fragments]
    if not missing:
        result = merge_fragments(Fragments([cached.fragments[path] for path, _ in flows], cached.contracts))
        if result is not None and not result.host:
            return BuildResult(*result[1:5], (), result.digests), cached
    from flowc.driver.parallel import as_built, compile_fragments, compiled, divided, with_configuration

    made, whole = (
        compile_fragments(request, missing, targets(), workers, progress) if missing else (Fragments((), {}), None)
    )
    if made is not None:
        new = {path: fragment for (path, _), fragment in zip(missing, made.each, strict=True)}
        contracts = {**cached.contracts, **made.contracts}
        fragments = _CachedFragments({**cached.fragments, **new}, contracts, cached.lines) if missing else cached
        result = merge_fragments(Fragments([fragments.fragments[path] for path, _ in flows], fragments.contracts))
        built = with_configuration(result, request, targets()) if result is not None else None
        if built is not None:
            return built, fragments
    if whole is None or len(missing) < len(flows):
        whole = compiled(request, targets(), progress)
    built, kept = as_built(whole, request, targets()), divided(whole, request, flows, targets())
    if kept is None:
        return built, None
    each = {path: fragment for (path, _), fragment in zip(flows, kept.each, strict=True)}
    return built, _CachedFragments(each, kept.contracts, {})


def _index(found: Sequence[str], verifies: bool) -> _Index:
    """Return what the cache contains about the last build. One that `verifies` trusts no stamps."""
    with suppress(ValueError):
        first, digests = found
        known: _CachedBuild = value_of(_CachedBuild, first)
        stamps = dict.fromkeys(known.stamps, "") if verifies else known.stamps
        return _Index(known, KnownFiles(DecodedLater(digests), stamps), digests)
    return _Index(None, KnownFiles({}, {}))


def _cached_fragments(found: Sequence[str], build_key: BuildKey) -> _CachedFragments:
    """Return the fragments that are still valid."""
    fragments: dict[Path, Fragment] = {}
    lines: dict[Path, tuple[str, str]] = {}
    paths = {str(path): path for path in build_key.keys}
    try:
        contracts, *flows = found
        for pair in zip(flows[::2], flows[1::2], strict=True):
            name, key, fragment = value_of(_CachedFragment, pair[0])
            path = paths.get(name)
            if path is None or build_key.keys[path] != key:
                continue
            if _are_unchanged(fragment.lists, build_key.inputs):
                fragments[path], lines[path] = fragment._replace(texts=DecodedLater(pair[1])), pair
        for path, fragment in list(fragments.items()):
            if not all(paths.get(other) in fragments for other in fragment.connected):
                del fragments[path], lines[path]
        return _CachedFragments(fragments, value_of(Mapping[str, str], contracts), lines)
    except ValueError:
        return _NOTHING


def _lines(cached: _CachedFragments, key: BuildKey) -> list[str]:
    """Return the lines that `_cached_fragments` reads."""
    flows = (
        cached.lines.get(path) or (line([str(path), key.keys[path], fragment._replace(texts={})]), line(fragment.texts))
        for path, fragment in cached.fragments.items()
    )
    return [line(cached.contracts), *chain.from_iterable(flows)]


def _cached_build(
    key: BuildKey, built: BuildResult, files: Mapping[str, bytes], fragments: _CachedFragments, known: KnownFiles
) -> list[str]:
    """Return the lines that `_index` reads."""
    lists = sorted({(path, digest) for fragment in fragments.fragments.values() for path, digest in fragment.lists})
    digests = {path: built.digests.get(path) or digest_text(*file_digest(files[path])) for path in files}
    for one in lists:
        key.inputs.is_unchanged(*one)  # to note its stamp
    cached = _CachedBuild(
        key=key.key,
        inputs=key.inputs.notes,
        lists=lists,
        stamps={path: known.noted.get(path, "") for path in digests},
        diagnostics=built.diagnostics,
        declared=sorted(built.declared),
        summary=built.summary,
        installed=built.installed,
    )
    return [line(cached), line(digests)]


def _unchanged_build(cached: _CachedBuild, files: KnownFiles, output: Path) -> BuildResult | None:
    """Return the cached build if the output folder is up to date."""
    try:
        if not is_up_to_date(files, output):
            return None
    except ValueError:  # invalid paths or digests
        return None
    return BuildResult(
        diagnostics=tuple(cached.diagnostics),
        files={},
        declared=frozenset(cached.declared),
        summary=cached.summary,
        installed=tuple(cached.installed),
        unchanged=len(cached.stamps),
    )


def _are_unchanged(lists: Iterable[tuple[str, str]], inputs: Inputs) -> bool:
    """Return whether files that flows name still have these SHA-256 digests."""
    return all(inputs.is_unchanged(path, digest) for path, digest in lists)
