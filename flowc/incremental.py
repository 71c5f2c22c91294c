"""Builds again only what has changed, and on several cores at once: from files to a bundle, which is made of parts.

What an earlier build made of a flow counts as long as all that it was made of is the same: the bytes of the flow, of
its project file, its environment and the files that it names, what the command line asks for, and flowc itself with its
tables, templates and libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from flowc import __version__
from flowc.parts import Built, Part, Request, as_data, from_data, joined
from flowc.project import contents, environment_file, read
from flowc.store import Store
from flowc.watch import Watch, unwatched

if TYPE_CHECKING:
    from flowc.targets import Targets

_PACKAGE = Path(__file__).parent


def build(
    request: Request, targets: Callable[[], Targets], store: Store | None, jobs: int, watch: Watch = unwatched
) -> Built:
    """The whole way, as short as it can be. `targets` is asked only if something has to be compiled.

    `jobs` is the number of processes (0: as many as the flows are worth). Raises NothingToBuild as `check_flows` does.
    """
    asked = _read(request) if store else None
    kept = _kept(store.load(asked.name), asked.keys) if store and asked else {}
    if asked:
        request = request._replace(found=replace(request.found, texts=asked.texts))
    flows = request.found.flows
    missing = [flow for flow in flows if flow[0] not in kept]
    if not missing:
        result = joined([kept[path] for path, _ in flows])
        if result is not None and not result.host:
            return Built(*result[1:], ())
    # Who finds everything done does not pay for the compiler.
    from flowc.sharing import as_built, compile_parts, compiled, with_configuration

    made, whole = compile_parts(request, missing, targets(), jobs, watch) if missing else ([], None)
    if made is not None:
        parts = {**kept, **{path: part for (path, _), part in zip(missing, made, strict=True)}}
        result = joined([parts[path] for path, _ in flows])
        built = with_configuration(result, request, targets()) if result is not None else None
        if built is not None:
            if store and asked and missing:
                store.save(asked.name, {str(path): [asked.keys[path], as_data(part)] for path, part in parts.items()})
            return built
    if whole is None or len(missing) < len(flows):
        whole = compiled(request, targets(), watch)
    return as_built(whole, request, targets())


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
                with suppress(OSError):
                    texts[path] = contents(path)
            digests[path] = sha256(texts[path]).hexdigest() if path in texts else ""
        return digests[path] if path is not None else ""

    name = _digest([os.getcwd(), options, request.templates, *(path for path, _ in found.flows)])
    common = _digest([name, request.talkative, *_flowc(request.templates)])
    keys = {}
    for path, project in found.flows:
        environment = environment_file(path, project, options.environment) if options.environment else None
        keys[path] = _digest([common, path, project, *map(digest, (path, project, environment))])
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
    for path in sorted(templates.rglob("*")) if templates and os.path.isdir(templates) else ():
        if path.is_file():
            yield f"{path} {sha256(path.read_bytes()).hexdigest()}"


def _digest(values: Iterable[object]) -> str:
    return sha256("\0".join(map(str, values)).encode("utf-8", "surrogateescape")).hexdigest()
