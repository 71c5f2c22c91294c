"""The replacement of a bundle as one transaction.

All new files are staged under `.flowc/` in the output folder. Then one rename commits a record of the changes, and only
then is the old bundle modified. The next build discards an uncommitted stage and completes a committed one, so that the
folder contains either the complete old bundle or the complete new one.

A record is valid only for the user who wrote it, and only in its original folder: a copy, for example from a checkout,
is rejected. Files that a user has changed between an interruption and the next build are kept.

    .flowc/lock      locked while a process works in the folder
    .flowc/plan      the record of the planned changes; renamed to `commit` when everything is staged
    .flowc/commit    from here on the new bundle is valid
    .flowc/stage/N   content of the Nth file of the record
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

from flowc.bundle.output_folder import (
    FLAGS,
    MANIFEST,
    WORK,
    BundleError,
    FileDigest,
    OutputFolder,
    bundle_errors,
    is_safe,
    parent_folders,
    read,
    read_file_digest,
)
from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.records import NamedTuple

_FEW = 16  # up to this number, files are flushed one by one; more files are flushed together
_GONE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class StagedFile(NamedTuple):
    """A file to write: its path, its SHA-256, and the digest of the file that it may replace, if any."""

    path: str
    sha256: str
    replaced: FileDigest | None


class JournalRecord(NamedTuple):
    """The changes to the output folder."""

    place: list[StagedFile]  # in the order of the staged names, the manifest last
    remove: dict[str, FileDigest]  # old files by path, with the digests that they must have
    folders: list[str]  # created before the commit, while an error can still be undone


def replace(root: str, record: JournalRecord, files: Mapping[str, bytes]) -> list[str]:
    """Apply the record with the contents in `files`. The caller has the lock and has called `recover`.

    Return the paths that another process removed meanwhile. Raise OSError before the commit, with everything undone;
    BundleError after the commit.
    """
    work = f"{root}/{WORK}"
    few = len(record.place) <= _FEW
    try:
        _create(f"{work}/plan", json.dumps({"work": _identity(root), **record._asdict()}).encode(), few)
        for path in record.folders:
            with suppress(FileExistsError):
                os.mkdir(f"{root}/{path}")
        os.mkdir(f"{work}/stage")
        for index, placed in enumerate(record.place):
            _create(f"{work}/stage/{index}", files[placed.path], few)
        # Contents must reach the disk before the record, or a power failure could leave empty files.
        # fsync costs about 1 ms per file, sync 15 ms for 1,000. If sync does not wait, `recover` finds wrong hashes.
        if not few and sys.platform != "win32":
            os.sync()
        os.replace(f"{work}/plan", f"{work}/commit")
    except BaseException:
        if not os.path.lexists(f"{work}/commit"):
            with suppress(OSError):
                recover(root)
        raise
    with bundle_errors("write", root, _state(root)):
        _flush_folder(work)
        lost = _apply(root, record, checked=False)
        _clean_up(root)
    return lost


def recover(root: str) -> None:
    """Complete a committed change, or undo an uncommitted one. The caller has the lock.

    A file that was changed since the commit is kept, and one whose staged content was removed is missing. Raise
    BundleError if the change cannot be completed, or was made by another user or in another folder; OSError.
    """
    record = _load(root, "commit")
    if record is not None:
        with bundle_errors("write", root, _state(root)):
            _apply(root, record, checked=True)
    _clean_up(root)


def _state(root: str) -> str:
    return f"the new bundle is incomplete; the next flowc build into {root} completes it"


def _apply(root: str, record: JournalRecord, checked: bool) -> list[str]:
    """Apply the remaining changes and return the paths that failed. `checked`: long after staging, so verify hashes."""
    # Removal comes first because a folder may replace an old file, or a file an old folder.
    output = OutputFolder(root)
    for path, known in record.remove.items():
        if output.is_unchanged(path, known) if checked else output.is_file(path):
            with suppress(*_GONE):
                os.unlink(f"{root}/{path}")
    for path in sorted(parent_folders(record.remove), key=len, reverse=True):
        if output.has_folder(path):
            with suppress(OSError):
                os.rmdir(f"{root}/{path}")
    output = OutputFolder(root)
    lost = []
    for index, (path, sha256, replaced) in enumerate(record.place):
        staged, target = f"{root}/{WORK}/stage/{index}", f"{root}/{path}"
        if checked and output.is_file(path) and _file_sha256(target) == sha256:
            continue
        old = replaced is not None and checked and output.is_unchanged(path, replaced)
        may = not checked or (_file_sha256(staged) == sha256 and (old or not os.path.lexists(target)))
        if may and _move(staged, target, output.check_folder(path.rpartition("/")[0])):
            continue
        lost.append(path)
        # Next to the new manifest, an old file would count as edited.
        if path != MANIFEST and replaced is not None and output.is_unchanged(path, replaced):
            os.unlink(target)
    return lost


def _move(staged: str, target: str, has_folder: bool) -> bool:
    """Move the staged file; return False if it no longer exists."""
    if has_folder:
        try:
            os.replace(staged, target)
            return True
        except FileNotFoundError:
            pass
    if not os.path.lexists(staged):
        return False
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.replace(staged, target)
    return True


def _clean_up(root: str) -> None:
    """Remove the remains of a change; the commit first, because the stage is meaningless without it."""
    work = f"{root}/{WORK}"
    with suppress(FileNotFoundError):
        os.unlink(f"{work}/commit")
    output = OutputFolder(root)
    if output.has_folder(f"{WORK}/stage"):
        for name in os.listdir(f"{work}/stage"):
            if name.isdecimal():
                os.unlink(f"{work}/stage/{name}")
        with suppress(OSError):
            os.rmdir(f"{work}/stage")
    with suppress(BundleError):  # a truncated plan: its folders were not created yet
        plan = _load(root, "plan")
        for path in reversed(plan.folders if plan else []):
            if output.has_folder(path):
                with suppress(OSError):
                    os.rmdir(f"{root}/{path}")
    with suppress(FileNotFoundError):
        os.unlink(f"{work}/plan")


def _load(root: str, name: str) -> JournalRecord | None:
    """Return the record in a file, or None. Raise BundleError if it is damaged or foreign; OSError."""
    path = f"{root}/{WORK}/{name}"
    advice = f"delete {root}/{WORK} and build again"
    try:
        data = json.loads(read(path))
        place = [
            StagedFile(file, str(sha256), None if known is None else read_file_digest(*known))
            for file, sha256, known in data["place"]
        ]
        record = JournalRecord(
            place, {file: read_file_digest(*known) for file, known in data["remove"].items()}, data["folders"]
        )
        valid = all(map(is_safe, [*(one.path for one in place), *record.remove, *record.folders]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        valid = False
    if not valid:
        raise BundleError(f"{path} is damaged: {advice}")
    if data.get("work") != _identity(root) or (sys.platform != "win32" and os.lstat(path).st_uid != os.geteuid()):
        raise BundleError(f"{path} was copied here or belongs to another user, so it is not applied: {advice}")
    return record


def _identity(root: str) -> int:
    """Return a number that no copy of the work folder has."""
    return os.stat(f"{root}/{WORK}").st_ino


def _create(path: str, content: bytes, flush: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | FLAGS, 0o666)
    try:
        while (done := os.write(file, content)) < len(content):
            content = content[done:]
        if flush:
            os.fsync(file)
    finally:
        os.close(file)


def _file_sha256(path: str) -> str | None:
    try:
        return sha256_hex(read(path))
    except _GONE:
        return None


def _flush_folder(path: str) -> None:
    if sys.platform != "win32":
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
