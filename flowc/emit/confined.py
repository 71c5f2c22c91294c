"""Runs functions in a separate process with limits on time and memory, for templates that are not packaged.

Nothing else limits a template: a single operation on numbers or text can take hours or all memory.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

#: The limits of one call: processor seconds, and more for each MiB of input; bytes of address space; bytes of the
#: answer.
SECONDS = 3.0
_SECONDS_EACH = 1.0
MEMORY = 1024**3
ANSWER = 64 * 1024**2
#: The most characters of an exception that are shown.
_SHOWN = 500

_Value = TypeVar("_Value")


class ConfinedFailure(Exception):
    """A confined function has failed or exceeded its limits; the message says which."""


class Confined:
    """Runs functions in one process, which is started by the first call."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """`seconds` limits the processor time of each call; larger arguments get more."""
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = ""

    def __call__(self, function: Callable[..., _Value], *arguments: object) -> _Value:
        """Return what a function of a module returns; it, its arguments and its value must be picklable.

        Raises ConfinedFailure if the function raises an exception or exceeds a limit. If that ends the process, all
        further calls raise the same.
        """
        if self._ended:
            raise ConfinedFailure(self._ended)
        process = self._process or self._started()
        assert process.stdin and process.stdout
        call = pickle.dumps((function, arguments))
        seconds = self._seconds + len(call) / 1024**2 * _SECONDS_EACH
        try:
            pickle.dump((call, seconds), process.stdin)
            process.stdin.flush()
            value, fault = pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            _end(process)
            self._ended = _reason(process.returncode, seconds)
            raise ConfinedFailure(self._ended) from None
        if fault:
            raise ConfinedFailure(fault)
        result: _Value = value
        return result

    def _started(self) -> subprocess.Popen[bytes]:
        # -P: files in the working folder must not be imported as libraries.
        command = [sys.executable, "-P", "-c", f"from {__name__} import serve; serve()"]
        path = os.pathsep.join(folder or os.getcwd() for folder in sys.path)
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what ends the process is reported here
            env={**os.environ, "PYTHONPATH": path},
        )
        self._process = process
        weakref.finalize(self, _stop, process)
        return process


def _reason(status: int, seconds: float) -> str:
    if hasattr(signal, "SIGPROF") and status == -signal.SIGPROF:
        return f"it takes more than {seconds:.2g} s of processor time"
    return f"its process ended with status {status}"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream:
                stream.close()
    process.wait()


def serve() -> None:
    """Answer the calls of a Confined until its pipe is closed."""
    with suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the user's Ctrl-C ends the other process, and that ends this one
    _bound_memory()
    timed = hasattr(signal, "setitimer")
    if timed:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it ends this process, even within one long operation
    with suppress(EOFError, BrokenPipeError):
        while True:
            call, seconds = pickle.load(sys.stdin.buffer)
            if timed:
                signal.setitimer(signal.ITIMER_PROF, seconds)
            answer = _answer(call)
            if timed:
                signal.setitimer(signal.ITIMER_PROF, 0)
            sys.stdout.buffer.write(answer)
            sys.stdout.buffer.flush()


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _answer(call: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(call)
        answer = pickle.dumps((function(*arguments), ""))
        if len(answer) <= ANSWER:
            return answer
        fault = f"it makes more than {ANSWER // 1024**2} MiB"
    except MemoryError:
        fault = f"it takes more than {MEMORY // 1024**2} MiB of memory"
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"[:_SHOWN]
    return pickle.dumps((None, fault))
