"""Whoever compiles the flows, the bundle is the same; a worker that cannot is reported, and its flows compiled here."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from flowc import compile_flows
from flowc.driver.workers import Workers, perform
from tests.conftest import ROOT

EXAMPLES = [Path("examples", name) for name in ("block-list", "rota", "voicemail")]

Change = Callable[[], object]


class Here(Executor):
    """Does everything at once; `before` and `after` stand for what is different in another process."""

    def __init__(self, before: Change, after: Change = lambda: None) -> None:
        """Remember what to do."""
        self.before, self.after = before, after

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        try:
            self.before()
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        finally:
            self.after()
        return future


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few examples, which have parts and lists."""
    for example in EXAMPLES:
        shutil.copytree(ROOT / example, tmp_path / example)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _same(executor: Executor) -> None:
    expected, made = compile_flows(EXAMPLES), compile_flows(EXAMPLES, executor=executor)
    assert expected.files
    assert (made.files, made.manifest) == (expected.files, expected.manifest)
    assert (made.diagnostics, made.declared) == (expected.diagnostics, expected.declared)


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executors_of_python(kind: Callable[[int], Executor], project: Path) -> None:
    with kind(2) as executor:
        _same(executor)


def test_errors_are_those_of_a_build_here(project: Path) -> None:
    flow = EXAMPLES[0] / "block-list.flow.yaml"
    flow.write_text(flow.read_text("utf-8").replace("then:", "them:"), "utf-8")
    with ThreadPoolExecutor() as executor:
        made = compile_flows(EXAMPLES, executor=executor)
    assert (made.files, made.manifest) == (None, None)
    assert made.diagnostics == compile_flows(EXAMPLES).diagnostics != ()


def test_the_flows_are_sent(project: Path) -> None:
    """A flow that changes meanwhile is compiled as it was when the build began."""
    flow = EXAMPLES[2] / "voicemail.flow.yaml"
    text = flow.read_text("utf-8")
    executor = Here(lambda: flow.write_text("flowc: 1\n", "utf-8"), lambda: flow.write_text(text, "utf-8"))
    _same(executor)


def _replaced(path: Path, text: str) -> Change:
    return lambda: path.write_text(text, "utf-8")


def test_another_list_is_reported(project: Path) -> None:
    listed = EXAMPLES[0] / "blocked.csv"
    text = listed.read_text("utf-8")
    with pytest.warns(RuntimeWarning, match="1 of 1 shares .* here: a worker has another .*blocked.csv"):
        _same(Here(_replaced(listed, f"{text}\n"), _replaced(listed, text)))


def test_another_flowc_is_reported(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = iter(["1", "2"])
    monkeypatch.setattr("flowc.driver.workers._installed", lambda: next(versions))
    with pytest.warns(RuntimeWarning, match="a worker has another flowc"):
        _same(Here(lambda: None))


def test_templates_are_compared(tmp_path: Path) -> None:
    template = tmp_path / "host.yaml"
    template.write_text("a", "utf-8")
    notes: list[str] = []
    changed = Here(_replaced(template, "b"))
    assert Workers(executor=lambda: changed, note=notes.append).do(len, [[1, 2]], tmp_path) == [2]
    assert "other templates" in notes[0]


def test_a_worker_without_the_folder_is_reported(project: Path) -> None:
    class Elsewhere(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(fn, args[0], "/nowhere/flows", *args[2:], **kwargs)

    with pytest.warns(RuntimeWarning, match="a worker has no folder /nowhere/flows"):
        _same(Elsewhere(lambda: None))


def test_a_worker_works_in_the_folder_of_the_build(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    _same(Here(lambda: os.chdir(other), lambda: os.chdir(project)))


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'flowc'"), MemoryError()])
def test_what_a_worker_raises_is_reported(project: Path, error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.warns(RuntimeWarning, match=type(error).__name__):
        _same(Here(fail))


def test_a_lost_process_is_survived(project: Path) -> None:
    with ProcessPoolExecutor(2, initializer=os._exit, initargs=(1,)) as executor:
        with pytest.warns(RuntimeWarning, match="here: BrokenProcessPool"):
            _same(executor)
        with pytest.warns(RuntimeWarning, match="here: BrokenProcessPool"):
            _same(executor)  # which refuses at once


def _die_elsewhere(own: int) -> int:
    if os.getpid() != own:
        os.kill(os.getpid(), signal.SIGKILL)
    return own


def test_a_lost_process_of_our_own_is_survived() -> None:
    notes: list[str] = []
    own = os.getpid()
    assert Workers(2, note=notes.append).do(_die_elsewhere, [own, own]) == [own, own]
    (note,) = notes
    assert note.startswith("1 of 1 shares")


def test_a_cancelled_share_is_done_here(project: Path) -> None:
    class Cancels(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.cancel()
            return future

    with pytest.warns(RuntimeWarning, match="CancelledError"):
        _same(Cancels())


def _sent(jobs: int, executor: Executor) -> Workers:
    return Workers(jobs, lambda: nullcontext(executor))


def test_results_keep_the_order_of_the_items() -> None:
    for jobs in range(5):
        with ThreadPoolExecutor() as executor:
            assert [*_sent(jobs, executor).map(abs, [-1, -2, -3, -4], 0)] == [1, 2, 3, 4]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes, which only this machine can reach."""
    start: Any = LocalCluster  # untyped
    with start(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as made:
        yield made


@contextmanager
def _sends_to(cluster: Any) -> Iterator[Executor]:
    connect: Any = Client  # untyped
    with connect(cluster) as client, client.get_executor() as executor:
        yield executor


class Killing(Executor):
    """Sends shares to a cluster, whose workers die: once, if there is a file to note it, or always."""

    def __init__(self, inner: Executor, once: Path | None) -> None:
        """Accept the executor of the cluster."""
        self.inner, self.once = inner, once

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Send it."""
        return self.inner.submit(_perform_or_die, self.once, *args)


def _perform_or_die(once: Path | None, *args: Any) -> object:
    if once is None or not once.exists():
        if once is not None:
            once.touch()
        os._exit(1)
    return perform(*args)


@pytest.mark.foreign
def test_dask(project: Path, cluster: Any) -> None:
    with _sends_to(cluster) as executor:
        _same(executor)
        assert [*_sent(4, executor).map(str, [*range(9)], 0)] == [*map(str, range(9))]


@pytest.mark.foreign
def test_dask_survives_a_lost_worker(project: Path, cluster: Any, tmp_path: Path) -> None:
    with _sends_to(cluster) as executor:
        _same(Killing(executor, tmp_path / "killed"))
        assert (tmp_path / "killed").exists()


@pytest.mark.foreign
def test_a_share_that_kills_the_workers_of_dask_is_reported(project: Path, cluster: Any) -> None:
    cluster.scheduler.allowed_failures = 0  # as after three
    with _sends_to(cluster) as executor:
        with pytest.warns(RuntimeWarning, match="1 of 1 shares .* here: KilledWorker"):
            _same(Killing(executor, None))


def _files() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


@pytest.mark.foreign
@pytest.mark.skipif(sys.platform == "win32", reason="there are no groups of processes")
def test_an_interruption_leaves_the_old_bundle(project: Path) -> None:
    command = [sys.executable, "-m", "flowc", "build", "-o", "out", "--no-cache", "--jobs", "2"]
    command += [str(path) for path in EXAMPLES]
    subprocess.run([*command, "--quiet"], check=True)
    before = _files()
    (project / "slow.py").write_text(
        "import concurrent.futures, os, signal\n"
        "class Stuck(concurrent.futures.Executor):\n"
        "    def submit(self, *args):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        return concurrent.futures.Future()\n",
        "utf-8",
    )
    done = subprocess.run([*command, "--executor", "slow:Stuck"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "\nAborted!\n")
    assert _files() == before != {}
