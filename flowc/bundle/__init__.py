"""A bundle on disk: compared, or replaced as a whole, with the files that flowc did not write left alone."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from flowc.bundle.journal import JournalRecord, StagedFile, recover, replace
from flowc.bundle.lock import interrupted, locked
from flowc.bundle.output_folder import (
    MANIFEST,
    WORK,
    BundleError,
    FileDigest,
    OutputFolder,
    bundle_errors,
    file_digest,
    is_safe,
    parent_folders,
    read,
    read_file_digest,
)

__all__ = [
    "MANIFEST",
    "BundleError",
    "Difference",
    "FileDigest",
    "Written",
    "compare",
    "ensure_complete",
    "file_digest",
    "holds",
    "write",
]

_MOST_NAMED = 5


class WriteResult(NamedTuple):
    """What `write` did: files written, files that held the right bytes already, old files removed."""

    written: int
    unchanged: int
    removed: int


class FileDifference(NamedTuple):
    """One file that a build would change: `missing`, `differs`, or `stale` (of an old build, no longer wanted).

    `line_ends` says that the file differs in nothing else: git, or an editor, has made them CRLF.
    """

    path: str
    kind: Literal["missing", "differs", "stale"]
    line_ends: bool = False


class _Comparison(NamedTuple):
    differences: list[FileDifference]
    refusals: list[str]  # why they must not be mended
    changed: list[str]  # files of the old bundle that are no longer as flowc wrote them, and not as wanted either
    folders: list[str]  # to be made, outermost first


def write(files: Mapping[str, bytes], folder: Path, force: bool = False) -> WriteResult:
    """Make `folder` hold `files` (relative POSIX path -> content, a manifest among them) in place of the old bundle.

    Files that flowc did not write are never touched, files that hold the right bytes already are not rewritten. A file
    of the old bundle that was changed after flowc wrote it is replaced or removed only with `force`; line ends that
    became CRLF are no such change. A `write` that was interrupted is finished, or undone, first.
    Raises BundleError, with the old bundle whole, or the new one after the next build; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with bundle_errors("write", root), locked(root):
        recover(root)
        with bundle_errors("read", root):
            recorded = _recorded_files(root, files)
            differences, refusals, edited, folders = _compare_folder(files, root, recorded)
        if left := _missing_sources(root, files) if any(one.kind == "stale" for one in differences) else []:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise BundleError(
                f"{root} holds the documents of {left[0]}{more}, which this build leaves out; nothing was written. "
                f"Build all flows of {root} together, choose another output folder (-o), or delete {root} first"
            )
        if refusals:
            more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
            raise BundleError(f"{refusals[0]}{more}; nothing was written")
        if edited and not force:
            raise BundleError(_edited_message(root, edited))
        changed = [one.path for one in differences if one.kind != "stale"]
        if differences:
            changed.sort(key=lambda path: (path == MANIFEST, path))
            place = [StagedFile(path, sha256(files[path]).hexdigest(), recorded.get(path)) for path in changed]
            remove = {path: known for path, known in sorted(recorded.items()) if path not in files}
            if lost := replace(root, JournalRecord(place, remove, folders), files):
                more = f" and {len(lost) - 1} more files" if len(lost) > 1 else ""
                raise BundleError(
                    f"someone removed {root}/{lost[0]}{more} of the new bundle while flowc was writing: build again"
                )
        return WriteResult(len(changed), len(files) - len(changed), len(differences) - len(changed))


def compare(files: Mapping[str, bytes], folder: Path) -> list[FileDifference]:
    """Tell, sorted by path, what `write` would change in `folder`; [] means up to date.

    Raises BundleError when the folder cannot be read, or a `write` was interrupted there; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with bundle_errors("read", root):
        if os.path.exists(root) and not os.path.isdir(root):
            raise BundleError(f"{root} is a file, not a folder: choose another output folder")
        ensure_complete(folder)
        found = _compare_folder(files, root, _recorded_files(root, files)).differences
        return [one._replace(line_ends=one.kind == "differs" and _in_line_ends(root, one.path, files)) for one in found]


def is_up_to_date(prints: Mapping[str, FileDigest], folder: Path) -> bool:
    """Whether `folder` holds this very bundle, given by the prints of all its files; `write` would do nothing.

    False also where a `write` was interrupted, or anything else stands in the way, which `write` knows how to tell.
    """
    root = os.fspath(folder)
    if os.path.lexists(f"{root}/{WORK}"):
        return False
    try:
        output = OutputFolder(root)
        return all(output.has_content(path, known) for path, known in prints.items())
    except OSError:
        return False


def ensure_complete(folder: Path) -> None:
    """Wait for a `write` that is at work in `folder`, so that a whole bundle can be read there; change nothing.

    Raises BundleError where a `write` was interrupted between the old bundle and the new one, or does not end.
    """
    root = os.fspath(folder)
    with bundle_errors("read", root):
        if interrupted(root):
            raise BundleError(f"a build into {root} was interrupted and must be finished first: run flowc build again")


def _check(files: Mapping[str, bytes]) -> None:
    if MANIFEST not in files:
        raise ValueError(f"a bundle needs a {MANIFEST}")
    for path in files:
        if not is_safe(path):
            raise ValueError(f"not a safe path in a bundle: {path!r}")
    for path in sorted(parent_folders(files)):
        if path in files:
            raise ValueError(f"both a file and a folder in a bundle: {path!r}")


def _recorded_files(root: str, files: Mapping[str, bytes]) -> dict[str, FileDigest]:
    """The files of the bundle in the folder, as its manifest knows them; BundleError when that is damaged or foreign.

    An entry without size and SHA-256 counts for nothing. Where that is the manifest of `files` it need not be parsed.
    """
    path = f"{root}/{MANIFEST}"
    if not os.path.lexists(path):
        return {}
    foreign = BundleError(f"{path} is not a manifest of flowc: move it away or choose another output folder")
    damaged = BundleError(f"{path} is damaged, so nobody can tell which files are flowc's: restore it or delete it")
    if not OutputFolder(root).is_file(MANIFEST):
        raise foreign
    found = read(path)
    if found == files[MANIFEST]:
        return {path: file_digest(data) for path, data in files.items()}
    try:
        data = json.loads(found)
    except (ValueError, RecursionError):
        raise damaged from None
    if not isinstance(data, dict) or data.get("generator") != "flowc":
        raise foreign
    entries = data.get("files")
    if not isinstance(entries, list):
        raise damaged
    recorded = {MANIFEST: file_digest(found)}
    for entry in entries:
        name = entry.get("path") if isinstance(entry, dict) else None
        if not is_safe(name) or name == MANIFEST:
            raise damaged
        with suppress(ValueError):
            recorded[name] = read_file_digest(entry.get("size"), entry.get("sha256"))
    return recorded


def _edited_message(root: str, changed: list[str]) -> str:
    """Words for files that a person, or another program, changed after flowc wrote them."""
    names = ", ".join(f"{root}/{path}" for path in changed[:_MOST_NAMED])
    more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
    what, them, changes = ("was", "it", "change") if len(changed) == 1 else ("were", "them", "changes")
    return (
        f"{names}{more} {what} changed after flowc wrote {them}; nothing was written. "
        f"Move {them} away to keep the {changes}, or discard the {changes} with flowc build --force"
    )


def _in_line_ends(root: str, path: str, files: Mapping[str, bytes]) -> bool:
    """Whether a file differs in its line ends alone; False where something else is in its place."""
    return OutputFolder(root).is_file(path) and read(f"{root}/{path}").replace(b"\r\n", b"\n") == files[path]


def _missing_sources(root: str, files: Mapping[str, bytes]) -> list[str]:
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


def _compare_folder(files: Mapping[str, bytes], root: str, recorded: Mapping[str, FileDigest]) -> _Comparison:
    leaving = recorded.keys() - files.keys()
    output = OutputFolder(root, leaving)
    differences = [FileDifference(path, "stale") for path in leaving if output.is_file(path)]
    refusals: list[str] = []
    for path, content in sorted(files.items()):
        try:
            kind = output.difference(path, content, path in recorded)
        except BundleError as error:
            kind = "differs"
            refusals.append(str(error))
        if kind is not None:
            differences.append(FileDifference(path, kind))
    differences.sort()
    existing = [one.path for one in differences if one.kind != "missing" and one.path in recorded]
    changed = [path for path in existing if not output.is_unchanged(path, recorded[path])]
    paths = [one.path for one in differences]
    folders = sorted(path for path in parent_folders(paths) if not output.has_folder(path))
    for path in sorted({path.rpartition("/")[0] for path in (*paths, *folders)}):
        if output.has_folder(path) and not os.access(f"{root}/{path}", os.W_OK | os.X_OK):
            refusals.append(f"cannot write {root}/{path}: permission denied; check who may write there")
    # A folder that takes the place of an old file cannot be made before the commit.
    return _Comparison(
        differences,
        refusals,
        changed,
        [path for path in folders if leaving.isdisjoint((path, *parent_folders([path])))],
    )
