"""Incremental builds: compile only flows that have changed, and merge the fragments into a bundle.

A cached fragment is valid as long as all its inputs are the same: the flow, its project file, its environment, the
files that it names, the command line, and flowc itself with its tables, templates and libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flowc import __version__
from flowc.bundle import FileDigest, file_digest
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.reader import FileReader
from flowc.diagnostics.records import NamedTuple
from flowc.diagnostics.source import MAX_AUDIO_BYTES
from flowc.driver.cache import CacheLine, Store, line, reader
from flowc.driver.fragments import BuildRequest, BuildResult, Fragment, Fragments, merge_fragments
from flowc.project.project import environment_file, other_flows, root_of

if TYPE_CHECKING:
    from flowc.profiles.targets import Targets

_PACKAGE = Path(__file__).parents[1]


class _BuildKey(NamedTuple):
    """The inputs of a build: its name in the cache, a digest for each flow, and the contents of the files."""

    name: str
    keys: Mapping[Path, str]
    texts: Mapping[Path, bytes]

    @property
    def whole(self) -> str:
        """The name of the cached build, which shows whether the output is up to date."""
        return f"{self.name}-whole"

    @property
    def key(self) -> str:
        """The digest of all flows."""
        return _digest(self.keys.values())


class _CachedFragments(NamedTuple):
    """Fragments by flow file, the lines of their contracts, and the cache line of each fragment."""

    fragments: Mapping[Path, Fragment]
    contracts: Mapping[str, str]
    lines: Mapping[Path, CacheLine]


_NOTHING = _CachedFragments({}, {}, {})


class _CachedFragment(NamedTuple):
    """A fragment in the cache: the path of its flow, the digest of its inputs, and its data."""

    path: str
    key: str
    data: list[Any]


class _CachedBuild(NamedTuple):
    """A build in the cache, without the contents of its files."""

    key: str
    lists: Sequence[tuple[str, str]]
    files: Mapping[str, FileDigest]
    diagnostics: Sequence[Diagnostic]
    declared: Sequence[str]
    summary: str
    installed: Sequence[str]


def build(
    request: BuildRequest,
    targets: Callable[[], Targets],
    store: Store | None,
    jobs: int,
    is_up_to_date: Callable[[Mapping[str, FileDigest]], bool],
    progress: Progress = no_progress,
) -> BuildResult:
    """Build a bundle, and reuse what the cache contains. `targets` is called only if a flow has to be compiled.

    `jobs` is the number of processes (0: chosen by the size of the flows); `is_up_to_date` returns whether the output
    folder contains files with these digests. Raise NothingToBuild like `check_flows`.
    """
    if store is None:
        return _build(request, targets, _NOTHING, jobs, progress)[0]
    key = _read(request)
    unchanged = _unchanged_build(store.load(key.whole), key, is_up_to_date)
    if unchanged is not None:
        return unchanged
    request = request._replace(found=request.found._replace(texts=key.texts))
    cached = _cached_fragments(store.load(key.name), key)
    try:
        built, fragments = _build(request, targets, cached, jobs, progress)
    except Exception:
        if cached is _NOTHING:
            raise
        # The cache may be the cause. Otherwise, this raises the same exception again.
        built, fragments = _build(request, targets, _NOTHING, jobs, progress)
    if fragments is not None and built.files is not None:
        if fragments is not cached:
            store.save(key.name, _lines(fragments, key))
        store.save(key.whole, [line(_cached_build(key, built, built.files, fragments))])
    return built


def _build(
    request: BuildRequest, targets: Callable[[], Targets], cached: _CachedFragments, jobs: int, progress: Progress
) -> tuple[BuildResult, _CachedFragments | None]:
    """Build a bundle from cached and new fragments, and return these too; None if it cannot be divided."""
    flows = request.found.flows
    missing = [flow for flow in flows if flow[0] not in cached.fragments]
    if not missing:
        result = merge_fragments(Fragments([cached.fragments[path] for path, _ in flows], cached.contracts))
        if result is not None and not result.host:
            return BuildResult(*result[1:], ()), cached
    # Imported late because a build without changes does not need the compiler.
    from flowc.driver.parallel import as_built, compile_fragments, compiled, divided, with_configuration

    made, whole = (
        compile_fragments(request, missing, targets(), jobs, progress) if missing else (Fragments((), {}), None)
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


def _read(request: BuildRequest) -> _BuildKey:
    found, options = request.found, request.options
    texts: dict[Path, bytes] = dict(found.texts)
    digests: dict[Path, str] = {}

    reader = found.reader()

    def digest(path: Path | None, root: Path) -> str:
        """Return the digest of a file; empty if it cannot be read, which the build reports."""
        if path is not None and path not in digests:
            if path not in texts:
                with suppress(OSError):
                    texts[path] = reader.contents(path, root)
            digests[path] = sha256_hex(texts[path]) if path in texts else ""
        return digests[path] if path is not None else ""

    arguments = (os.getcwd(), options, request.templates, request.with_summary)
    name = _digest([*arguments, *(path for path, _ in found.flows), *found.overlooked])
    others = (digest(path, root) for path, root in other_flows(found))
    common = _digest([name, *_environment(request.templates), *others])
    keys = {}
    for path, project in found.flows:
        environment = environment_file(path, project, options.environment) if options.environment else None
        root = root_of(path, project)
        keys[path] = _digest([common, path, project, *(digest(one, root) for one in (path, project, environment))])
    return _BuildKey(name, keys, texts)


def _cached_fragments(found: Sequence[CacheLine], build_key: _BuildKey) -> _CachedFragments:
    """Return the fragments that are still valid."""
    fragments: dict[Path, Fragment] = {}
    lines: dict[Path, CacheLine] = {}
    paths = {str(path): path for path in build_key.keys}
    try:
        (_, contracts), *flows = found
        for one in flows:
            name, key, data = reader(_CachedFragment)(one.value)
            path = paths.get(name)
            if path is None or build_key.keys[path] != key:
                continue
            fragment = reader(Fragment)(data)
            if _are_unchanged(fragment.lists):
                fragments[path], lines[path] = fragment, one
        for path, fragment in list(fragments.items()):
            if not all(paths.get(other) in fragments for other in fragment.connected):
                del fragments[path], lines[path]
        return _CachedFragments(fragments, reader(Mapping[str, str])(contracts), lines)
    except ValueError:
        return _NOTHING


def _lines(cached: _CachedFragments, key: _BuildKey) -> list[CacheLine]:
    """Return the lines that `_cached_fragments` reads."""
    flows = (
        cached.lines.get(path) or line([str(path), key.keys[path], fragment])
        for path, fragment in cached.fragments.items()
    )
    return [line(cached.contracts), *flows]


def _cached_build(
    key: _BuildKey, built: BuildResult, files: Mapping[str, bytes], fragments: _CachedFragments
) -> _CachedBuild:
    """Return what `_unchanged_build` reads."""
    lists = sorted({(path, digest) for fragment in fragments.fragments.values() for path, digest in fragment.lists})
    digests = {path: file_digest(data) for path, data in files.items()}
    return _CachedBuild(
        key=key.key,
        lists=lists,
        files=digests,
        diagnostics=built.diagnostics,
        declared=sorted(built.declared),
        summary=built.summary,
        installed=built.installed,
    )


def _unchanged_build(
    found: Sequence[CacheLine], key: _BuildKey, is_up_to_date: Callable[[Mapping[str, FileDigest]], bool]
) -> BuildResult | None:
    """Return the cached build if no input has changed and the output folder is up to date."""
    if not found:
        return None
    try:
        cached: _CachedBuild = reader(_CachedBuild)(found[0].value)
        if cached.key != key.key or not _are_unchanged(cached.lists) or not is_up_to_date(cached.files):
            return None
    except ValueError:  # of another form, or with invalid paths
        return None
    declared = frozenset(cached.declared)
    return BuildResult(
        diagnostics=tuple(cached.diagnostics),
        files={},
        declared=declared,
        summary=cached.summary,
        installed=tuple(cached.installed),
        unchanged=len(cached.files),
    )


def _are_unchanged(lists: Iterable[tuple[str, str]]) -> bool:
    """Return whether files that flows name still have these SHA-256 digests."""
    return all(_is_unchanged(Path(path), digest) for path, digest in lists)


def _is_unchanged(path: Path, digest: str) -> bool:
    try:
        return sha256_hex(FileReader().contents(path, None, MAX_AUDIO_BYTES)) == digest
    except OSError:
        return False


def _environment(templates: Path | None) -> Iterable[str]:
    """Yield everything else that determines the result: flowc, the installed libraries, further templates."""
    yield from (__version__, sys.version)
    for folder in sys.path:
        if os.path.isdir(folder):
            yield from sorted(name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info")))
    for root, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            info = os.stat(f"{root}/{name}")
            yield f"{root}/{name} {info.st_size} {info.st_mtime_ns}"
    for path in sorted(templates.rglob("*")) if templates and os.path.isdir(templates) else ():
        digest = ""  # an unreadable file counts too: the build reports it
        with suppress(OSError):
            digest = sha256_hex(FileReader().contents(path, templates))
        yield f"{path} {digest}"


def _digest(values: Iterable[object]) -> str:
    return sha256_hex("\0".join(map(str, values)))
