"""Share out work to processes, or to the workers of any `concurrent.futures.Executor`.

A share is sent as bytes, with a digest of flowc that the worker compares with its own. What no worker can do is done
here: a worker may be lost, have another flowc, or lack the files.
"""

from __future__ import annotations

import gc
import os
import pickle
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, chdir, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from flowc.diagnostics.digest import sha256_hex
from flowc.diagnostics.reader import FileReader

if TYPE_CHECKING:  # processes are imported late, since few commands start any
    from concurrent.futures import Executor, Future

_Share = TypeVar("_Share")
_Result = TypeVar("_Result")

#: Bytes of flows that justify another process: it takes 0.1 s to start.
_BYTES_PER_PROCESS = 100_000
_PACKAGE = Path(__file__).parents[1]
#: Threads of one worker share its working folder, and would gain nothing.
_ONE_AT_A_TIME = Lock()


def _accept(_: object) -> None:
    """Do nothing."""


class NoWorkers(Exception):
    """There is no executor; the message is the reason."""


class CannotWork(Exception):
    """A worker cannot do a share as this process would; the message is the reason."""


class Workers(NamedTuple):
    """The workers: `jobs` processes (0: as many as useful), or those of an executor, which get `jobs` shares.

    `executor` may raise NoWorkers. `note` reports that shares are done here because no worker can do them.
    """

    jobs: int = 0
    executor: Callable[[], AbstractContextManager[Executor]] | None = None
    note: Callable[[str], None] = _accept

    def shares(self, items: Sequence[_Share], size: int) -> list[Sequence[_Share]]:
        """Divide items, the flows of which have a size in bytes."""
        number = self.jobs or 1 + size // _BYTES_PER_PROCESS
        if not self.jobs and self.executor is None:
            number = min(number, _cores())
        number = min(number, len(items))
        return [items[index::number] for index in range(number)]

    def map(self, work: Callable[[_Share], _Result], items: Sequence[_Share], size: int) -> Iterator[_Result]:
        """Yield the result of each item, in their order; in one process each as soon as it is there."""
        shares = self.shares(items, size)
        if len(shares) < 2 and self.executor is None:
            yield from map(work, items)
            return
        done: list[Any] = [None] * len(items)
        for index, results in enumerate(self.do(partial(_each, work), shares)):
            done[index :: len(shares)] = results
        yield from done

    def do(
        self,
        work: Callable[[_Share], _Result],
        shares: Sequence[_Share],
        templates: Path | None = None,
        check: Callable[[_Result], None] = _accept,
    ) -> list[_Result]:
        """Return the result of each share, in their order.

        The work uses no files but those below `templates`, or `check` raises CannotWork for results from other files.
        """
        if self.executor is None:
            with _processes(len(shares) - 1) as executor:
                futures = [_submitted(executor, "", templates, work, share) for share in shares[1:]]
                return [work(shares[0]), *self._results(work, shares[1:], futures)]
        with self.executor() as executor:
            stamp = _stamp(templates)
            futures = [_submitted(executor, stamp, templates, work, share) for share in shares]
            return self._results(work, shares, futures, check)

    def _results(
        self,
        work: Callable[[_Share], _Result],
        shares: Sequence[_Share],
        futures: Sequence[Future[Any]],
        check: Callable[[_Result], None] = _accept,
    ) -> list[_Result]:
        results, reasons = [], []
        try:
            for share, future in zip(shares, futures, strict=True):
                try:
                    result = future.result()
                    check(result)
                except Exception as error:  # of the work, too: this process reports it
                    reasons.append(str(error) if isinstance(error, CannotWork) else f"{type(error).__name__}: {error}")
                    result = work(share)
                results.append(result)
        finally:
            for future in futures:  # after an interruption
                future.cancel()
        if reasons:
            self.note(f"{len(reasons)} of {len(shares)} shares were not done by a worker, but here: {reasons[0]}")
        return results


def _each(work: Callable[[_Share], _Result], items: Iterable[_Share]) -> list[_Result]:
    return [work(item) for item in items]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processes(number: int) -> Executor:
    """Return processes that begin as copies of this one, where that is safe: on Linux, without other threads."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    alone = sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1
    return ProcessPoolExecutor(number, get_context("fork" if alone else None), _begin)


def _begin() -> None:
    """Make a process silent when the user interrupts it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _submitted(executor: Executor, stamp: str, templates: Path | None, work: object, share: object) -> Future[Any]:
    from concurrent.futures import Future

    try:
        return executor.submit(perform, stamp, os.getcwd(), templates, pickle.dumps((work, share)))
    except Exception as error:  # a worker was lost
        failed: Future[Any] = Future()
        failed.set_exception(error)
        return failed


def perform(stamp: str, folder: str, templates: Path | None, data: bytes) -> object:
    """Do a share in a worker. `stamp` is empty if the worker cannot differ from the sender.

    The data is read only if the records of both are the same.
    """
    if not os.path.isdir(folder):
        raise CannotWork(f"a worker has no folder {folder}")
    with _ONE_AT_A_TIME, _without_collection(), chdir(folder):
        if stamp and stamp != _stamp(templates):
            raise CannotWork("a worker has another flowc, other libraries or other templates")
        work, share = pickle.loads(data)
        return work(share)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Pause garbage collection, without which a build takes 0.76 of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _stamp(templates: Path | None) -> str:
    """Return the digest of what determines a result, besides the share."""
    return sha256_hex(f"{_installed()} {_contents(templates) if templates is not None else ''}")


@cache
def _installed() -> str:
    from importlib import metadata

    try:
        needed = [one for one in metadata.requires("flowc") or () if "extra ==" not in one]
        libraries = [(name, metadata.version(name)) for one in needed for name in re.findall(r"^[\w.-]+", one)]
    except metadata.PackageNotFoundError:  # flowc was copied, not installed
        libraries = []
    return f"{sys.version_info[:2]} {libraries} {_contents(_PACKAGE)}"


def _contents(folder: Path) -> str:
    """Return the digest of the files below a folder."""
    reader, lines = FileReader(), []
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):  # a folder, or a file that no build can read
            if path.parent.name != "__pycache__":
                lines.append(f"{path.relative_to(folder)} {sha256_hex(reader.contents(path, folder))}")
    return sha256_hex("\n".join(lines))
