"""The change of a bundle as one step.

All new files are staged under `.flowc/` in the output folder. Then one rename commits a record that says what goes
where, and only then is the old bundle touched. The next build throws an uncommitted stage away and carries a committed
one to its end, so it finds the old bundle whole or the new one whole.

A record counts only for the user who wrote it, in the very folder where it was written: one that came with a copy, such
as a checkout, is refused. Between an interruption and the next build a person may have changed files. These are kept.

    .flowc/lock      held while a process works in the folder
    .flowc/plan      the record of what is going to happen; renamed to `commit` when everything is staged
    .flowc/commit    from here on the new bundle counts
    .flowc/stage/N   content of the Nth file of the record
"""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

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

_FEW = 16  # so many files are flushed one by one, more of them all at once
_GONE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class StagedFile(NamedTuple):
    """A file that a change writes: its path, its SHA-256, and the print of what it may replace besides nothing."""

    path: str
    digest: str
    replaced: FileDigest | None


class JournalRecord(NamedTuple):
    """What a change does to the output folder."""

    place: list[StagedFile]  # in the order of the staged names, the manifest last
    remove: dict[str, FileDigest]  # old files by their paths, and what they must be for that
    folders: list[str]  # made before the commit, while lack of space or of rights can still be undone


def replace(root: str, record: JournalRecord, files: Mapping[str, bytes]) -> list[str]:
    """Do what the record says with the contents in `files`; the caller holds the lock and has settled.

    Returns the paths that someone else removed meanwhile. Raises OSError before the commit, with everything undone;
    BundleError after it.
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
        # Contents must reach the disk before the record that promises them, or a power cut could leave empty files.
        # fsync costs about 1 ms a file, sync 15 ms for 1,000. Where sync does not wait, `recover` sees it by the hashes.
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
    """Finish a committed change, undo one that was not committed; the caller holds the lock.

    A file that was changed since the commit is kept, one whose new content was removed is missing, and the rest is the
    new bundle. Raises BundleError when the change cannot be finished, or is not this user's in this folder; OSError.
    """
    record = _load(root, "commit")
    if record is not None:
        with bundle_errors("write", root, _state(root)):
            _apply(root, record, checked=True)
    _clean_up(root)


def _state(root: str) -> str:
    return f"the new bundle is not all in place, and the next flowc build into {root} goes on from here"


def _apply(root: str, record: JournalRecord, checked: bool) -> list[str]:
    """Do what is not done yet; the paths that could not be placed. `checked`: this may be long after staging."""
    # Removal comes first because an old file may have to give way to a folder, or an old folder to a file.
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
    for index, (path, digest, replaced) in enumerate(record.place):
        staged, target = f"{root}/{WORK}/stage/{index}", f"{root}/{path}"
        if checked and output.is_file(path) and _digest(target) == digest:
            continue
        old = replaced is not None and checked and output.is_unchanged(path, replaced)
        may = not checked or (_digest(staged) == digest and (old or not os.path.lexists(target)))
        if may and _move(staged, target, output.check_folder(path.rpartition("/")[0])):
            continue
        lost.append(path)
        # An old file beside the new manifest would count as changed by hand.
        if path != MANIFEST and replaced is not None and output.is_unchanged(path, replaced):
            os.unlink(target)
    return lost


def _move(staged: str, target: str, has_folder: bool) -> bool:
    """Whether the staged file could be moved; False when it is gone."""
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
    """Throw away what is left of a change; the commit goes first, for without it the stage means nothing."""
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
    with suppress(BundleError):  # a plan that was cut short: no folder was made for it yet
        plan = _load(root, "plan")
        for path in reversed(plan.folders if plan else []):
            if output.has_folder(path):
                with suppress(OSError):
                    os.rmdir(f"{root}/{path}")
    with suppress(FileNotFoundError):
        os.unlink(f"{work}/plan")


def _load(root: str, name: str) -> JournalRecord | None:
    """The record in that file, None where there is none; BundleError when it is damaged or not ours; OSError."""
    path = f"{root}/{WORK}/{name}"
    advice = f"delete {root}/{WORK} and build again"
    try:
        data = json.loads(read(path))
        place = [
            StagedFile(file, str(digest), None if known is None else read_file_digest(*known))
            for file, digest, known in data["place"]
        ]
        record = JournalRecord(
            place, {file: read_file_digest(*known) for file, known in data["remove"].items()}, data["folders"]
        )
        sound = all(map(is_safe, [*(one.path for one in place), *record.remove, *record.folders]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise BundleError(f"{path} is damaged: {advice}")
    if data.get("work") != _identity(root) or (sys.platform != "win32" and os.lstat(path).st_uid != os.geteuid()):
        raise BundleError(f"{path} was copied here, or another user left it, so it is not carried out: {advice}")
    return record


def _identity(root: str) -> int:
    """What no copy of the work folder has."""
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


def _digest(path: str) -> str | None:
    try:
        return sha256(read(path)).hexdigest()
    except _GONE:
        return None


def _flush_folder(path: str) -> None:
    if sys.platform != "win32":
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
