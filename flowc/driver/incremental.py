"""Builds again only what has changed, and on several cores at once: from files to a bundle, which is made of parts.

What an earlier build made of a flow counts as long as all that it was made of is the same: the bytes of the flow, of
its project file, its environment and the files that it names, what the command line asks for, and flowc itself with its
tables, templates and libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc import __version__
from flowc.bundle import FileDigest, file_digest
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.findings import Diagnostic
from flowc.diagnostics.progress import Progress, no_progress
from flowc.diagnostics.reader import FileReader
from flowc.driver.cache import CacheLine, Store, line, reader
from flowc.driver.fragments import BuildRequest, BuildResult, Fragment, Fragments, merge_fragments
from flowc.project.project import environment_file, root_of

if TYPE_CHECKING:
    from flowc.profiles.targets import Targets

_PACKAGE = Path(__file__).parents[1]


class _BuildKey(NamedTuple):
    """What a build is made of: the name under which it is kept, a digest for each flow, and the files read."""

    name: str
    keys: Mapping[Path, str]
    texts: Mapping[Path, bytes]

    @property
    def whole(self) -> str:
        """The name under which is kept what tells whether anything has to be done."""
        return f"{self.name}-whole"

    @property
    def key(self) -> str:
        """A digest for all flows."""
        return _digest(self.keys.values())


class _CachedFragments(NamedTuple):
    """Fragments by their flow files, the lines of contracts that go with them, and the text that each part is kept as."""

    parts: Mapping[Path, Fragment]
    contracts: Mapping[str, str]
    lines: Mapping[Path, CacheLine]


_NOTHING = _CachedFragments({}, {}, {})


class _CachedFragment(NamedTuple):
    """A part as it is kept: the path of its flow, the digest of what it was made of, and its data."""

    path: str
    key: str
    data: list[Any]


class _CachedBuild(NamedTuple):
    """A build as it is kept, without what is in its files."""

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
    """The whole way, as short as it can be. `targets` is asked only if something has to be compiled.

    `jobs` is the number of processes (0: as many as the flows are worth); `is_up_to_date` says whether the output
    folder contains files of these prints. Raises NothingToBuild as `check_flows` does.
    """
    if store is None:
        return _build(request, targets, _NOTHING, jobs, progress)[0]
    asked = _read(request)
    there = _unchanged_build(store.load(asked.whole), asked, is_up_to_date)
    if there is not None:
        return there
    request = request._replace(found=request.found._replace(texts=asked.texts))
    kept = _cached_fragments(store.load(asked.name), asked)
    try:
        built, parts = _build(request, targets, kept, jobs, progress)
    except Exception:
        if kept is _NOTHING:
            raise
        # What was kept may be to blame. If it is not, this raises the same again.
        built, parts = _build(request, targets, _NOTHING, jobs, progress)
    if parts is not None and built.files is not None:
        if parts is not kept:
            store.save(asked.name, _lines(parts, asked))
        store.save(asked.whole, [line(_cached_build(asked, built, built.files, parts))])
    return built


def _build(
    request: BuildRequest, targets: Callable[[], Targets], kept: _CachedFragments, jobs: int, progress: Progress
) -> tuple[BuildResult, _CachedFragments | None]:
    """A build, and its parts: those kept, or them and the missing ones; None where it does not fall into parts."""
    flows = request.found.flows
    missing = [flow for flow in flows if flow[0] not in kept.parts]
    if not missing:
        result = merge_fragments(Fragments([kept.parts[path] for path, _ in flows], kept.contracts))
        if result is not None and not result.host:
            return BuildResult(*result[1:], ()), kept
    # Who finds everything done does not pay for the compiler.
    from flowc.driver.parallel import as_built, compile_fragments, compiled, with_configuration

    made, whole = (
        compile_fragments(request, missing, targets(), jobs, progress) if missing else (Fragments((), {}), None)
    )
    if made is not None:
        new = {path: part for (path, _), part in zip(missing, made.each, strict=True)}
        contracts = {**kept.contracts, **made.contracts}
        parts = _CachedFragments({**kept.parts, **new}, contracts, kept.lines) if missing else kept
        result = merge_fragments(Fragments([parts.parts[path] for path, _ in flows], parts.contracts))
        built = with_configuration(result, request, targets()) if result is not None else None
        if built is not None:
            return built, parts
    if whole is None or len(missing) < len(flows):
        whole = compiled(request, targets(), progress)
    return as_built(whole, request, targets()), None


def _read(request: BuildRequest) -> _BuildKey:
    found, options = request.found, request.options
    texts: dict[Path, bytes] = dict(found.texts)
    digests: dict[Path, str] = {}

    reader = found.reader()

    def digest(path: Path | None, root: Path) -> str:
        """That of a file's bytes; empty where it cannot be read, of which the build will tell."""
        if path is not None and path not in digests:
            if path not in texts:
                with suppress(OSError):
                    texts[path] = reader.contents(path, root)
            digests[path] = sha256_hex(texts[path]) if path in texts else ""
        return digests[path] if path is not None else ""

    said = (os.getcwd(), options, request.templates, request.with_summary)
    name = _digest([*said, *(path for path, _ in found.flows), *found.overlooked])
    common = _digest([name, *_environment(request.templates)])
    keys = {}
    for path, project in found.flows:
        environment = environment_file(path, project, options.environment) if options.environment else None
        root = root_of(path, project)
        keys[path] = _digest([common, path, project, *(digest(one, root) for one in (path, project, environment))])
    return _BuildKey(name, keys, texts)


def _cached_fragments(found: Sequence[CacheLine], asked: _BuildKey) -> _CachedFragments:
    """The parts that still count."""
    parts: dict[Path, Fragment] = {}
    lines: dict[Path, CacheLine] = {}
    paths = {str(path): path for path in asked.keys}
    try:
        (_, contracts), *flows = found
        for one in flows:
            name, key, data = reader(_CachedFragment)(one.value)
            path = paths.get(name)
            if path is None or asked.keys[path] != key:
                continue
            part = reader(Fragment)(data)
            if _are_unchanged(part.lists):
                parts[path], lines[path] = part, one
        return _CachedFragments(parts, reader(Mapping[str, str])(contracts), lines)
    except ValueError:
        return _NOTHING


def _lines(kept: _CachedFragments, asked: _BuildKey) -> list[CacheLine]:
    """What `_kept` reads."""
    flows = (kept.lines.get(path) or line([str(path), asked.keys[path], part]) for path, part in kept.parts.items())
    return [line(kept.contracts), *flows]


def _cached_build(
    asked: _BuildKey, built: BuildResult, files: Mapping[str, bytes], parts: _CachedFragments
) -> _CachedBuild:
    """What `_there` reads."""
    lists = sorted({(path, digest) for part in parts.parts.values() for path, digest in part.lists})
    prints = {path: file_digest(data) for path, data in files.items()}
    return _CachedBuild(
        key=asked.key,
        lists=lists,
        files=prints,
        diagnostics=built.diagnostics,
        declared=sorted(built.declared),
        summary=built.summary,
        installed=built.installed,
    )


def _unchanged_build(
    found: Sequence[CacheLine], asked: _BuildKey, is_up_to_date: Callable[[Mapping[str, FileDigest]], bool]
) -> BuildResult | None:
    """The build if it is the last one again, and the output folder is up to date."""
    if not found:
        return None
    try:
        kept: _CachedBuild = reader(_CachedBuild)(found[0].value)
        if kept.key != asked.key or not _are_unchanged(kept.lists) or not is_up_to_date(kept.files):
            return None
    except ValueError:  # of another form, or of paths that can be none
        return None
    declared = frozenset(kept.declared)
    return BuildResult(
        diagnostics=tuple(kept.diagnostics),
        files={},
        declared=declared,
        summary=kept.summary,
        installed=tuple(kept.installed),
        unchanged=len(kept.files),
    )


def _are_unchanged(lists: Iterable[tuple[str, str]]) -> bool:
    """Whether files that flows name still have the SHA-256 beside them."""
    return all(_is_unchanged(Path(path), digest) for path, digest in lists)


def _is_unchanged(path: Path, digest: str) -> bool:
    try:
        return sha256_hex(FileReader().contents(path, None)) == digest
    except OSError:
        return False


def _environment(templates: Path | None) -> Iterable[str]:
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
    for path in sorted(templates.rglob("*")) if templates and os.path.isdir(templates) else ():
        digest = ""  # what cannot be read counts too: the build reports it
        with suppress(OSError):
            digest = sha256_hex(FileReader().contents(path, templates))
        yield f"{path} {digest}"


def _digest(values: Iterable[object]) -> str:
    return sha256_hex("\0".join(map(str, values)))
