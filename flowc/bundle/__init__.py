"""A bundle on disk: compared, or replaced as a whole. Files that flowc did not write are never touched."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from flowc.bundle.journal import JournalRecord, StagedFile, recover, replace
from flowc.bundle.known_files import KnownFiles
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
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple

__all__ = [
    "MANIFEST",
    "BundleError",
    "FileDifference",
    "FileDigest",
    "KnownFiles",
    "WriteResult",
    "compare",
    "ensure_complete",
    "file_digest",
    "is_up_to_date",
    "write",
]

_MOST_NAMED = 5


class WriteResult(NamedTuple):
    """The result of `write`: numbers of files that were written, were already up to date, and were removed."""

    written: int
    unchanged: int
    removed: int


class FileDifference(NamedTuple):
    """A file that a build would change: `missing`, `differs`, or `stale` (from an old build, to be removed).

    `line_ends` means that the file differs only in its line ends: git or an editor has made them CRLF.
    """

    path: str
    kind: Literal["missing", "differs", "stale"]
    line_ends: bool = False


class _Comparison(NamedTuple):
    differences: list[FileDifference]
    refusals: list[str]  # reasons why they cannot be written
    changed: list[str]  # files of the old bundle that were edited and differ from the new bundle
    folders: list[str]  # to be created, outermost first


def write(
    files: Mapping[str, bytes], folder: Path, force: bool = False, known: KnownFiles | None = None
) -> WriteResult:
    """Replace the bundle in `folder` by `files` (relative POSIX path -> content, including a manifest).

    Files that flowc did not write are never touched, and files that are up to date are not rewritten. A file of the old
    bundle that was edited after flowc wrote it is replaced or removed only with `force`; line ends that became CRLF do
    not count as an edit. An interrupted `write` is completed or undone first. `known` are the files that the last build
    left there, whose stamps are noted; those that it has `kept` are not compared.
    Raise BundleError if the old bundle remains, or the next build completes the new one; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with bundle_errors("write", root), locked(root):
        recover(root)
        with bundle_errors("read", root):
            if known and known.kept and known.has_manifest(OutputFolder(root)):
                recorded, kept = known.recorded(), known.kept
            else:
                recorded, kept = _recorded_files(root, files), ()
            differences, refusals, edited, folders = _compare_folder(files, root, recorded, kept)
        if left := _missing_sources(root, files) if any(one.kind == "stale" for one in differences) else []:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise BundleError(
                f"{root} contains documents of {left[0]}{more}, which this build leaves out; nothing was written. "
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
            place = [StagedFile(path, sha256_hex(files[path]), recorded.get(path)) for path in changed]
            remove = {path: known for path, known in sorted(recorded.items()) if path not in files}
            if lost := replace(root, JournalRecord(place, remove, folders), files):
                more = f" and {len(lost) - 1} more files" if len(lost) > 1 else ""
                raise BundleError(
                    f"someone removed {root}/{lost[0]}{more} of the new bundle while flowc was writing: build again"
                )
        if known is not None:
            known.kept = kept
            with suppress(OSError):
                known.note(OutputFolder(root), files, frozenset(changed))
        return WriteResult(len(changed), len(files) - len(changed), len(differences) - len(changed))


def compare(files: Mapping[str, bytes], folder: Path) -> list[FileDifference]:
    """List what `write` would change in `folder`, sorted by path; an empty list means up to date.

    Raise BundleError if the folder cannot be read or a `write` was interrupted there; ValueError for unsafe paths.
    """
    _check(files)
    root = os.fspath(folder)
    with bundle_errors("read", root):
        if os.path.exists(root) and not os.path.isdir(root):
            raise BundleError(f"{root} is a file, not a folder: choose another output folder")
        ensure_complete(folder)
        found = _compare_folder(files, root, _recorded_files(root, files), ()).differences
        return [one._replace(line_ends=one.kind == "differs" and _in_line_ends(root, one.path, files)) for one in found]


def is_up_to_date(known: KnownFiles, folder: Path) -> bool:
    """Return whether `folder` contains these files, so that `write` is not needed; their stamps are noted.

    Return False after an interrupted `write`, or if there is an obstacle; `write` reports it.
    """
    root = os.fspath(folder)
    if os.path.lexists(f"{root}/{WORK}"):
        return False
    try:
        return known.are_in(OutputFolder(root))
    except OSError:
        return False


def ensure_complete(folder: Path) -> None:
    """Wait for a running `write` to `folder`, so that a complete bundle can be read there. Change nothing.

    Raise BundleError if a `write` was interrupted between the old bundle and the new one, or does not end.
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
    """Return the files of the bundle in the folder, as recorded in its manifest.

    Ignore entries without size and SHA-256. A manifest that is identical to the one in `files` is not parsed. Raise
    BundleError if the manifest is damaged or was not written by flowc.
    """
    path = f"{root}/{MANIFEST}"
    if not os.path.lexists(path):
        return {}
    foreign = BundleError(f"{path} is not a manifest of flowc: move it away or choose another output folder")
    damaged = BundleError(f"{path} is damaged, so the files of the old bundle are unknown: restore it or delete it")
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
    """Return the message about files that a user or another program has edited."""
    names = ", ".join(f"{root}/{path}" for path in changed[:_MOST_NAMED])
    more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
    what, them, changes = ("was", "it", "change") if len(changed) == 1 else ("were", "them", "changes")
    return (
        f"{names}{more} {what} changed after flowc wrote {them}; nothing was written. "
        f"Move {them} away to keep the {changes}, or discard the {changes} with flowc build --force"
    )


def _in_line_ends(root: str, path: str, files: Mapping[str, bytes]) -> bool:
    """Return whether a file differs only in its line ends."""
    return OutputFolder(root).is_file(path) and read(f"{root}/{path}").replace(b"\r\n", b"\n") == files[path]


def _missing_sources(root: str, files: Mapping[str, bytes]) -> list[str]:
    """Return the existing flow files with documents in the folder but not in `files`, sorted."""
    path = f"{root}/{MANIFEST}"
    old = _flows(read(path)) if os.path.lexists(path) else []
    new = _flows(files[MANIFEST])
    names, sources = {name for name, _ in new}, {source for _, source in new}
    left = {source for name, source in old if name not in names and source not in sources and os.path.isfile(source)}
    return sorted(left)


def _flows(manifest: bytes) -> list[tuple[str, str]]:
    """Return the names and file paths of the flows in a manifest; an empty list if it has another form."""
    try:
        return [(flow["flow"], flow["source"]["file"]) for flow in json.loads(manifest)["flows"]]
    except (ValueError, RecursionError, LookupError, TypeError):
        return []


def _compare_folder(
    files: Mapping[str, bytes], root: str, recorded: Mapping[str, FileDigest], kept: Collection[str]
) -> _Comparison:
    removed = recorded.keys() - files.keys()
    output = OutputFolder(root, removed)
    differences = [FileDifference(path, "stale") for path in removed if output.is_file(path)]
    refusals: list[str] = []
    for path in sorted(files.keys() - kept):
        try:
            kind = output.difference(path, files[path], path in recorded)
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
            refusals.append(f"cannot write {root}/{path}: permission denied; check its permissions")
    # A folder that replaces an old file can only be created after the commit.
    return _Comparison(
        differences,
        refusals,
        changed,
        [path for path in folders if removed.isdisjoint((path, *parent_folders([path])))],
    )
