"""A bundle on disk: compared, or replaced as a whole, with the files that flowc did not write left alone."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from flowc.bundle.ground import MANIFEST, WORK, BundleError, Ground, Print, above, explained, print_of, read, safe
from flowc.bundle.journal import Record, listed, replace, settle
from flowc.bundle.lock import locked

__all__ = [
    "MANIFEST",
    "BundleError",
    "Difference",
    "Print",
    "Written",
    "compare",
    "holds",
    "print_of",
    "recover",
    "write",
]


class Written(NamedTuple):
    """What `write` did: files written, files that held the right bytes already, old files removed."""

    written: int
    unchanged: int
    removed: int


class Difference(NamedTuple):
    """One file that a build would change: `missing`, `differs`, or `stale` (of an old build, no longer wanted).

    `line_ends` says that the file differs in nothing else: git, or an editor, has made them CRLF.
    """

    path: str
    kind: Literal["missing", "differs", "stale"]
    line_ends: bool = False


class _Survey(NamedTuple):
    differences: list[Difference]
    refusals: list[str]  # why they must not be mended
    folders: list[str]  # to be made, outermost first


def write(files: Mapping[str, bytes], folder: Path) -> Written:
    """Make `folder` hold `files` (relative POSIX path -> content, a manifest among them) in place of the old bundle.

    Files that flowc did not write are never touched, files that hold the right bytes already are not rewritten.
    Raises BundleError, with the old bundle whole, or the new one after the next command; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with explained("write", root), locked(root):
        settle(root)  # what it tells as lost is missing below
        with explained("read", root):
            owned = _owned(root, files)
            differences, refusals, folders = _survey(files, root, owned)
        if left := _left_out(root, files) if any(one.kind == "stale" for one in differences) else []:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise BundleError(
                f"{root} holds the documents of {left[0]}{more}, which this build leaves out; nothing was written. "
                f"Build all flows of {root} together, choose another output folder (-o), or delete {root} first"
            )
        if refusals:
            more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
            raise BundleError(f"{refusals[0]}{more}; nothing was written")
        changed = [one.path for one in differences if one.kind != "stale"]
        if differences:
            changed.sort(key=lambda path: (path == MANIFEST, path))
            place = [(path, sha256(files[path]).hexdigest()) for path in changed]
            lost = replace(root, Record(place, sorted(owned - files.keys()), folders), files)
            if lost:
                raise BundleError(f"{listed(root, lost)} while flowc was writing: build again")
        return Written(len(changed), len(files) - len(changed), len(differences) - len(changed))


def compare(files: Mapping[str, bytes], folder: Path) -> list[Difference]:
    """Tell, sorted by path, what `write` would change in `folder`; [] means up to date.

    Writes nothing, but ends an interrupted `write` first: between old and new there is nothing to compare with.
    Raises BundleError when the folder cannot be read or recovered; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with explained("read", root):
        if os.path.exists(root) and not os.path.isdir(root):
            raise BundleError(f"{root} is a file, not a folder: choose another output folder")
        _recovered(root)  # what it tells as lost is missing below
        found = _survey(files, root, _owned(root, files)).differences
        return [one._replace(line_ends=one.kind == "differs" and _in_line_ends(root, one.path, files)) for one in found]


def holds(prints: Mapping[str, Print], folder: Path) -> bool:
    """Whether `folder` holds this very bundle, given by the prints of all its files; `write` would do nothing.

    False also where a `write` was interrupted, or anything else stands in the way, which `write` knows how to tell.
    """
    root = os.fspath(folder)
    if os.path.lexists(f"{root}/{WORK}"):
        return False
    try:
        ground = Ground(root)
        return all(ground.has(path, known) for path, known in prints.items())
    except OSError:
        return False


def recover(folder: Path) -> None:
    """Finish or undo a `write` that was interrupted in `folder`; does nothing where none was.

    Raises BundleError when that fails, or when files of the new bundle were removed meanwhile.
    """
    root = os.fspath(folder)
    lost = _recovered(root)
    if lost:
        raise BundleError(f"{listed(root, lost)} after a build was interrupted: build again")


def _recovered(root: str) -> list[str]:
    if not os.path.lexists(f"{root}/{WORK}"):
        return []
    with explained("write", root, "a build was interrupted there and must be finished first"), locked(root):
        return settle(root)


def _check(files: Mapping[str, bytes]) -> None:
    if MANIFEST not in files:
        raise ValueError(f"a bundle needs a {MANIFEST}")
    for path in files:
        if not safe(path):
            raise ValueError(f"not a safe path in a bundle: {path!r}")
    for path in sorted(above(files)):
        if path in files:
            raise ValueError(f"both a file and a folder in a bundle: {path!r}")


def _owned(root: str, files: Mapping[str, bytes]) -> set[str]:
    """The files of the bundle in the folder, by its manifest; BundleError when that is damaged or not flowc's.

    Where that is the manifest of `files` it need not be read: it names them.
    """
    path = f"{root}/{MANIFEST}"
    if not os.path.lexists(path):
        return set()
    foreign = BundleError(f"{path} is not a manifest of flowc: move it away or choose another output folder")
    damaged = BundleError(f"{path} is damaged, so nobody can tell which files are flowc's: restore it or delete it")
    if not Ground(root).is_file(MANIFEST):
        raise foreign
    found = read(path)
    if found == files[MANIFEST]:
        return set(files)
    try:
        data = json.loads(found)
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(data, dict) or data.get("generator") != "flowc":
        raise foreign
    entries = data.get("files")
    if not isinstance(entries, list):
        raise damaged
    owned = {MANIFEST}
    for entry in entries:
        name = entry.get("path") if isinstance(entry, dict) else None
        if not safe(name) or name == MANIFEST:
            raise damaged
        owned.add(name)
    return owned


def _in_line_ends(root: str, path: str, files: Mapping[str, bytes]) -> bool:
    """Whether a file differs in its line ends alone; False where something else is in its place."""
    return Ground(root).is_file(path) and read(f"{root}/{path}").replace(b"\r\n", b"\n") == files[path]


def _left_out(root: str, files: Mapping[str, bytes]) -> list[str]:
    """The files of flows, sorted, of which the folder has documents and `files` none, though they are still there."""
    path = f"{root}/{MANIFEST}"
    old = _flows(read(path)) if os.path.lexists(path) else []
    new = _flows(files[MANIFEST])
    names, sources = {name for name, _ in new}, {source for _, source in new}
    left = {source for name, source in old if name not in names and source not in sources and os.path.isfile(source)}
    return sorted(left)


def _flows(manifest: bytes) -> list[tuple[str, str]]:
    """The flows that a manifest names, each with the path of its file; none where it has another form."""
    try:
        return [(flow["flow"], flow["source"]["file"]) for flow in json.loads(manifest)["flows"]]
    except (ValueError, RecursionError, LookupError, TypeError):
        return []


def _survey(files: Mapping[str, bytes], root: str, owned: set[str]) -> _Survey:
    leaving = owned - files.keys()
    ground = Ground(root, leaving)
    differences = [Difference(path, "stale") for path in leaving if ground.is_file(path)]
    refusals: list[str] = []
    for path, content in sorted(files.items()):
        try:
            kind = ground.judge(path, content, path in owned)
        except BundleError as error:
            kind = "differs"
            refusals.append(str(error))
        if kind is not None:
            differences.append(Difference(path, kind))
    differences.sort()
    paths = [one.path for one in differences]
    folders = sorted(path for path in above(paths) if not ground.holds(path))
    for path in sorted({path.rpartition("/")[0] for path in (*paths, *folders)}):
        if ground.holds(path) and not os.access(f"{root}/{path}", os.W_OK | os.X_OK):
            refusals.append(f"cannot write {root}/{path}: permission denied; check who may write there")
    # A folder that takes the place of an old file cannot be made before the commit.
    return _Survey(differences, refusals, [path for path in folders if leaving.isdisjoint((path, *above([path])))])
