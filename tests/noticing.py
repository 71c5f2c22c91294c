"""Which flows of `tests/meaning` a mutation of the compiler's source concerns, and which of them notices it."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from unittest.mock import patch

from flowc.simulate.rules import read_rules
from flowc.webhooks import read_webhooks
from tests.meaning import FLOWS, faults
from tests.source_mutations import MUTATED, Mutation, in_place

#: A mutation that makes a flow take so many times longer than it did never ends.
_ENDLESS = 20


class Endless(BaseException):
    """The compiler does not come to an end."""


class Reached(NamedTuple):
    """A flow, the lines of each mutated file that are run for it, and the seconds of a processor that it takes."""

    flow: Path
    lines: dict[str, set[int]]
    took: float


@cache
def corpus() -> tuple[Reached, ...]:
    """Every flow, in which nothing is found without a mutation; those that take least come first."""
    with _tables_once():
        list(faults(FLOWS[0]))  # who comes first pays for what all share
        return tuple(sorted(map(_reached, FLOWS), key=lambda one: one.took))


def noticed(mutation: Mutation) -> str:
    """What the first flow that notices a mutation has against it; empty if none does."""
    concerned = [one for one in corpus() if mutation.lines & one.lines[str(mutation.path)]]
    with _tables_once(), in_place(mutation):
        for one in concerned:
            try:
                with _within(1 + _ENDLESS * one.took):
                    found = next(faults(one.flow), "")
            except Endless:
                found = "it does not come to an end"
            except Exception as error:
                found = f"{type(error).__name__}: {error}"
            if found:
                return f"{one.flow.name}: {found}"
    return ""


#: What reads the tables of carriers for every bundle, which takes longer than all else: no mutation concerns it.
_TABLES = {
    **{"flowc.assemble.read_webhooks": cache(read_webhooks), "flowc.simulate.rules.read_webhooks": cache(read_webhooks)},
    "flowc.simulate.read_rules": cache(read_rules),
}


@contextmanager
def _tables_once() -> Iterator[None]:
    with ExitStack() as stack:
        for name, reads in _TABLES.items():
            stack.enter_context(patch(name, reads))
        yield


def _reached(flow: Path) -> Reached:
    lines: dict[str, set[int]] = {str(path): set() for path in MUTATED}

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        known = lines.get(frame.f_code.co_filename)
        if known is None:
            return None
        known.add(frame.f_lineno)
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        found = list(faults(flow))
    finally:
        sys.settrace(before)
    assert found == [], f"{flow.name}: {found}"
    began = time.process_time()
    list(faults(flow))
    return Reached(flow, lines, time.process_time() - began)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raise Endless after so many seconds of a processor."""

    def over(*_: object) -> None:
        raise Endless

    known = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, known)
