"""The bundle on disk: all of it or nothing of it, and nothing but it."""

import errno
import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowc import bundle
from flowc.bundle import BundleError, FileDifference, WriteResult, lock, output_folder

#: The user without rights, by its customary number.
NOBODY = 65534
CRASH = Path(__file__).with_name("bundle_crash.py")
ROOT = Path(bundle.__file__).parents[2]


def _load_crash() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundle_crash", CRASH)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


crash = _load_crash()
OLD = crash.with_manifest({"p/a.xml": b"a", "p/b.xml": b"b", "q/r/c.xml": b"c"})
NEW = crash.with_manifest({"p/a.xml": b"a", "p/b.xml": b"B", "s/t/d.xml": b"d"})


def start(*args: object) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(CRASH), *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def refused(files: dict[str, bytes], folder: Path) -> str:
    """The words of a refusal that left everything as it was."""
    before = crash.on_disk(folder) if folder.is_dir() else None
    with pytest.raises(BundleError) as caught:
        bundle.write(files, folder)
    if before is not None:
        assert crash.on_disk(folder) == before
        assert (folder / ".flowc").is_symlink() or not (folder / ".flowc").is_dir()
    return str(caught.value).replace(str(folder), "dist")


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """An output folder with the old bundle."""
    bundle.write(OLD, tmp_path / "dist")
    return tmp_path / "dist"


# --- what a write does ---


def test_a_fresh_write_makes_the_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    assert bundle.write(OLD, tmp_path / "x" / "dist") == WriteResult(4, 0, 0)
    assert crash.on_disk(tmp_path / "x" / "dist") == OLD
    assert not (tmp_path / "x" / "dist" / ".flowc").exists()


def test_a_write_replaces_adds_removes_and_keeps(dist: Path) -> None:
    (dist / "q" / "mine.txt").write_bytes(b"mine")
    os.utime(dist / "p" / "a.xml", (1, 1))
    assert bundle.write(NEW, dist) == WriteResult(3, 1, 1)
    assert crash.on_disk(dist) == NEW | {"q/mine.txt": b"mine"}
    assert (dist / "p" / "a.xml").stat().st_mtime == 1
    assert not (dist / "q" / "r").exists()


def test_the_same_again_writes_nothing(dist: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in dist.rglob("*")}
    assert bundle.write(OLD, dist) == WriteResult(0, 4, 0)
    assert {path: path.stat().st_mtime_ns for path in dist.rglob("*")} == before


def test_an_old_file_that_is_gone_is_written_again(dist: Path) -> None:
    (dist / "p" / "b.xml").unlink()
    assert bundle.write(OLD, dist) == WriteResult(1, 3, 0)
    assert crash.on_disk(dist) == OLD


CHANGED = "dist/p/b.xml was changed after flowc wrote it; nothing was written. Move it away to keep the change, or "
BOTH_CHANGED = "dist/p/b.xml, dist/q/r/c.xml were changed after flowc wrote them; nothing was written. Move them away "


@pytest.mark.parametrize(
    ("mine", "words"),
    [
        ({"p/b.xml": b"mine"}, CHANGED + "discard the change with flowc build --force"),
        ({"p/b.xml": b""}, CHANGED + "discard the change with flowc build --force"),
        (
            {"p/b.xml": b"mine" * 1000, "q/r/c.xml": b"C"},
            BOTH_CHANGED + "to keep the changes, or discard the changes with flowc build --force",
        ),
    ],
)
def test_what_was_changed_by_hand_is_kept_unless_forced(dist: Path, mine: dict[str, bytes], words: str) -> None:
    crash.put(dist, mine)
    assert refused(NEW, dist) == words
    assert bundle.write(NEW, dist, force=True).removed == 1
    assert crash.on_disk(dist) == NEW


def test_what_was_changed_by_hand_is_kept_where_nothing_else_is_new(dist: Path) -> None:
    crash.put(dist, {"p/b.xml": b"mine"})
    assert refused(OLD, dist) == CHANGED + "discard the change with flowc build --force"


def test_of_many_changed_files_some_are_named(tmp_path: Path) -> None:
    files = crash.with_manifest({f"{number}.xml": b"x" for number in range(7)})
    bundle.write(files, tmp_path / "dist")
    crash.put(tmp_path / "dist", {path: b"mine" for path in files if path != "manifest.json"})
    named = ", ".join(f"dist/{number}.xml" for number in range(5))
    assert refused(files, tmp_path / "dist").startswith(f"{named} and 2 more were changed after flowc wrote them; ")


def test_what_was_changed_to_the_wanted_content_is_fine(dist: Path) -> None:
    crash.put(dist, {"p/b.xml": b"B"})
    assert bundle.write(NEW, dist) == WriteResult(2, 2, 1)


def test_line_ends_are_no_change_by_hand(tmp_path: Path) -> None:
    old, new = (
        crash.with_manifest({"a.xml": text, name: b"\n1\n\n2\n"}) for text, name in ((b"1\n", "b"), (b"2\n", "c"))
    )
    bundle.write(old, tmp_path)
    crash.put(tmp_path, {path: data.replace(b"\n", b"\r\n") for path, data in old.items()})
    assert bundle.write(new, tmp_path) == WriteResult(3, 0, 1)
    assert crash.on_disk(tmp_path) == new


def test_an_entry_without_a_digest_owns_nothing(tmp_path: Path) -> None:
    """Files that such a manifest names are left alone, even when forced."""
    entries = [{"path": "important.txt"}, {"path": "s/t/d.xml", "sha256": "", "size": "4"}]
    crash.put(tmp_path, {"important.txt": b"mine", "manifest.json": b""})
    (tmp_path / "manifest.json").write_text(json.dumps({"generator": "flowc", "files": entries}))
    assert bundle.write(NEW, tmp_path, force=True) == WriteResult(4, 0, 0)
    assert crash.on_disk(tmp_path) == NEW | {"important.txt": b"mine"}


def test_an_entry_of_an_absurd_size_is_a_change(dist: Path) -> None:
    manifest = OLD["manifest.json"].replace(b'"size": 1}', b'"size": %d}' % 10**30)
    crash.put(dist, {"manifest.json": manifest})
    assert refused(NEW, dist).startswith("dist/p/b.xml, dist/q/r/c.xml were changed after flowc wrote them; ")


def test_force_does_not_reach_files_of_others(dist: Path) -> None:
    crash.put(dist, {"s/t/d.xml": b"mine"})
    with pytest.raises(BundleError, match="already exists and was not written by flowc: move it away"):
        bundle.write(NEW, dist, force=True)
    assert crash.on_disk(dist) == OLD | {"s/t/d.xml": b"mine"}


def test_a_file_becomes_a_folder_and_a_folder_a_file(tmp_path: Path) -> None:
    one = crash.with_manifest({"x/a/1": b"1", "x/a/2": b"2", "y": b"y"})
    two = crash.with_manifest({"x": b"x", "y/b/3": b"3"})
    for files in (one, two, one):
        bundle.write(files, tmp_path)
        assert crash.on_disk(tmp_path) == files


def test_a_folder_whose_old_files_someone_removed_becomes_a_file(tmp_path: Path) -> None:
    bundle.write(crash.with_manifest({"x/a/1": b"1"}), tmp_path)
    (tmp_path / "x" / "a" / "1").unlink()
    new = crash.with_manifest({"x": b"x"})
    bundle.write(new, tmp_path)
    assert crash.on_disk(tmp_path) == new


def test_a_foreign_file_with_the_same_bytes_is_adopted(tmp_path: Path) -> None:
    crash.put(tmp_path, {"p/a.xml": b"a"})
    assert bundle.write(OLD, tmp_path) == WriteResult(3, 1, 0)


def test_the_output_folder_itself_may_be_a_link(dist: Path) -> None:
    (dist.parent / "link").symlink_to(dist)
    assert bundle.write(NEW, dist.parent / "link") == WriteResult(3, 1, 1)
    assert crash.on_disk(dist) == NEW


def test_an_old_file_that_is_now_something_else_is_left_alone(dist: Path) -> None:
    (dist / "q" / "r" / "c.xml").unlink()
    (dist / "q" / "r").rmdir()
    (dist / "q" / "r").write_bytes(b"mine")
    assert bundle.write(NEW, dist) == WriteResult(3, 1, 0)
    assert crash.on_disk(dist) == NEW | {"q/r": b"mine"}


def test_an_old_file_behind_a_link_is_left_alone(dist: Path) -> None:
    (dist / "q").rename(dist.parent / "elsewhere")
    (dist / "q").symlink_to(dist.parent / "elsewhere")
    bundle.write(NEW, dist)
    assert (dist.parent / "elsewhere" / "r" / "c.xml").read_bytes() == b"c"


# --- compare ---


def test_compare_tells_what_a_write_would_change(dist: Path) -> None:
    assert bundle.compare(OLD, dist) == []
    assert bundle.compare(NEW, dist) == [
        FileDifference("manifest.json", "differs"),
        FileDifference("p/b.xml", "differs"),
        FileDifference("q/r/c.xml", "stale"),
        FileDifference("s/t/d.xml", "missing"),
    ]
    assert crash.on_disk(dist) == OLD


def test_compare_names_line_ends_as_the_reason(dist: Path) -> None:
    for path in (dist / "p/a.xml", dist / "manifest.json"):
        path.write_bytes(path.read_bytes() + b"\n")
    wanted = {
        path: content + b"\n" if path in ("p/a.xml", "manifest.json") else content for path, content in OLD.items()
    }
    assert bundle.compare(wanted, dist) == []
    (dist / "p/a.xml").write_bytes(wanted["p/a.xml"].replace(b"\n", b"\r\n"))
    (dist / "p/b.xml").write_bytes(b"\r\n")
    assert bundle.compare(wanted, dist) == [
        FileDifference("p/a.xml", "differs", True),
        FileDifference("p/b.xml", "differs"),
    ]
    assert bundle.write(wanted, dist, force=True).written == 2


def test_compare_with_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert [one.kind for one in bundle.compare(OLD, tmp_path / "no")] == ["missing"] * 4
    assert not (tmp_path / "no").exists()


def test_compare_with_a_foreign_file_in_the_way(tmp_path: Path) -> None:
    crash.put(tmp_path, {"p": b"mine"})
    assert FileDifference("p/a.xml", "differs") in bundle.compare(OLD, tmp_path)


def test_compare_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(BundleError, match=r"/f is a file, not a folder: choose another output folder$"):
        bundle.compare(OLD, tmp_path / "f")


# --- what a write refuses ---


def _foreign_file(dist: Path) -> None:
    crash.put(dist, {"s/t/d.xml": b"mine"})


def _folder_for_file(dist: Path) -> None:
    crash.put(dist, {"s/t/d.xml/x": b"mine"})


def _empty_folder_for_file(dist: Path) -> None:
    (dist / "s/t/d.xml").mkdir(parents=True)


def _file_for_folder(dist: Path) -> None:
    crash.put(dist, {"s": b"mine"})


def _link_for_folder(dist: Path) -> None:
    (dist / "s").symlink_to(dist.parent)


def _foreign_file_that_a_manifest_names(dist: Path) -> None:
    manifest = json.loads((dist / "manifest.json").read_bytes())
    manifest["files"].append({"path": "s/t/d.xml"})
    crash.put(dist, {"s/t/d.xml": b"mine", "manifest.json": json.dumps(manifest).encode()})


def _link_for_file(dist: Path) -> None:
    (dist / "p/b.xml").unlink()
    (dist / "p/b.xml").symlink_to(dist / "p/a.xml")


def _broken_manifest(dist: Path) -> None:
    (dist / "manifest.json").write_bytes(b'{"generator": "flowc", "files')


def _deep_manifest(dist: Path) -> None:
    (dist / "manifest.json").write_bytes(b"[" * 200_000)


def _foreign_manifest(dist: Path) -> None:
    (dist / "manifest.json").write_bytes(b'{"name": "my app"}')


def _work_is_a_file(dist: Path) -> None:
    (dist / ".flowc").write_bytes(b"")


def _work_is_a_link(dist: Path) -> None:
    (dist.parent / "e").mkdir()
    (dist / ".flowc").symlink_to(dist.parent / "e")


NOTHING = "; nothing was written"
FOREIGN_MANIFEST = "dist/manifest.json is not a manifest of flowc: move it away or choose another output folder"
DAMAGED_MANIFEST = "dist/manifest.json is damaged, so the files of the old bundle are unknown: restore it or delete it"
FOREIGN_JOURNAL = (
    "{0}/.flowc/commit was copied here or belongs to another user, so it is not applied: "
    "delete {0}/.flowc and build again"
)
WORK_TAKEN = "dist/.flowc is not a folder, but flowc needs a folder there: move it away"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_foreign_file, "dist/s/t/d.xml already exists and was not written by flowc: move it away" + NOTHING),
        (
            _foreign_file_that_a_manifest_names,
            "dist/s/t/d.xml already exists and was not written by flowc: move it away" + NOTHING,
        ),
        (_folder_for_file, "dist/s/t/d.xml is a folder, but flowc needs a file there: move it away" + NOTHING),
        (_empty_folder_for_file, "dist/s/t/d.xml is a folder, but flowc needs a file there: move it away" + NOTHING),
        (_file_for_folder, "dist/s is a file, but flowc needs a folder there: move it away" + NOTHING),
        (_link_for_folder, "dist/s is a symbolic link, but flowc needs a folder there: move it away" + NOTHING),
        (_link_for_file, "dist/p/b.xml is a symbolic link, but flowc needs a file there: remove it" + NOTHING),
        (_broken_manifest, DAMAGED_MANIFEST),
        (_deep_manifest, DAMAGED_MANIFEST),
        (_foreign_manifest, FOREIGN_MANIFEST),
        (_work_is_a_file, WORK_TAKEN),
        (_work_is_a_link, WORK_TAKEN),
    ],
)
def test_refusals_name_the_place_and_change_nothing(dist: Path, spoil: Callable[[Path], None], words: str) -> None:
    spoil(dist)
    assert refused(NEW, dist) == words


def test_further_refusals_are_counted(dist: Path) -> None:
    _link_for_file(dist)
    _file_for_folder(dist)
    assert refused(NEW, dist).endswith(
        "p/b.xml is a symbolic link, but flowc needs a file there: remove it (and 1 more)" + NOTHING
    )


@pytest.mark.parametrize("where", ["f", "f/below"])
def test_the_output_path_is_a_file(tmp_path: Path, where: str) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(BundleError, match=r"is a file, not a folder|not a directory; choose another output folder$"):
        bundle.write(OLD, tmp_path / where)


def test_an_output_folder_that_can_never_be(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BundleError, match=r"^cannot write .*/link/\.flowc: no such file or directory$"):
        bundle.write(OLD, tmp_path / "link")


def test_a_lock_that_cannot_be_made_leaves_nothing(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str, flags: int, mode: int = 0o777) -> int:
        if path.endswith("lock"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return real(path, flags, mode)

    real = os.open
    monkeypatch.setattr(os, "open", full)
    assert refused(NEW, dist).startswith("cannot write dist/.flowc/lock: no space left on device; free some space")


def test_a_manifest_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").mkdir()
    assert refused(OLD, tmp_path) == FOREIGN_MANIFEST


@pytest.mark.parametrize(
    "files",
    [None, {}, {"path": "a"}, [1], [{}], [{"path": 1}], [{"path": []}]]
    + [[{"path": path}] for path in ("../x", "/etc/x", "a//b", ".flowc/lock", "manifest.json")],
)
def test_a_hostile_manifest_is_damaged(dist: Path, files: object) -> None:
    (dist / "manifest.json").write_text(json.dumps({"generator": "flowc", "files": files}))
    assert refused(NEW, dist) == DAMAGED_MANIFEST


def test_an_unwritable_folder_is_found_before_anything_is_changed(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("/q/r"))
    assert refused(NEW, dist) == "cannot write dist/q/r: permission denied; check its permissions" + NOTHING


def test_an_unwritable_output_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as place:
        monkeypatch.chdir(place)
        Path(place).chmod(0o755)
        dist = Path("dist")
        bundle.write(OLD, dist)
        dist.chmod(0o555)
        # Root may write anywhere: be nobody for a moment.
        user = os.geteuid()
        os.seteuid(user or NOBODY)
        try:
            assert refused(NEW, dist) == "cannot write dist/.flowc: permission denied; check its permissions"
            assert bundle.compare(OLD, dist) == []
        finally:
            os.seteuid(user)
            dist.chmod(0o755)
        monkeypatch.chdir("/")


@pytest.mark.parametrize("space", range(0, 650, 30))
def test_a_full_disk_leaves_the_old_bundle(dist: Path, monkeypatch: pytest.MonkeyPatch, space: int) -> None:
    real, left = os.write, space

    def write(file: int, content: bytes) -> int:
        nonlocal left
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done = real(file, content[:left])
        left -= done
        return done

    monkeypatch.setattr(os, "write", write)
    assert refused(NEW, dist) == "cannot write dist: no space left on device; free some space and run flowc again"
    assert not (dist / "s").exists()


def test_a_failure_leaves_no_output_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: str, mode: int = 0o777) -> None:
        if path.endswith("stage"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        real(path, mode)

    real = os.mkdir
    monkeypatch.setattr(os, "mkdir", full)
    with pytest.raises(BundleError, match=r"stage: no space left on device; free some space and run flowc again$"):
        bundle.write(OLD, tmp_path / "x" / "dist")
    assert list(tmp_path.iterdir()) == []


# --- safe paths ---

UNSAFE = ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\\b", "a\0b", "\ud800", ".flowc/lock", ".Flowc/x"]


@pytest.mark.parametrize("path", UNSAFE)
def test_an_unsafe_path_is_an_internal_fault(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="not a safe path in a bundle"):
        bundle.write({"manifest.json": b"", path: b""}, tmp_path / "dist")
    assert not (tmp_path / "dist").exists()


def test_a_bundle_needs_a_manifest_and_no_path_may_be_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^a bundle needs a manifest\.json$"):
        bundle.compare({"a": b""}, tmp_path)
    with pytest.raises(ValueError, match=r"^both a file and a folder in a bundle: 'a/b'$"):
        bundle.write({"manifest.json": b"", "a/b": b"", "a/b/c/d": b""}, tmp_path)


@given(st.text("./\\ab\0~", max_size=12) | st.text("./fFlLoOwWcC\ud800\u202e\né", max_size=20))
@example("a/b")
def test_a_safe_path_stays_inside(path: str) -> None:
    if output_folder.is_safe(path):
        full = os.path.normpath(f"/out/dist/{path}")
        assert full == f"/out/dist/{path}"
        assert not full.startswith("/out/dist/.flowc/")
        os.fsencode(path)


@given(st.lists(st.text(".-_ a0é中\n", min_size=1), min_size=1))
def test_ordinary_paths_are_safe(parts: list[str]) -> None:
    assert output_folder.is_safe("/".join(["flow", *(part for part in parts if part not in (".", ".."))]))


# --- crashes ---


def test_dying_at_every_system_call_leaves_old_or_new(tmp_path: Path) -> None:
    process = start("every-call", tmp_path)
    outcomes = process.communicate()[0].strip()
    assert process.returncode == 0, outcomes
    assert re.fullmatch("o{20,}n{20,}", outcomes)


def test_kill_at_random_moments_leaves_old_or_new(tmp_path: Path) -> None:
    dist, versions = tmp_path / "dist", [crash.large(0), crash.large(1)]
    crash.put(dist, crash.FOREIGN)
    bundle.write(versions[0], dist)
    dice, whole, present, killed = random.Random(7), 0.0, 0, 0
    for run in range(30):
        with start("write", dist, 1 - present) as process:
            assert process.stdin and process.stdout
            assert process.stdout.readline() == "ready\n"
            began = time.perf_counter()
            process.stdin.write("\n")
            process.stdin.flush()
            if run == 0:
                process.stdout.readline()
                whole = time.perf_counter() - began
            else:
                time.sleep(dice.uniform(0, whole))
            process.kill()
            process.wait()
        killed += (dist / ".flowc").exists()
        crash.finish(dist)
        found = crash.on_disk(dist)
        assert found in [files | crash.FOREIGN for files in versions]
        present = int(found == versions[1] | crash.FOREIGN)
    assert killed


def interrupted(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a committed change of OLD to NEW of which nothing is done yet."""

    class Killed(BaseException):
        pass

    def die(path: str) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("flowc.bundle.journal._flush_folder", die)
        with pytest.raises(Killed):
            bundle.write(NEW, dist)
    assert (dist / ".flowc" / "commit").exists()


def test_who_only_reads_changes_nothing(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    before = crash.on_disk(dist)
    for action in (bundle.ensure_complete, partial(bundle.compare, NEW)):
        with pytest.raises(BundleError) as caught:
            action(dist)
        assert str(caught.value) == (
            f"a build into {dist} was interrupted and must be finished first: run flowc build again"
        )
    assert crash.on_disk(dist) == before
    assert bundle.write(NEW, dist) == WriteResult(0, 4, 0)
    assert crash.on_disk(dist) == NEW


def test_who_only_reads_waits_for_a_write(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with lock.locked(str(dist)):
        (dist / ".flowc/commit").write_bytes(b"")
        monkeypatch.setattr(lock, "PATIENCE", 0.05)
        with pytest.raises(
            BundleError, match=r"^another flowc is writing to .* \(waited 0\.05 s\): try again when it has ended$"
        ):
            bundle.ensure_complete(dist)
        (dist / ".flowc/commit").unlink()
    bundle.ensure_complete(dist)
    assert crash.on_disk(dist) == OLD


def test_who_only_reads_takes_the_old_bundle_while_nothing_is_committed(dist: Path) -> None:
    crash.put(dist, {".flowc/lock": b"", ".flowc/plan": b"{", ".flowc/stage/0": b"new"})
    before = crash.on_disk(dist)
    bundle.ensure_complete(dist)
    assert bundle.compare(OLD, dist) == []
    assert crash.on_disk(dist) == before


def test_a_staged_file_that_is_gone_is_written_anew(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    (dist / ".flowc/stage/1").unlink()
    assert bundle.write(NEW, dist) == WriteResult(1, 3, 0)
    assert crash.on_disk(dist) == NEW


def test_a_staged_file_that_lost_its_content_is_not_put_in_place(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    (dist / ".flowc/stage/0").write_bytes(b"")
    crash.finish(dist)
    assert bundle.compare(NEW, dist) == [FileDifference("p/b.xml", "missing")]


def test_what_was_changed_after_an_interruption_is_kept(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    mine = {"p/b.xml": b"mine", "q/r/c.xml": b"mine", "s/t/d.xml": b"mine"}
    crash.put(dist, mine)
    crash.finish(dist)
    assert crash.on_disk(dist) == NEW | mine


def test_line_ends_changed_after_an_interruption_are_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.write(OLD | {"manifest.json": OLD["manifest.json"] + b"\n"}, tmp_path)
    interrupted(tmp_path, monkeypatch)
    path = tmp_path / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    crash.finish(tmp_path)
    assert crash.on_disk(tmp_path) == NEW


@pytest.mark.parametrize("reader", [bundle.ensure_complete, partial(bundle.compare, NEW)])
def test_a_journal_that_came_with_a_copy_is_not_carried_out(
    dist: Path, monkeypatch: pytest.MonkeyPatch, reader: Callable[[Path], object]
) -> None:
    interrupted(dist, monkeypatch)
    copy = dist.parent / "copy"
    shutil.copytree(dist, copy)
    before = crash.on_disk(copy)
    with pytest.raises(BundleError):
        reader(copy)
    with pytest.raises(BundleError) as caught:
        bundle.write(NEW, copy)
    assert str(caught.value) == FOREIGN_JOURNAL.format(copy)
    assert crash.on_disk(copy) == {path: data for path, data in before.items() if path != ".flowc/lock"}
    crash.finish(dist)
    assert crash.on_disk(dist) == NEW


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_journal_of_another_user_is_not_carried_out(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    os.chown(dist / ".flowc/commit", NOBODY, NOBODY)
    with pytest.raises(BundleError) as caught:
        bundle.write(NEW, dist)
    assert str(caught.value) == FOREIGN_JOURNAL.format(dist)


FORGED = [
    {"place": [], "remove": ["important.txt"], "folders": []},
    {"place": [], "remove": {"important.txt": [9, sha256(b"important").hexdigest()]}, "folders": []},
    {"place": [["important.txt", sha256(b"forged").hexdigest(), None]], "remove": {}, "folders": []},
]


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_journal_removes_and_replaces_nothing(tmp_path: Path, forged: object) -> None:
    given = {"important.txt": b"important", ".flowc/commit": json.dumps(forged).encode(), ".flowc/stage/0": b"forged"}
    crash.put(tmp_path, given)
    for action in (bundle.ensure_complete, partial(bundle.compare, NEW), partial(bundle.write, NEW)):
        with pytest.raises(BundleError):
            action(tmp_path)
    assert crash.on_disk(tmp_path) == given


def test_a_staged_manifest_that_is_gone_leaves_the_old_one(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    (dist / ".flowc/stage/2").unlink()
    crash.finish(dist)
    assert crash.on_disk(dist) == NEW | {"manifest.json": OLD["manifest.json"]}
    assert bundle.write(NEW, dist) == WriteResult(1, 3, 0)


def test_the_next_write_mends_what_cannot_be_finished(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(dist, monkeypatch)
    for name in ("0", "1", "2"):
        (dist / ".flowc/stage" / name).unlink()
    bundle.write(NEW, dist)
    assert crash.on_disk(dist) == NEW


@pytest.mark.parametrize(
    "text", ["", "[", "[]", '{"place": [["../x", ""]], "remove": [], "folders": []}', "[" * 200_000]
)
def test_a_damaged_record_is_told(dist: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    interrupted(dist, monkeypatch)
    (dist / ".flowc/commit").write_text(text)
    with pytest.raises(BundleError) as caught:
        bundle.write(NEW, dist)
    assert str(caught.value) == f"{dist}/.flowc/commit is damaged: delete {dist}/.flowc and build again"


def test_a_failure_after_the_commit_says_how_it_goes_on(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: str, target: str) -> None:
        if target.endswith("d.xml"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source, None, target)
        real(source, target)

    real = os.replace
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(BundleError) as caught:
            bundle.write(NEW, dist)
    assert str(caught.value) == (
        f"cannot write {dist}/s/t/d.xml: no space left on device; free some space and run flowc again; "
        f"the new bundle is incomplete; the next flowc build into {dist} completes it"
    )
    crash.finish(dist)
    assert crash.on_disk(dist) == NEW


def test_foreign_files_in_the_work_folder_stay(dist: Path) -> None:
    crash.put(dist, {".flowc/mine": b"m", ".flowc/stage/mine": b"m"})
    crash.finish(dist)
    assert crash.on_disk(dist) == OLD | {".flowc/mine": b"m", ".flowc/stage/mine": b"m"}


def test_a_folder_or_file_that_is_no_bundle_is_finished(tmp_path: Path) -> None:
    bundle.ensure_complete(tmp_path / "no")
    (tmp_path / "f").write_bytes(b"")
    bundle.ensure_complete(tmp_path / "f")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


# --- two at once ---


def test_two_writers_at_once(tmp_path: Path) -> None:
    dist, versions = tmp_path / "dist", [crash.large(0), crash.large(1)]
    for _ in range(3):
        both = [start("write", dist, version) for version in (0, 1)]
        for process in both:
            assert process.stdout
            process.stdout.readline()
        for process in both:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.communicate()[0] for process in both] == ["done\n", "done\n"]
        assert crash.on_disk(dist) in versions


def test_many_writers_in_threads(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def work(files: dict[str, bytes]) -> None:
        try:
            for _ in range(10):
                bundle.write(files, tmp_path / "dist")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(files,)) for files in (OLD, NEW, OLD, NEW)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert crash.on_disk(tmp_path / "dist") in (OLD, NEW)
    assert not (tmp_path / "dist" / ".flowc").exists()


def test_waiting_has_an_end(dist: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.05)
    with lock.locked(str(dist)), pytest.raises(BundleError) as caught:
        bundle.write(NEW, dist)
    assert str(caught.value) == f"another flowc is writing to {dist} (waited 0.05 s): try again when it has ended"


def test_a_lock_file_of_a_dead_process_stops_nobody(dist: Path) -> None:
    crash.put(dist, {".flowc/lock": b""})
    bundle.write(NEW, dist)
    assert crash.on_disk(dist) == NEW
